package srtp

import (
	"fmt"

	pionrtcp "github.com/pion/rtcp"
	pionrtp "github.com/pion/rtp"
	pion "github.com/pion/srtp/v3"
)

// Overhead is the most that protection adds to a packet, in bytes: tag and, for RTCP, index. Our own packets carry no MKI.
const Overhead = 10 + 4

// replayWindow is how far behind the newest packet one may still be accepted (RFC 3711 section 3.3.2 asks for 64 at least).
const replayWindow = 128

// maxSources bounds the SSRCs that one context keeps state for; the key holder alone can make new ones.
const maxSources = 256

// Context encrypts or decrypts one direction of a stream. It works in place and is not safe for concurrent use.
type Context struct {
	ctx     *pion.Context
	header  pionrtp.Header
	control pionrtcp.Header
	sources map[uint32]struct{}
}

// NewReceiver makes the context that decrypts what a peer sends under its key.
func NewReceiver(c Crypto) (*Context, error) {
	opts := []pion.ContextOption{pion.SRTPReplayProtection(replayWindow), pion.SRTCPReplayProtection(replayWindow)}
	if c.MKI != nil {
		opts = append(opts, pion.MasterKeyIndicator(c.MKI))
	}
	return newContext(c.Key[:], c.Salt[:], c.Suite, opts...)
}

// NewSender makes the context that encrypts under our key.
func NewSender(c Crypto) (*Context, error) {
	return newContext(c.Key[:], c.Salt[:], c.Suite)
}

func newContext(key, salt []byte, suite Suite, opts ...pion.ContextOption) (*Context, error) {
	profile, err := suite.profile()
	if err != nil {
		return nil, err
	}
	ctx, err := pion.CreateContext(key, salt, profile, opts...)
	if err != nil {
		return nil, fmt.Errorf("make srtp context: %w", err)
	}
	return &Context{ctx: ctx, sources: make(map[uint32]struct{})}, nil
}

func (s Suite) profile() (pion.ProtectionProfile, error) {
	switch s {
	case AES80:
		return pion.ProtectionProfileAes128CmHmacSha1_80, nil
	case AES32:
		return pion.ProtectionProfileAes128CmHmacSha1_32, nil
	}
	return 0, fmt.Errorf("%w: suite %.40q", ErrUnusable, string(s))
}

// ProtectRTP encrypts packet b in place and gives it with its tag; b needs Overhead bytes of spare capacity.
func (c *Context) ProtectRTP(b []byte) ([]byte, error) {
	return c.ctx.EncryptRTP(b, b, &c.header)
}

// ProtectRTCP encrypts compound b in place and gives it with index and tag; b needs Overhead bytes of spare capacity.
func (c *Context) ProtectRTCP(b []byte) ([]byte, error) {
	return c.ctx.EncryptRTCP(b, b, &c.control)
}

// UnprotectRTP verifies and decrypts packet b in place. An error means that the packet is forged, repeated or under
// another key; it has then not been changed.
func (c *Context) UnprotectRTP(b []byte) ([]byte, error) {
	if len(b) >= 12 {
		ssrc := uint32(b[8])<<24 | uint32(b[9])<<16 | uint32(b[10])<<8 | uint32(b[11])
		if _, ok := c.sources[ssrc]; !ok {
			if len(c.sources) >= maxSources {
				return nil, fmt.Errorf("unprotect rtp: more than %d sources under one key", maxSources)
			}
			out, err := c.ctx.DecryptRTP(b, b, &c.header)
			if err == nil {
				c.sources[ssrc] = struct{}{}
			}
			return out, err
		}
	}
	return c.ctx.DecryptRTP(b, b, &c.header)
}

// UnprotectRTCP verifies and decrypts compound b in place.
func (c *Context) UnprotectRTCP(b []byte) ([]byte, error) {
	return c.ctx.DecryptRTCP(b, b, &c.control)
}
