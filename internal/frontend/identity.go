package frontend

import (
	"errors"

	"parley/internal/diag"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Authenticator proves who sent a request, and signs and verifies the messages of connections whose clients sign.
type Authenticator interface {
	// Register decides about a REGISTER: it returns the account that it proved, or the response to send.
	Register(flow transport.Flow, req *sip.Message) (user string, reply *sip.Message)
	// Challenge does the same for other requests.
	Challenge(flow transport.Flow, req *sip.Message) (user string, reply *sip.Message)
	// Signed says whether the flow has a security association.
	Signed(flow transport.Flow) bool
	// Verify checks the signature of a message on such a flow and returns who signed it.
	Verify(flow transport.Flow, m *sip.Message) (user string, err error)
	// Refuse is the answer to a request that Verify refused.
	Refuse(flow transport.Flow, req *sip.Message, err error) *sip.Message
	// Sign signs a message for the flow, and removes credentials that were for the hop before.
	Sign(flow transport.Flow, m *sip.Message) error
}

// signerKey keeps with a connection who signed its last verified message.
type signerKey struct{}

// Incoming implements [transaction.Guard]: on a connection whose client signs, an unsigned or wrongly signed message has
// no effect. A REGISTER is left to the sign-in, which may begin anew at any time.
func (s *Server) Incoming(flow transport.Flow, m *sip.Message) bool {
	if flow.Proto() == transport.UDP || !s.config.Auth.Signed(flow) || m.Method() == "REGISTER" && m.IsRequest() {
		return true
	}
	user, err := s.config.Auth.Verify(flow, m)
	if err == nil {
		if old, _ := flow.Get(signerKey{}).(string); old != user {
			flow.Set(signerKey{}, user)
		}
		return true
	}
	if !m.IsRequest() {
		s.log.Warn("dropped a response with a bad signature", "peer", flow.Remote().String(), "error", err)
		return false
	}
	if m.Method() == "ACK" {
		s.log.Warn("dropped an ACK with a bad signature", "peer", flow.Remote().String(), "error", err)
		return false
	}
	res := s.config.Auth.Refuse(flow, m, err)
	s.Outgoing(flow, res)
	flow.Send(res.Bytes())
	return false
}

// Outgoing implements [transaction.Guard].
func (s *Server) Outgoing(flow transport.Flow, m *sip.Message) {
	if err := s.config.Auth.Sign(flow, m); err != nil {
		s.log.Error("cannot sign a message", "peer", flow.Remote().String(), "error", err)
	}
}

// errStranger refuses what comes from a domain that is not ours: there is no federation unless it is configured.
var errStranger = errors.New("sender's domain is not served here")

// authenticate returns the account that sent the request. When ok is false the request has been answered.
func (s *Server) authenticate(r *Request) (ok bool) {
	flow, m := r.Flow, r.Message
	if s.config.Auth.Signed(flow) {
		r.User, _ = flow.Get(signerKey{}).(string)
		return true
	}
	from, err := m.From()
	if err != nil || !s.local(from.URI) {
		r.Refuse(diag.New(diag.DomainUnknown, errStranger))
		return false
	}
	account := from.URI.Account()
	// A datagram from the address that a user registered from is taken for that user's: over UDP nothing proves more
	// than this unless every request is challenged, and UDP sign-in has to be allowed explicitly.
	if flow.Proto() == transport.UDP {
		if _, known := s.config.Location.From(account, flow); known {
			r.User = account
			return true
		}
	}
	user, reply := s.config.Auth.Challenge(flow, m)
	if reply != nil {
		r.Tx.Respond(reply)
		return false
	}
	r.User = user
	return true
}
