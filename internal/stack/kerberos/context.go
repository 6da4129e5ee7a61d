package kerberos

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/types"
)

// ErrSignature marks a message signature that was not made with the context's key.
var ErrSignature = errors.New("kerberos signature does not match")

// Context is an accepted sign-in. It is safe for concurrent use.
type Context struct {
	Principal string    // such as "alice", without realm
	Realm     string    // such as "PARLEY.TEST"
	Expires   time.Time // end of the ticket

	key  types.EncryptionKey
	sent atomic.Uint64
}

// Sign returns the acceptor's MIC token of text, RFC 4121 section 4.2.6.1.
func (c *Context) Sign(text []byte) ([]byte, error) {
	token := gssapi.MICToken{Flags: gssapi.MICTokenFlagSentByAcceptor, SndSeqNum: c.sent.Add(1) - 1, Payload: text}
	if err := token.SetChecksum(c.key, keyusage.GSSAPI_ACCEPTOR_SIGN); err != nil {
		return nil, fmt.Errorf("sign with kerberos key: %w", err)
	}
	mic, err := token.Marshal()
	if err != nil {
		return nil, fmt.Errorf("sign with kerberos key: %w", err)
	}
	return mic, nil
}

// Verify checks the initiator's MIC token of text. Replays are the caller's to find: the text carries its own counter.
func (c *Context) Verify(text, mic []byte) error {
	var token gssapi.MICToken
	if err := token.Unmarshal(mic, false); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if token.Flags != 0 {
		return fmt.Errorf("%w: flags %#x", ErrSignature, token.Flags)
	}
	token.Payload = text
	if ok, err := token.Verify(c.key, keyusage.GSSAPI_INITIATOR_SIGN); err != nil || !ok {
		return ErrSignature // the library's error names the right checksum, which must not reach a log
	}
	return nil
}

// gssMutual asks for an AP-REP, which sign-in over SIP has no place for.
const gssMutual = 2

// checkFlags reads the authenticator's checksum field, RFC 4121 section 4.1.1.
func checkFlags(auth *types.Authenticator) error {
	sum := auth.Cksum
	if sum.CksumType != chksumtype.GSSAPI || len(sum.Checksum) < 24 || binary.LittleEndian.Uint32(sum.Checksum) != 16 {
		return fmt.Errorf("%w: no GSS-API checksum", ErrToken)
	}
	if binary.LittleEndian.Uint32(sum.Checksum[20:])&gssMutual != 0 {
		return fmt.Errorf("%w: mutual authentication asked for", ErrToken)
	}
	return nil
}
