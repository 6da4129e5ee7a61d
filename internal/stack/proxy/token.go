package proxy

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"

	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// ErrToken is a Route of ours that we did not write, or that was changed.
var ErrToken = errors.New("route was not made by this server")

// tokenKey signs the flow tokens in Record-Route. Without the signature, anybody could have the proxy send to any
// address (RFC 5626 section 5.2).
type tokenKey [32]byte

func newTokenKey() (k tokenKey) {
	rand.Read(k[:])
	return k
}

const (
	tokenParam = "ft"
	sideSize   = 1 + 8 + 16 + 2 // transport, connection, address, port
	macSize    = 10
)

// RecordRoute is a Record-Route value of ours that remembers both sides of a dialog: the flow that its first request came
// on and the one that it left by, nil when that is not open yet.
func (p *Proxy) RecordRoute(from, to transport.Flow) string {
	token := appendSide(make([]byte, 0, 2*sideSize+macSize), from)
	token = appendSide(token, to)
	token = append(token, p.key.sum(token)...)
	u := p.layer.Self(from)
	u.Params = u.Params.With("lr", "").With(tokenParam, base64.RawURLEncoding.EncodeToString(token))
	return "<" + u.String() + ">"
}

// Next is where a request goes that came on flow with the Route value of ours: to the other side of its dialog.
func (p *Proxy) Next(route sip.URI, flow transport.Flow) (transaction.Target, error) {
	text, _ := route.Params.Get(tokenParam)
	token, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(token) != 2*sideSize+macSize {
		return transaction.Target{}, ErrToken
	}
	sides, mac := token[:2*sideSize], token[2*sideSize:]
	if !hmac.Equal(mac, p.key.sum(sides)) {
		return transaction.Target{}, ErrToken
	}
	other := sides[sideSize:]
	if slices.Equal(other, appendSide(nil, flow)) {
		other = sides[:sideSize]
	}
	return p.targetOf(other)
}

func (k *tokenKey) sum(b []byte) []byte {
	h := hmac.New(sha256.New, k[:])
	h.Write(b)
	return h.Sum(nil)[:macSize]
}

func appendSide(b []byte, f transport.Flow) []byte {
	if f == nil {
		return append(b, make([]byte, sideSize)...)
	}
	b = append(b, byte(f.Proto()))
	id := f.ID()
	if f.Proto() == transport.UDP {
		id = 0 // the address says all, and stays right after a restart
	}
	b = binary.BigEndian.AppendUint64(b, id)
	addr := f.Remote().Addr().As16()
	b = append(b, addr[:]...)
	return binary.BigEndian.AppendUint16(b, f.Remote().Port())
}

func (p *Proxy) targetOf(side []byte) (transaction.Target, error) {
	proto := transport.Proto(side[0])
	if proto == 0 {
		return transaction.Target{}, ErrToken
	}
	addr := netip.AddrFrom16([16]byte(side[9:25])).Unmap()
	remote := netip.AddrPortFrom(addr, binary.BigEndian.Uint16(side[25:]))
	if proto == transport.UDP {
		return transaction.Target{Proto: proto, Addr: remote.String()}, nil
	}
	flow := p.layer.Flow(binary.BigEndian.Uint64(side[1:]))
	if flow == nil {
		return transaction.Target{}, transport.ErrClosed
	}
	return transaction.Target{Flow: flow}, nil
}
