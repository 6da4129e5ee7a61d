package event

import "time"

// MessageStored is published when an instant message is on disk, before its sender is told.
type MessageStored struct {
	ID           string // minted by the server
	Conversation string
	Seq          uint64 // strictly increasing within the conversation
	From, To     string // AOR
	ContentType  string
	Size         int // bytes of the body
}

// MessageDelivered is published when one device of the recipient has answered for a message, or never will.
type MessageDelivered struct {
	ID     string
	To     string // AOR
	Device string // Epid or Instance of the device; empty when no device was reached
	Status int    // final SIP status code
	Delay  time.Duration
}

// Kind implements Event.
func (MessageStored) Kind() Kind { return KindMessageStored }

// Kind implements Event.
func (MessageDelivered) Kind() Kind { return KindMessageDelivered }
