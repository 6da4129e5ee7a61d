package sdp

// Direction is who sends media on a stream, seen from the description's author (RFC 3264 section 5.1).
type Direction uint8

const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

// String returns the attribute's name.
func (d Direction) String() string {
	switch d {
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	default:
		return "sendrecv"
	}
}

// Sends tells whether the author sends media.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives tells whether the author wants media.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// DirectionOf joins the two halves.
func DirectionOf(sends, receives bool) Direction {
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	default:
		return Inactive
	}
}

// Reversed is the same stream seen from the other side.
func (d Direction) Reversed() Direction { return DirectionOf(d.Receives(), d.Sends()) }

// Direction returns a stream's direction: its own attribute, else the session's, else sendrecv.
func (d *Description) Direction(m *Media) Direction {
	for _, s := range []Section{m.Section, d.Session} {
		for _, l := range s {
			if l.Type != 'a' {
				continue
			}
			switch l.Value {
			case "sendrecv":
				return SendRecv
			case "sendonly":
				return SendOnly
			case "recvonly":
				return RecvOnly
			case "inactive":
				return Inactive
			}
		}
	}
	return SendRecv
}
