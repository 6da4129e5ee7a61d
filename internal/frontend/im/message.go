package im

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"parley/internal/wire/richtext"
	"parley/internal/wire/sip"
)

// message is one message on its way from its sender to the recipient's devices.
type message struct {
	Record
	encoding string            // of the body (Content-Encoding), mostly none
	display  string            // of the sender, may be empty
	doc      richtext.Document // what it says; only set when a device needs it rendered
	request  *sip.Message      // a standard sender's request, which standard devices get as it came
	// unreadable says that devices which need it rendered cannot have it.
	unreadable bool
	*fate
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
		fate:    &fate{},
	}, nil
}

// conversation names what two users write to each other.
func conversation(a, b string) string {
	if a > b {
		a, b = b, a
	}
	return a + " " + b
}
