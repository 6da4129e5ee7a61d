package event

import "net/netip"

// Direction tells which way a message went.
type Direction uint8

// Directions, from the server's view.
const (
	In Direction = iota
	Out
)

// String is "in" or "out".
func (d Direction) String() string {
	if d == In {
		return "in"
	}
	return "out"
}

// SIPMessage is published for each SIP message on the wire, when somebody reads them (Bus.Wants).
type SIPMessage struct {
	Direction Direction
	Flow      uint64 // id of the transport flow
	Proto     string // UDP, TCP, TLS, WS or WSS
	Local     netip.AddrPort
	Remote    netip.AddrPort
	Raw       []byte // exactly as on the wire, secrets included; readers must not change it
}

// Kind implements Event.
func (SIPMessage) Kind() Kind { return KindSIPMessage }
