package auth

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// credentialFields are per hop: what one side signed with the server says nothing to the next.
var credentialFields = [...]string{"Authorization", "Proxy-Authorization", "Authentication-Info", "Proxy-Authentication-Info"}

// Sign prepares a message for its next hop: it removes the credentials that were meant for this server and, when the flow
// has a security association, signs. It must see every message last, just before it is sent, since a later change of a
// signed field makes clients drop the message without a word. It changes m, which the caller owns.
func (a *Authenticator) Sign(flow transport.Flow, m *sip.Message) error {
	for _, field := range credentialFields {
		a.strip(m, field)
	}
	sa := linkOf(flow).active()
	if sa == nil || a.handshakeAnswer(m) {
		return nil
	}
	var seed [4]byte
	rand.Read(seed[:])
	random, number := hex.EncodeToString(seed[:]), strconv.FormatUint(uint64(sa.next()), 10)
	var room [1024]byte
	signature, err := sa.keys.sign(sa.signedText(room[:0], m, random, number))
	if err != nil {
		return fmt.Errorf("sign message to %s: %w", sa.user, err)
	}
	info := sa.scheme.String() + ` qop="auth", opaque="` + sa.opaque + `", srand="` + random + `", snum="` + number +
		`", rspauth="` + hex.EncodeToString(signature) + `", targetname="` + sa.target + `", realm="` + realm + `"`
	if sa.version >= 3 {
		info += ", version=" + strconv.Itoa(sa.version)
	}
	m.Add("Authentication-Info", info)
	return nil
}

// handshakeAnswer says whether m challenges a client to sign in anew: that is not signed, as the client has no keys yet.
func (a *Authenticator) handshakeAnswer(m *sip.Message) bool {
	return m.StatusCode() == 401 && m.Has("WWW-Authenticate")
}

// strip removes the fields of this server's schemes and realms, and leaves a foreign proxy's credentials alone.
func (a *Authenticator) strip(m *sip.Message, field string) {
	if !m.Has(field) {
		return
	}
	var c credentials
	foreign := slices.DeleteFunc(m.Values(field), func(value string) bool {
		return !c.parse(value) || !c.is("Digest") || slices.Contains(a.cfg.Domains, strings.ToLower(c.realm))
	})
	m.Remove(field)
	for _, value := range foreign {
		m.Add(field, value)
	}
}
