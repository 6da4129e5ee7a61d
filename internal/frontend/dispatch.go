package frontend

import (
	"maps"
	"slices"
	"strings"

	"parley/internal/diag"
	"parley/internal/dialect"
	"parley/internal/stack/proxy"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// allowed is what this server understands itself.
const allowed = "REGISTER, OPTIONS, INVITE, ACK, CANCEL, BYE, MESSAGE, INFO, SUBSCRIBE, NOTIFY, BENOTIFY, PUBLISH, SERVICE, REFER, UPDATE, PRACK"

// ServeRequest implements [transaction.Handler].
func (s *Server) ServeRequest(tx *transaction.ServerTx) {
	m, flow := tx.Request(), tx.Flow()
	r := &Request{Message: m, Tx: tx, Flow: flow, Dialect: s.dialectOf(flow, m), Host: s.config.Host, log: s.log}
	if m.Method() == "REGISTER" {
		s.register(r)
		return
	}
	if m.Method() == "NEGOTIATE" {
		r.Reply(405, "", func(res *sip.Message) { res.Add("Allow", allowed) }) // no compression
		return
	}
	uri, err := sip.ParseURI(m.RequestURI())
	if err != nil {
		r.Reply(400, "Malformed Request-URI", nil)
		return
	}
	if m.Method() == "OPTIONS" && uri.User == "" && (s.local(uri) || s.self(uri, flow)) {
		s.options(r)
		return
	}
	if !s.authenticate(r) {
		return
	}
	if gr, ok := uri.Params.Get("gr"); ok && gr == "" {
		if b, found := s.config.Location.Device(uri); found {
			r.callee = b.Account
		}
	}
	if to, err := m.To(); err == nil && to.Tag() != "" {
		s.inDialog(r, uri)
		return
	}
	s.outOfDialog(r, uri)
}

func (s *Server) register(r *Request) {
	user, reply := s.config.Auth.Register(r.Flow, r.Message)
	if reply != nil {
		r.Tx.Respond(reply)
		return
	}
	r.User = user
	r.ServiceRoute = s.serviceRoute(r)
	s.config.Services.Register(r)
}

// serviceRoute is the Route that the REGISTER came by, which is known to work for the sender, else our address on its flow.
func (s *Server) serviceRoute(r *Request) string {
	if own, ok := s.dropOwnRoute(r.Message, r.Flow); ok {
		own.Params = own.Params.With("lr", "")
		return "<" + own.String() + ">"
	}
	u := s.config.Layer.Self(r.Flow)
	u.Params = u.Params.With("lr", "")
	return "<" + u.String() + ">"
}

func (s *Server) options(r *Request) {
	r.Reply(200, "", func(res *sip.Message) {
		res.Add("Allow", allowed)
		res.Add("Accept", "application/sdp, text/plain, application/pidf+xml")
		res.Add("Supported", "path, gruu, outbound, timer, 100rel, eventlist")
	})
}

// inDialog finds the owner of the request's dialog: a service, or the other device when the dialog was proxied.
func (s *Server) inDialog(r *Request, uri sip.URI) {
	if r.Method() == "SUBSCRIBE" && s.config.Services.Subscribe[r.EventPackage()] != nil {
		s.byEvent(r, s.config.Services.Subscribe) // who serves the package knows its subscriptions
		return
	}
	for _, owns := range s.config.Services.Dialogs {
		if owns(r) {
			return
		}
	}
	branch, err := s.nextHop(r.Message, r.Flow, uri)
	if err != nil {
		s.log.Info("request for no dialog of ours", "method", r.Method(), "peer", r.Flow.Remote().String(), "error", err)
		r.Reply(481, "", nil)
		return
	}
	s.proxy.Forward(r.Tx, []proxy.Branch{branch}, false)
}

// outOfDialog hands a request that begins something to its service.
func (s *Server) outOfDialog(r *Request, uri sip.URI) {
	services := &s.config.Services
	switch r.Method() {
	case "SUBSCRIBE":
		s.byEvent(r, services.Subscribe)
	case "PUBLISH":
		s.byEvent(r, services.Publish)
	case "NOTIFY", "BENOTIFY":
		s.byEvent(r, services.Notify)
	case "SERVICE":
		s.service(r)
	case "MESSAGE":
		s.to(r, uri, services.Message)
	case "INVITE":
		s.invite(r, uri)
	case "REFER":
		s.refer(r, uri)
	case "BYE", "INFO", "UPDATE", "PRACK":
		r.Reply(481, "", nil)
	default:
		s.passOn(r, uri)
	}
}

func (s *Server) byEvent(r *Request, services map[string]Service) {
	name := r.EventPackage()
	if name == "" {
		r.Reply(400, "Missing Event", nil)
		return
	}
	if serve := services[name]; serve != nil {
		serve(r)
		return
	}
	r.Reply(489, "", func(res *sip.Message) {
		res.Add("Allow-Events", strings.Join(slices.Sorted(maps.Keys(services)), ","))
	})
}

func (s *Server) service(r *Request) {
	for _, takes := range s.config.Services.Service {
		if takes(r) {
			return
		}
	}
	r.Reply(415, "", nil)
}

// to hands a request for a user of ours to serve, and refuses one for anybody else.
func (s *Server) to(r *Request, uri sip.URI, serve Service) {
	switch {
	case !s.local(uri):
		r.Refuse(diag.New(diag.DomainUnknown, nil))
	case serve == nil:
		r.Reply(405, "", func(res *sip.Message) { res.Add("Allow", allowed) })
	default:
		serve(r)
	}
}

// invite sorts INVITEs by what they are for. Two devices of one dialect share files and applications without help: what
// no service translates is proxied.
func (s *Server) invite(r *Request, uri sip.URI) {
	services := &s.config.Services
	if !s.local(uri) && !s.self(uri, r.Flow) {
		r.Refuse(diag.New(diag.DomainUnknown, nil))
		return
	}
	switch class := classOf(r); {
	case class == dialect.Messaging && services.IM != nil:
		services.IM(r)
	case class == dialect.AudioVideo && services.Call != nil && !(s.config.ProxyCalls && s.sameDialect(r, uri)):
		services.Call(r)
	default:
		s.passOn(r, uri)
	}
}

// classOf is what an INVITE is for. One without a body offers nothing yet: a call, as every client that sends such means it.
func classOf(r *Request) dialect.Class {
	if r.BodyString() == "" {
		return dialect.AudioVideo
	}
	return dialect.Classify(r.Message).Class
}

func (s *Server) sameDialect(r *Request, uri sip.URI) bool {
	for _, b := range s.devices(uri) {
		if b.Dialect != r.Dialect {
			return false
		}
	}
	return true
}

// ServeAck implements [transaction.Handler].
func (s *Server) ServeAck(flow transport.Flow, ack *sip.Message) {
	for _, owns := range s.config.Services.Acks {
		if owns(flow, ack) {
			return
		}
	}
	uri, err := sip.ParseURI(ack.RequestURI())
	if err != nil {
		return
	}
	branch, err := s.nextHop(ack, flow, uri)
	if err == nil {
		err = s.proxy.ForwardAck(ack, branch)
	}
	if err != nil {
		s.log.Info("dropped an ACK", "peer", flow.Remote().String(), "error", err)
	}
}
