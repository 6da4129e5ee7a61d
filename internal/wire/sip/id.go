package sip

import (
	"crypto/rand"
	"encoding/base32"
)

// ids is lower case without padding: safe in every token.
var ids = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewTag returns a From or To tag with 80 random bits (RFC 3261 section 19.3 asks for 32).
func NewTag() string { return newID(10) }

// NewBranch returns a Via branch with 80 random bits.
func NewBranch() string { return MagicCookie + newID(10) }

// NewCallID returns a Call-ID with 120 random bits. It names no host: who sends it is nobody's business.
func NewCallID() string { return newID(15) }

func newID(size int) string {
	var raw [15]byte
	rand.Read(raw[:size])
	var text [24]byte
	ids.Encode(text[:], raw[:size])
	return string(text[:ids.EncodedLen(size)])
}
