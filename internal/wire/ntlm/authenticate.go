package ntlm

import (
	"errors"
	"fmt"
)

// ErrWeak marks an answer that is refused for its kind, whatever the password: LM, NTLMv1, anonymous, or without the
// flags that message signatures need.
var ErrWeak = errors.New("only NTLMv2 with 128-bit message signatures is accepted")

// Authenticate is the client's AUTHENTICATE_MESSAGE, [MS-NLMP] section 2.2.1.3. Byte slices alias the parsed message.
type Authenticate struct {
	Flags       Flags
	Domain      string // as the user typed it, often empty
	User        string // may be a whole user@domain
	Workstation string
	TargetName  string // service name that the client meant to reach, "" when it did not say

	proof      []byte // NTProofStr, 16 bytes
	blob       []byte // NTLMv2_CLIENT_CHALLENGE, what the proof is computed over
	sessionKey []byte // EncryptedRandomSessionKey, 16 bytes
	mic        []byte // 16 bytes, nil when the client sends none
	raw        []byte
}

const (
	authenticateHeader = 64
	micOffset          = 72 // after the header and 8 bytes of version
	blobHeader         = 28 // NTLMv2_CLIENT_CHALLENGE before its attributes
	maxName            = 512
)

// ParseAuthenticate reads an AUTHENTICATE. It returns [ErrWeak] for an LM or NTLMv1 answer and [ErrMalformed] for broken bytes.
func ParseAuthenticate(raw []byte) (*Authenticate, error) {
	a, err := parseAuthenticate(raw)
	if err != nil {
		return nil, fmt.Errorf("parse ntlm authenticate: %w", err)
	}
	return a, nil
}

func parseAuthenticate(raw []byte) (*Authenticate, error) {
	if err := header(raw, typeAuthenticate, authenticateHeader); err != nil {
		return nil, err
	}
	a := &Authenticate{Flags: Flags(le.Uint32(raw[60:])), raw: raw}
	if !a.Flags.has(required) {
		return nil, fmt.Errorf("%w: flags %#x", ErrWeak, uint32(a.Flags))
	}
	for _, text := range []struct {
		pos  int
		name string
		to   *string
	}{{28, "domain", &a.Domain}, {36, "user", &a.User}, {44, "workstation", &a.Workstation}} {
		value, err := payload(raw, text.pos, maxName, text.name)
		if err != nil {
			return nil, err
		}
		if *text.to, err = utf16String(value, text.name); err != nil {
			return nil, err
		}
	}
	if a.User == "" {
		return nil, fmt.Errorf("%w: anonymous", ErrWeak)
	}
	var err error
	if a.sessionKey, err = payload(raw, 52, 16, "session key"); err != nil {
		return nil, err
	}
	if len(a.sessionKey) != 16 {
		return nil, fmt.Errorf("%w: session key of %d bytes", ErrMalformed, len(a.sessionKey))
	}
	response, err := payload(raw, 20, MaxMessage, "nt response")
	if err != nil {
		return nil, err
	}
	return a, a.readResponse(response)
}

// readResponse takes the NTLMv2_RESPONSE apart, [MS-NLMP] section 2.2.2.8.
func (a *Authenticate) readResponse(response []byte) error {
	if len(response) <= 24 {
		return fmt.Errorf("%w: an LM or NTLMv1 response of %d bytes", ErrWeak, len(response))
	}
	if len(response) < 16+blobHeader+4 || response[16] != 1 || response[17] != 1 {
		return fmt.Errorf("%w: no NTLMv2 client challenge", ErrMalformed)
	}
	a.proof, a.blob = response[:16], response[16:]
	list, err := parseAVs(a.blob[blobHeader:])
	if err != nil {
		return err
	}
	if a.TargetName, err = utf16String(find(list, AVTargetName), "target name"); err != nil {
		return err
	}
	if flags := find(list, AVFlags); len(flags) == 4 && le.Uint32(flags)&avFlagMIC != 0 {
		if len(a.raw) < micOffset+16 {
			return fmt.Errorf("%w: too short for its integrity code", ErrMalformed)
		}
		a.mic = a.raw[micOffset:][:16]
	}
	return nil
}
