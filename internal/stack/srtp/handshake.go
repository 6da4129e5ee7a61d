package srtp

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
)

// Limits of a handshake.
const (
	handshakeTimeout = 30 * time.Second
	flightInterval   = 400 * time.Millisecond
	dtlsMTU          = 1200
)

// exporterLabel is RFC 5764 section 4.2's.
const exporterLabel = "EXTRACTOR-dtls_srtp"

// Keys are what a handshake agreed on.
type Keys struct {
	Send, Receive Crypto
}

// HandshakeConfig starts a DTLS-SRTP handshake on a media socket.
type HandshakeConfig struct {
	Client      bool   // we open it (our a=setup is active)
	Fingerprint string // the peer's a=fingerprint value
	// Send passes a datagram to the peer; it may be called from any goroutine and must copy b or be done with it.
	Send func(b []byte)
	// Done is called once, from the handshake's goroutine.
	Done func(Keys, error)
}

// Handshake is one DTLS association. After the keys are out it stays to answer repeated flights and alerts.
type Handshake struct {
	conn   *feed
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// IsDTLS tells DTLS records from RTP and STUN on one socket (RFC 7983 section 7).
func IsDTLS(b []byte) bool { return len(b) > 13 && b[0] >= 20 && b[0] <= 63 }

// Start begins a handshake with our identity.
func (i *Identity) Start(cfg HandshakeConfig) (*Handshake, error) {
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
	h := &Handshake{conn: newFeed(cfg.Send), cancel: cancel}
	verify := func(certs [][]byte, _ [][]*x509.Certificate) error {
		if len(certs) == 0 {
			return errors.New("check fingerprint: the peer shows no certificate")
		}
		return matches(cfg.Fingerprint, certs[0])
	}
	conn, err := i.open(h.conn, cfg.Client, verify)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start dtls: %w", err)
	}
	h.wg.Go(func() {
		defer conn.Close()
		err := conn.HandshakeContext(ctx)
		var keys Keys
		if err == nil {
			keys, err = export(conn, cfg.Client)
		}
		if err != nil {
			cfg.Done(Keys{}, fmt.Errorf("dtls handshake: %w", err))
			return
		}
		cfg.Done(keys, nil)
		// Reading keeps retransmission and alerts going until the leg or the peer closes; no data is expected.
		var buf [64]byte
		for {
			if _, err := conn.Read(buf[:]); err != nil {
				return
			}
		}
	})
	return h, nil
}

func (i *Identity) open(f *feed, client bool, verify func([][]byte, [][]*x509.Certificate) error) (*dtls.Conn, error) {
	profiles := dtls.WithSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80, dtls.SRTP_AES128_CM_HMAC_SHA1_32)
	if client {
		return dtls.ClientWithOptions(f, f.RemoteAddr(), profiles,
			dtls.WithCertificates(i.cert), dtls.WithInsecureSkipVerify(true), dtls.WithVerifyPeerCertificate(verify),
			dtls.WithFlightInterval(flightInterval), dtls.WithMTU(dtlsMTU))
	}
	return dtls.ServerWithOptions(f, f.RemoteAddr(), profiles,
		dtls.WithCertificates(i.cert), dtls.WithClientAuth(dtls.RequireAnyClientCert), dtls.WithVerifyPeerCertificate(verify),
		dtls.WithFlightInterval(flightInterval), dtls.WithMTU(dtlsMTU), dtls.WithInsecureSkipVerifyHello(true))
}

// export derives the SRTP keys (RFC 5764 section 4.2).
func export(conn *dtls.Conn, client bool) (Keys, error) {
	profile, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return Keys{}, errors.New("the peer does not use SRTP")
	}
	suite := AES80
	if profile == dtls.SRTP_AES128_CM_HMAC_SHA1_32 {
		suite = AES32
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return Keys{}, errors.New("no connection state")
	}
	m, err := state.ExportKeyingMaterial(exporterLabel, nil, 2*(keySize+saltSize))
	if err != nil {
		return Keys{}, fmt.Errorf("export keys: %w", err)
	}
	ofClient, ofServer := Crypto{Suite: suite}, Crypto{Suite: suite}
	m = m[copy(ofClient.Key[:], m):]
	m = m[copy(ofServer.Key[:], m):]
	m = m[copy(ofClient.Salt[:], m):]
	copy(ofServer.Salt[:], m)
	if client {
		return Keys{Send: ofClient, Receive: ofServer}, nil
	}
	return Keys{Send: ofServer, Receive: ofClient}, nil
}

// Receive takes a record from the socket; it copies b and never blocks. Records that find the queue full are dropped, as
// the network would.
func (h *Handshake) Receive(b []byte) { h.conn.put(b) }

// Close ends the association and waits for its goroutine.
func (h *Handshake) Close() {
	h.cancel()
	h.conn.Close()
	h.wg.Wait()
}
