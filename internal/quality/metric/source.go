package metric

// Source is a party that can measure a stream. Of several values of one metric
// the stream's row takes the one whose source knows it best. The numbers are
// stored.
type Source uint8

// The sources.
const (
	_ Source = iota
	// ReceivingEnd is the endpoint that received the stream.
	ReceivingEnd
	// SendingEnd is the endpoint that sent it.
	SendingEnd
	// Relay is this server's media relay, from the packets.
	Relay
	// RTCP is what the receiver told the relay in RTCP.
	RTCP
	// Probe is somebody outside of the call who saw its packets or its RTCP:
	// an agent that captures.
	Probe
	// Sources is one more than the highest source.
	Sources
)

// String is the name that the API uses.
func (s Source) String() string {
	switch s {
	case ReceivingEnd:
		return "receiver"
	case SendingEnd:
		return "sender"
	case Relay:
		return "relay"
	case RTCP:
		return "rtcp"
	case Probe:
		return "probe"
	default:
		return "unknown"
	}
}

// Precedence lists the sources in the order in which their values of a metric
// count: the end that knows it first-hand, then who saw the packets, then who
// was told.
func (id ID) Precedence() [5]Source {
	if defs[id].Known == Sender {
		return [5]Source{SendingEnd, RTCP, Relay, Probe, ReceivingEnd}
	}
	return [5]Source{ReceivingEnd, RTCP, Relay, Probe, SendingEnd}
}

// Endpoint tells a source that is one of the stream's two ends, who has to be a
// party of the call.
func (s Source) Endpoint() bool { return s == ReceivingEnd || s == SendingEnd }
