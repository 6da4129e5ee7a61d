package transport

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// lines is a log to look into.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Connections that are opened and then left, before, in or after a handshake or in the middle of a message, are closed when
// their time is over, and the log names the peer and the reason.
func TestHalfOpenConnectionsAreClosedAndLogged(t *testing.T) {
	t.Parallel()
	log := &lines{}
	m := New(Config{
		Receiver: newRecorder(), Limits: Limits{MessageTime: 50 * time.Millisecond}, Log: slog.New(slog.NewTextHandler(log, nil)),
		TLS: &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }},
	})
	t.Cleanup(m.Stop)
	for _, tt := range []struct {
		proto       Proto
		begin, says string
	}{
		{TCP, "", "message did not arrive whole in time"},
		{TCP, "MESSAGE sip:b@x SIP/2.0\r\nVia: SIP/2.0/TCP h;bra", "message did not arrive whole in time"},
		{TCP, "MESSAGE sip:b@x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n", "not SIP, or beyond the limits"},
		{TLS, "", "TLS handshake failed"},
		{TLS, "\x16\x03\x01\x02\x00\x01", "TLS handshake failed"},
	} {
		l, err := m.Listen(tt.proto, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp", l.Addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte(tt.begin)); err != nil {
			t.Fatal(err)
		}
		if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := c.Read(make([]byte, 100)); err != nil { // an alert may come first
				if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
					t.Errorf("%s after %q is still open", tt.proto, tt.begin)
				}
				break
			}
		}
		// The log line comes before the connection is closed to the peer, or right after.
		end := time.Now().Add(10 * time.Second)
		for !logged(log.String(), tt.says, c.LocalAddr().String()) && time.Now().Before(end) {
			<-time.After(time.Millisecond)
		}
		if !logged(log.String(), tt.says, c.LocalAddr().String()) {
			t.Errorf("%s after %q: the log does not say %q about %s:\n%s", tt.proto, tt.begin, tt.says, c.LocalAddr(), log)
		}
	}
	for end := time.Now().Add(10 * time.Second); m.Stats.Connections.Load() != 0; {
		if time.Now().After(end) {
			t.Fatalf("%d connections are left", m.Stats.Connections.Load())
		}
		<-time.After(time.Millisecond)
	}
}

func logged(log, says, peer string) bool {
	for line := range strings.Lines(log) {
		if strings.Contains(line, says) && strings.Contains(line, peer) {
			return true
		}
	}
	return false
}
