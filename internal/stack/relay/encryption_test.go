package relay

import (
	"bytes"
	"testing"
	"time"

	"parley/internal/stack/srtp"
	"parley/internal/wire/rtp"
)

func TestDTLS(t *testing.T) {
	for name, active := range map[string]bool{"the endpoint opens": true, "we open": false} {
		t.Run(name, func(t *testing.T) {
			b := start(t, [2]uint16{20500, 20599})
			s, _, a, c := pair(t, b, Audio)
			defer s.Close()
			alice, bob := newEndpoint(t), newEndpoint(t)
			identity, err := srtp.NewIdentity(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			r := alice.remote(pcmu)
			r.DTLS = &DTLS{Fingerprint: identity.Fingerprint(), Active: active}
			alice.attach(a, r)
			alice.dtls, err = identity.Start(srtp.HandshakeConfig{
				Client: active, Fingerprint: a.Local().Fingerprint,
				Send: func(p []byte) { _, _ = alice.conns[0].WriteToUDPAddrPort(p, alice.to[0]) },
				Done: func(k srtp.Keys, err error) {
					alice.mu.Lock()
					defer alice.mu.Unlock()
					if err == nil {
						alice.out, _ = srtp.NewSender(k.Send)
						alice.in, err = srtp.NewReceiver(k.Receive)
					}
					done <- err
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			connected := make(chan struct{})
			a.OnConnected(func(Selected) { close(connected) })
			alice.listen()
			bob.listen()
			bob.attach(c, bob.remote(pcmu))
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			<-connected
			alice.send(rtp.Header{PT: 0, Seq: 1, SSRC: 7}, payload(160))
			bob.next()
			bob.send(rtp.Header{PT: 0, Seq: 1, SSRC: 8}, payload(160))
			alice.next()
		})
	}
}

// Encryption that is switched off and on again goes on under the same key without repeating packet numbers.
func TestKeyIsNeverStartedAnew(t *testing.T) {
	b := start(t, [2]uint16{21700, 21799})
	s, _, a, c := pair(t, b, Audio)
	defer s.Close()
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	bob.attach(c, bob.remote(pcmu))
	secure := alice.remote(pcmu)
	alice.secure(a, &secure)
	alice.attach(a, secure)
	before := a.sdes
	alice.attach(a, alice.remote(pcmu))
	if a.out != nil {
		t.Error("still encrypting")
	}
	alice.attach(a, secure)
	if a.out == nil || a.out != before {
		t.Error("the key was started anew")
	}
	bob.send(rtp.Header{PT: 0, Seq: 1, SSRC: 8}, payload(160))
	alice.next()
}

// Lync-dialect clients draw their keys from the time of day, so that both ends of a call may offer the same one. The relay's keys are its own on
// each leg, and what one end sends is not readable with the key that it offered itself.
func TestLegsHaveTheirOwnKeys(t *testing.T) {
	b := start(t, [2]uint16{21900, 21999})
	s, _, a, c := pair(t, b, Audio)
	defer s.Close()
	alice, bob := newEndpoint(t), newEndpoint(t)
	alice.listen()
	bob.listen()
	shared := srtp.NewCrypto(1, srtp.AES80)
	for leg, e := range map[*Leg]*endpoint{a: alice, c: bob} {
		r := e.remote(pcmu)
		e.secure(leg, &r)
		r.Crypto = &shared
		out, err := srtp.NewSender(shared)
		if err != nil {
			t.Fatal(err)
		}
		e.mu.Lock()
		e.out = out
		e.mu.Unlock()
		e.attach(leg, r)
	}
	keys := map[string]bool{string(shared.Key[:]): true}
	for _, leg := range []*Leg{a, c} {
		key := leg.Local().Crypto.Key
		keys[string(key[:])] = true
	}
	if len(keys) != 3 {
		t.Errorf("%d keys for two legs and the one that both ends offer", len(keys))
	}
	alice.send(rtp.Header{PT: 0, Seq: 1, SSRC: 7}, payload(160))
	if _, got := bob.next(); !bytes.Equal(got, payload(160)) {
		t.Error("bob cannot read what alice sends")
	}
}
