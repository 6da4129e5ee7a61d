package app

import (
	"bytes"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// TestWireLogShowsMessagesWithoutSecrets sends a message with a planted password, key and text, and looks for them in the log.
func TestWireLogShowsMessagesWithoutSecrets(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, "[log]\nlevel = \"debug\"\nwire = \"headers\"\n")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("[listen]\n"), []byte("[listen]\nsip-tcp = [\"127.0.0.1:0\"]\n"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	i := startServer(t, file)
	conn, err := net.Dial("tcp", i.ready["sip-tcp"])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const body = "planted-text"
	message := "OPTIONS sip:parley.test SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKwire\r\nFrom: <sip:a@parley.test>;tag=1\r\nTo: <sip:parley.test>\r\n" +
		"Call-ID: wire-log\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nProxy-Authorization: Digest username=\"a\", response=\"planted-proof\"\r\n" +
		"Content-Type: text/plain\r\nContent-Length: 12\r\n\r\n" + body
	if _, err := io.WriteString(conn, message); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both messages are in the log", func() bool {
		out := i.log.String()
		return strings.Contains(out, "dir=in") && strings.Contains(out, "dir=out") && strings.Contains(out, "Call-ID: wire-log")
	})
	for _, secret := range []string{"planted-proof", body} {
		if strings.Contains(i.log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, i.log)
		}
	}
}

// eventually waits until a condition holds that another goroutine brings about.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(10 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}
