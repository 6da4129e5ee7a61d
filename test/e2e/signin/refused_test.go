package signin

import (
	"bufio"
	"crypto/md5"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/test/peers"
)

// line is a bare connection that registers by Digest.
type line struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	cseq int
}

func dial(t *testing.T, s *peers.Server) *line {
	t.Helper()
	conn, err := net.DialTimeout("tcp", s.Addr("sip-tcp"), peers.Patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(peers.Patience)); err != nil {
		t.Fatal(err)
	}
	return &line{t: t, conn: conn, in: bufio.NewReader(conn)}
}

// send sends a REGISTER and returns the answer.
func (l *line) send(aor, authorization string) string {
	l.t.Helper()
	l.cseq++
	if authorization != "" {
		authorization = "Authorization: " + authorization + "\r\n"
	}
	fmt.Fprintf(l.conn, "REGISTER sip:parley.test SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bK%d\r\nFrom: <sip:%s>;tag=1\r\nTo: <sip:%s>\r\n"+
		"Call-ID: refused-%s\r\nCSeq: %d REGISTER\r\nContact: <sip:x@%s;transport=tcp>\r\nMax-Forwards: 70\r\n%sContent-Length: 0\r\n\r\n",
		l.conn.LocalAddr(), l.cseq, aor, aor, l.conn.LocalAddr(), l.cseq, l.conn.LocalAddr(), authorization)
	var answer strings.Builder
	for !strings.HasSuffix(answer.String(), "\r\n\r\n") {
		text, err := l.in.ReadString('\n')
		if err != nil {
			l.t.Fatalf("no answer to a REGISTER: %v\n%s", err, answer.String())
		}
		answer.WriteString(text)
	}
	return answer.String()
}

// register answers the challenge to a REGISTER for aor as user and returns the credentials and the answer to them.
func (l *line) register(aor, user, password string) (credentials, answer string) {
	l.t.Helper()
	_, rest, _ := strings.Cut(l.send(aor, ""), `nonce="`)
	nonce, _, _ := strings.Cut(rest, `"`)
	h := func(text string) string { return fmt.Sprintf("%x", md5.Sum([]byte(text))) }
	response := h(h(user+":parley.test:"+password) + ":" + nonce + ":00000001:c:auth:" + h("REGISTER:sip:parley.test"))
	credentials = fmt.Sprintf(`Digest username="%s", realm="parley.test", nonce="%s", uri="sip:parley.test", response="%s", algorithm=MD5, cnonce="c", qop=auth, nc=00000001`,
		user, nonce, response)
	return credentials, l.send(aor, credentials)
}

// lockedOut is the time that is left of ten minutes after at most some seconds of them.
var lockedOut = regexp.MustCompile(`\r\nRetry-After: (600|5\d\d)\r\n`)

func TestRefusedSignIns(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	s.Stop()
	reconfigure(t, s, `schemes = ["digest", "ntlm"]`, `schemes = ["digest", "ntlm"]`+"\nlockout-time = \"10m\"") // longer than the test
	s.Start()
	l := dial(t, s)
	credentials, answer := l.register("alice@parley.test", "alice", peers.Password)
	if !strings.HasPrefix(answer, "SIP/2.0 200") {
		t.Fatalf("alice's own password: %s", answer)
	}
	if answer := l.send("alice@parley.test", credentials); !strings.HasPrefix(answer, "SIP/2.0 401") || !strings.Contains(answer, "stale=true") {
		t.Errorf("replayed credentials: %s", answer)
	}
	if _, answer := l.register("bob@parley.test", "alice", peers.Password); !strings.HasPrefix(answer, "SIP/2.0 403") || !strings.Contains(answer, "90203") {
		t.Errorf("alice registers for bob: %s", answer)
	}
	for _, user := range []string{"carol", "nobody"} { // one exists, the other does not: nobody can tell
		for range 5 {
			if _, answer := l.register(user+"@parley.test", user, "guess"); !strings.HasPrefix(answer, "SIP/2.0 401") {
				t.Errorf("%s: a wrong password: %s", user, answer)
			}
		}
		_, answer := l.register(user+"@parley.test", user, peers.Password)
		if !strings.HasPrefix(answer, "SIP/2.0 403") || !lockedOut.MatchString(answer) {
			t.Errorf("%s during the lock-out: %s", user, answer)
		}
	}
	for _, want := range []string{"signed in for somebody else: bob@parley.test", "wrong password", "no such user", "locked=10m"} {
		s.Log.Wait(t, peers.Patience, "log line with "+want, func(line string) bool {
			return strings.Contains(line, "sign-in refused") && strings.Contains(line, want)
		})
	}
}
