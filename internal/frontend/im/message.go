package im

import (
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"parley/internal/wire/richtext"
	"parley/internal/wire/sip"
)

// message is one message on its way from its sender to the recipient's devices.
type message struct {
	Record
	display string            // of the sender, may be empty
	doc     richtext.Document // what it says; only set when a device needs it rendered
	request *sip.Message      // a standard sender's request, which standard devices get as it came
	arrival arrivalKey
	// unreadable says that devices which need it rendered cannot have it.
	unreadable bool

	mu      sync.Mutex
	open    int // devices that have not answered
	best    outcome
	decided bool
	waiting []func(outcome)
}

// Record is a message as it is stored.
type Record struct {
	ID           uuid.UUID // version 7
	Conversation string    // both accounts in alphabetical order, separated by a blank
	Seq          uint64    // increases strictly within a conversation
	At           time.Time // of arrival, in microseconds
	From, To     string    // accounts
	ContentType  string
	Body         []byte // as it arrived
}

// newMessage mints a message at its arrival.
func (s *Service) newMessage(from, display, to, contentType string, body []byte) (*message, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("mint message id: %w", err)
	}
	return &message{
		Record: Record{
			ID: id, Conversation: conversation(from, to), Seq: s.clock.next(), At: time.Now(),
			From: from, To: to, ContentType: contentType, Body: body,
		},
		display: display,
	}, nil
}

// conversation names what two users write to each other.
func conversation(a, b string) string {
	if a > b {
		a, b = b, a
	}
	return a + " " + b
}

// wait has answer called with what becomes of the message: at once when that is known.
func (m *message) wait(answer func(outcome)) {
	m.mu.Lock()
	if !m.decided {
		m.waiting = append(m.waiting, answer)
		m.mu.Unlock()
		return
	}
	o := m.best
	m.mu.Unlock()
	answer(o)
}

// report takes one device's answer. The sender is answered by the first device that took the message, or else when
// all have refused.
func (m *message) report(o outcome) {
	m.mu.Lock()
	m.open--
	if m.best.code == 0 || o.better(m.best) {
		m.best = o
	}
	m.settle(m.best.ok() || m.open <= 0)
}

// fail answers the sender whatever the devices say.
func (m *message) fail(o outcome) {
	m.mu.Lock()
	m.best = o
	m.settle(true)
}

// settle is called with mu held and releases it.
func (m *message) settle(now bool) {
	var waiting []func(outcome)
	o := m.best
	if now && !m.decided {
		m.decided = true
		waiting, m.waiting = m.waiting, nil
	}
	m.mu.Unlock()
	for _, answer := range waiting {
		answer(o)
	}
}
