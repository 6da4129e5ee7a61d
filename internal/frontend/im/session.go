package im

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/internal/stack/dialog"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// sessionKey is what a session is for: one device of a user, and whom that user writes with.
type sessionKey struct {
	user, peer string // accounts
	device     string // key of the device's registration
}

type sessionState uint8

const (
	inviting sessionState = iota // our INVITE waits for its answer; messages wait too
	standing
	ended
)

// session is a dialog between the server and one Lync endpoint in which that endpoint's user writes with peer.
type session struct {
	key    sessionKey
	tag    string         // ours
	flow   transport.Flow // the endpoint's connection
	target transaction.Target
	route  []string // where our INVITE goes: Path of the registration

	mu       sync.Mutex
	state    sessionState
	dialog   *dialog.Dialog // nil while inviting
	queue    []delivery
	draining bool // somebody sends the queue: nobody else may, so that the order stays
	used     time.Time
	tx       *transaction.ServerTx // of the endpoint's INVITE whose ACK is awaited
	patience *time.Timer           // for the answer to our INVITE
}

func (x *session) lastUse() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.used
}

// acknowledged takes an ACK that came by another way than the INVITE.
func (x *session) acknowledged() {
	x.mu.Lock()
	tx := x.tx
	x.tx = nil
	x.mu.Unlock()
	if tx != nil {
		tx.Acknowledge()
	}
}

// fail ends the session and reports what waits in it.
func (x *session) fail(o outcome) {
	x.mu.Lock()
	x.state = ended
	queue := x.queue
	x.queue = nil
	if x.patience != nil {
		x.patience.Stop()
	}
	x.mu.Unlock()
	for _, d := range queue {
		d.report(o)
	}
}

// request is the next request in a standing session's dialog; nil when there is none.
func (x *session) request(method string) *sip.Message {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.state != standing {
		return nil
	}
	x.used = time.Now()
	return x.dialog.Request(method)
}

// byTag returns the session that our tag belongs to, or nil.
func (s *Service) byTag(tag string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tags[tag]
}

// forgetSession removes a session from the tables.
func (s *Service) forgetSession(x *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tags, x.tag)
	if s.sessions[x.key] == x {
		delete(s.sessions, x.key)
	}
}

// endSessions says BYE in those standing sessions that which chooses.
func (s *Service) endSessions(which func(*session) bool) {
	var over []*session
	s.mu.Lock()
	all := make([]*session, 0, len(s.tags))
	for _, x := range s.tags {
		all = append(all, x)
	}
	s.mu.Unlock()
	for _, x := range all {
		if which(x) {
			over = append(over, x)
		}
	}
	for _, x := range over {
		s.bye(x)
	}
}

// bye ends a session from our side.
func (s *Service) bye(x *session) {
	req := x.request("BYE")
	s.forgetSession(x)
	x.fail(unreachable(transaction.ErrTransport))
	if req != nil {
		s.sendQuietly(req, x.target)
	}
}

// sendQuietly sends a request whose answer changes nothing.
func (s *Service) sendQuietly(req *sip.Message, target transaction.Target) {
	if _, err := s.sender.Request(req, target, func(*sip.Message, error) {}); err != nil {
		s.log.Debug("request not sent", "method", req.Method(), "error", err)
	}
}

// description is what the server offers and answers in a session.
func description(flow transport.Flow, peer string) []byte {
	host, family, port := "127.0.0.1", "IP4", uint16(5060)
	if flow != nil && flow.Local().IsValid() {
		host, port = flow.Local().Addr().Unmap().String(), flow.Local().Port()
		if flow.Local().Addr().Unmap().Is6() {
			family = "IP6"
		}
	}
	return []byte("v=0\r\no=- 0 0 IN " + family + " " + host + "\r\ns=session\r\nc=IN " + family + " " + host + "\r\nt=0 0\r\nm=message " +
		strconv.Itoa(int(port)) + " sip sip:" + peer + "\r\na=accept-types:text/plain text/html text/rtf multipart/alternative\r\n")
}

// contact is our Contact towards a flow.
func contact(flow transport.Flow) string {
	if flow == nil || !flow.Local().IsValid() {
		return ""
	}
	return "<sip:" + flow.Local().String() + ";transport=" + strings.ToLower(flow.Proto().String()) + ">"
}
