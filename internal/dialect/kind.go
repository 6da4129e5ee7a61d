// Package dialect tells the two worlds of SIP apart that meet in one server, and holds the neutral description of
// media in which both are understood. Its subpackages lync and standard translate each dialect to and from it.
package dialect

// Kind is the SIP dialect that an endpoint speaks.
type Kind uint8

const (
	// Unknown is a message or an endpoint that showed no marker of either dialect yet.
	Unknown Kind = iota
	// Standard is SIP as the IETF's documents describe it.
	Standard
	// Lync is SIP as Microsoft's clients from Live Communications Server to Skype for Business speak it.
	Lync
)

// String returns the word that logs, records and the portal use.
func (k Kind) String() string {
	switch k {
	case Standard:
		return "standard"
	case Lync:
		return "lync"
	default:
		return "unknown"
	}
}
