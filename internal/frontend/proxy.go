package frontend

import (
	"errors"
	"fmt"

	"parley/internal/diag"
	"parley/internal/stack/proxy"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// devices are where a URI of ours leads: the one device that a GRUU names, or all of the user.
func (s *Server) devices(uri sip.URI) []Binding {
	if uri.Params.Has("gr") || uri.Params.Has("gruu") || uri.Params.Has("opaque") {
		if b, ok := s.config.Location.Device(uri); ok {
			return []Binding{b}
		}
		return nil
	}
	return s.config.Location.Lookup(uri.Account())
}

// passOn proxies a request that begins something to the devices of the user that it names.
func (s *Server) passOn(r *Request, uri sip.URI) {
	// Our own Route, as a client with an outbound proxy writes it, has served its purpose.
	s.dropOwnRoute(r.Message, r.Flow)
	if !s.local(uri) {
		r.Refuse(diag.New(diag.DomainUnknown, nil))
		return
	}
	found := s.devices(uri)
	if len(found) == 0 {
		s.absent(r, uri)
		return
	}
	branches := make([]proxy.Branch, len(found))
	for i := range found {
		branches[i] = branchTo(&found[i])
	}
	s.proxy.Forward(r.Tx, branches, sip.CreatesDialog(r.Method()))
}

func branchTo(b *Binding) proxy.Branch {
	return proxy.Branch{URI: b.URI(), Target: b.Target(), Routes: b.Path}
}

// absent answers for a user without devices.
func (s *Server) absent(r *Request, uri sip.URI) {
	if s.config.Exists != nil && !s.config.Exists(uri.Account()) {
		r.Refuse(diag.New(diag.UserNotFound, nil))
		return
	}
	r.Reply(480, "The user is not signed in", nil)
}

func (s *Server) dropOwnRoute(m *sip.Message, flow transport.Flow) (own sip.URI, ok bool) {
	routes := m.List("Route")
	if len(routes) == 0 {
		return sip.URI{}, false
	}
	addr, err := sip.ParseAddr(routes[0])
	if err != nil || !s.self(addr.URI, flow) {
		return sip.URI{}, false
	}
	m.RemoveFirst("Route")
	return addr.URI, true
}

var errNoDialog = errors.New("no route of ours and no device of that name")

// nextHop is where a request within a proxied dialog goes: to the device that its Request-URI names, or by our route to
// the other side.
func (s *Server) nextHop(m *sip.Message, flow transport.Flow, uri sip.URI) (proxy.Branch, error) {
	route, routed := s.dropOwnRoute(m, flow)
	if s.local(uri) {
		// linphone's contact is its GRUU, so that requests in a dialog are addressed to our domain.
		if found := s.devices(uri); len(found) == 1 {
			return branchTo(&found[0]), nil
		}
	}
	if !routed {
		return proxy.Branch{}, errNoDialog
	}
	t, err := s.proxy.Next(route, flow)
	if err != nil {
		return proxy.Branch{}, fmt.Errorf("follow route: %w", err)
	}
	return proxy.Branch{Target: t}, nil
}

var _ transaction.Handler = (*Server)(nil)
var _ transaction.Guard = (*Server)(nil)
