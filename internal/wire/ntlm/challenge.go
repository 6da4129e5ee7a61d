package ntlm

import "fmt"

// Challenge is the server's CHALLENGE_MESSAGE, [MS-NLMP] section 2.2.1.2.
type Challenge struct {
	Flags      Flags
	Nonce      [8]byte // the server challenge; never used twice
	TargetName string
	TargetInfo []AV
}

const challengeHeader = 48

// Append appends the message's bytes to dst.
func (c *Challenge) Append(dst []byte) []byte {
	name := appendUTF16(nil, c.TargetName)
	info := appendAVs(nil, c.TargetInfo)
	dst = append(dst, signature...)
	dst = le.AppendUint32(dst, typeChallenge)
	dst = appendField(dst, len(name), challengeHeader)
	dst = le.AppendUint32(dst, uint32(c.Flags&^Version))
	dst = append(dst, c.Nonce[:]...)
	dst = append(dst, make([]byte, 8)...) // reserved
	dst = appendField(dst, len(info), challengeHeader+len(name))
	dst = append(dst, name...)
	return append(dst, info...)
}

// ParseChallenge reads a CHALLENGE, as a client does.
func ParseChallenge(raw []byte) (*Challenge, error) {
	if err := header(raw, typeChallenge, challengeHeader); err != nil {
		return nil, fmt.Errorf("parse ntlm challenge: %w", err)
	}
	c := &Challenge{Flags: Flags(le.Uint32(raw[20:])), Nonce: [8]byte(raw[24:32])}
	name, err := payload(raw, 12, 1024, "target name")
	if err != nil {
		return nil, fmt.Errorf("parse ntlm challenge: %w", err)
	}
	if c.TargetName, err = utf16String(name, "target name"); err != nil {
		return nil, fmt.Errorf("parse ntlm challenge: %w", err)
	}
	info, err := payload(raw, 40, MaxMessage, "target information")
	if err != nil {
		return nil, fmt.Errorf("parse ntlm challenge: %w", err)
	}
	if c.Flags.has(TargetInfo) && info != nil {
		if c.TargetInfo, err = parseAVs(info); err != nil {
			return nil, fmt.Errorf("parse ntlm challenge: %w", err)
		}
	}
	return c, nil
}
