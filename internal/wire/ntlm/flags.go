package ntlm

// Flags are the NegotiateFlags of [MS-NLMP] section 2.2.2.5.
type Flags uint32

// The flags that connection-less NTLMv2 uses.
const (
	Unicode                 Flags = 1 << 0
	OEM                     Flags = 1 << 1
	RequestTarget           Flags = 1 << 2
	Sign                    Flags = 1 << 4
	Seal                    Flags = 1 << 5
	Datagram                Flags = 1 << 6
	LMKey                   Flags = 1 << 7
	NTLM                    Flags = 1 << 9
	AlwaysSign              Flags = 1 << 15
	TargetTypeDomain        Flags = 1 << 16
	ExtendedSessionSecurity Flags = 1 << 19
	Identify                Flags = 1 << 20
	TargetInfo              Flags = 1 << 23
	Version                 Flags = 1 << 25
	Key128                  Flags = 1 << 29
	KeyExchange             Flags = 1 << 30
	Key56                   Flags = 1 << 31
)

// ServerFlags are what a SIP server's CHALLENGE offers. Clients refuse a CHALLENGE that lacks Unicode, NTLM, Sign, Datagram,
// AlwaysSign, ExtendedSessionSecurity, Identify, TargetInfo or KeyExchange; without Key128 they cut the sealing key short.
const ServerFlags = Unicode | RequestTarget | Sign | Datagram | NTLM | AlwaysSign | TargetTypeDomain |
	ExtendedSessionSecurity | Identify | TargetInfo | Key128 | KeyExchange | Key56

// required are the flags without which an AUTHENTICATE would get weak or no message signatures.
const required = Unicode | Sign | NTLM | ExtendedSessionSecurity | KeyExchange | Key128

func (f Flags) has(want Flags) bool { return f&want == want }
