package stun

// Attr is an attribute type (RFC 8489 section 18.3).
type Attr uint16

// Attributes that ICE needs.
const (
	MappedAddress     Attr = 0x0001
	Username          Attr = 0x0006
	MessageIntegrity  Attr = 0x0008
	ErrorCode         Attr = 0x0009
	UnknownAttributes Attr = 0x000A
	XORMappedAddress  Attr = 0x0020
	Priority          Attr = 0x0024 // RFC 8445 section 16.1
	UseCandidate      Attr = 0x0025
	Software          Attr = 0x8022
	Fingerprint       Attr = 0x8028
	ICEControlled     Attr = 0x8029
	ICEControlling    Attr = 0x802A
	// CandidateIdentifier carries the sender's candidate foundation, padded with zeros ([MS-ICE2] section 2.2.1).
	CandidateIdentifier Attr = 0x8054
	// ImplementationVersion tells the STUN form in use: up to 2 the draft's, 3 and above the standard's ([MS-ICE2] section 2.2.2).
	ImplementationVersion Attr = 0x8070
)

// comprehended holds the comprehension-required attributes (below 0x8000) that an ICE agent must know (RFC 8489 section 6.3.1).
func comprehended(a Attr) bool {
	switch a {
	case MappedAddress, Username, MessageIntegrity, ErrorCode, UnknownAttributes, XORMappedAddress, Priority, UseCandidate:
		return true
	}
	return a >= 0x8000
}

// Type is a message's method and class (RFC 8489 section 5).
type Type uint16

// Message types of the Binding method, the only one that ICE uses.
const (
	BindingRequest    Type = 0x0001
	BindingIndication Type = 0x0011
	BindingSuccess    Type = 0x0101
	BindingError      Type = 0x0111
)

// Error codes (RFC 8489 section 14.8, RFC 8445 section 16.2).
const (
	CodeBadRequest       = 400
	CodeUnauthorized     = 401
	CodeUnknownAttribute = 420
	CodeRoleConflict     = 487
)
