package frontend

import (
	"log/slog"
	"slices"
	"strings"

	"parley/internal/dialect"
	"parley/internal/stack/proxy"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Location is where devices are found; the registrar is it.
type Location interface {
	Lookup(account string) []Binding
	Device(u sip.URI) (Binding, bool)
	From(account string, flow transport.Flow) (Binding, bool)
	FlowClosed(flow transport.Flow)
}

// Services are what requests go to. A nil service answers as an element that lacks the method or package does.
type Services struct {
	Register  Service
	Subscribe map[string]Service // by event package, lower case
	Publish   map[string]Service // by event package
	Notify    map[string]Service // NOTIFY outside dialogs of ours, by event package
	Message   Service            // a MESSAGE outside a dialog
	IM        Service            // an INVITE for a Lync-dialect message session
	Call      Service            // an INVITE for audio and video
	// Service are asked in turn whether a SERVICE is for them; who says yes has handled it.
	Service []func(*Request) bool
	// Dialogs are asked in turn whether a request belongs to a dialog of theirs; who says yes has handled it.
	Dialogs []func(*Request) bool
	// Acks are asked in turn whether an ACK of a success belongs to them.
	Acks []func(flow transport.Flow, ack *sip.Message) bool
	// Closed are told when a connection has ended.
	Closed []func(flow transport.Flow)
}

// Config is what a Server is made from.
type Config struct {
	Host     string   // our name, for diagnostics
	Domains  []string // SIP domains that we are home of
	Layer    *transaction.Layer
	Auth     Authenticator
	Location Location
	Services Services
	// ProxyCalls passes audio and video calls between devices of one dialect through the proxy instead of Call.
	ProxyCalls bool
	// Exists says whether an account is known, so that callers of nobody hear 404 and of somebody absent 480.
	Exists func(account string) bool
	Log    *slog.Logger
}

// Server is the front end. It implements [transaction.Handler] and [transaction.Guard].
type Server struct {
	config Config
	proxy  *proxy.Proxy
	log    *slog.Logger
}

// New returns a Server.
func New(c Config) *Server {
	s := &Server{config: c, proxy: proxy.New(c.Layer), log: c.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// local says whether a URI's host is a domain of ours.
func (s *Server) local(u sip.URI) bool {
	return slices.ContainsFunc(s.config.Domains, func(d string) bool { return strings.EqualFold(d, u.Host) })
}

// self says whether a URI names this server: its name, or an address and port that it listens on.
func (s *Server) self(u sip.URI, flow transport.Flow) bool {
	if strings.EqualFold(u.Host, s.config.Host) {
		return true
	}
	return s.config.Layer.IsSelf(u, flow)
}

// FlowClosed implements [transaction.Handler].
func (s *Server) FlowClosed(flow transport.Flow, reason error) {
	s.log.Debug("connection ended", "peer", flow.Remote().String(), "reason", reason)
	s.config.Location.FlowClosed(flow)
	for _, f := range s.config.Services.Closed {
		f(flow)
	}
}

// dialectKey keeps the dialect of a connection with it.
type dialectKey struct{}

// dialectOf finds out which dialect the sender speaks. A connection is classified once, by its first request, and anew
// at each REGISTER.
func (s *Server) dialectOf(flow transport.Flow, m *sip.Message) dialect.Kind {
	if flow.Proto() == transport.UDP {
		return dialect.Standard // the Lync dialect does not use datagrams
	}
	if known, ok := flow.Get(dialectKey{}).(dialect.Kind); ok && m.Method() != "REGISTER" {
		return known
	}
	kind := dialect.Classify(m).Dialect
	flow.Set(dialectKey{}, kind)
	return kind
}
