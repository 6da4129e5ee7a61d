package signin

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"parley/test/peers"
)

// ask sends a request of alice's on a connection that she signed in on and returns the status of the answer.
func (l *line) ask(method, uri, fields, body string) int {
	l.t.Helper()
	l.cseq++
	contentType := ""
	if i := strings.Index(body, "\n\n"); i >= 0 {
		contentType, body = "Content-Type: "+body[:i]+"\r\n", body[i+2:]
	}
	fmt.Fprintf(l.conn, "%s %s SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bKbad%d\r\nFrom: <sip:alice@parley.test>;tag=1\r\nTo: <%s>\r\n"+
		"Call-ID: bad-%d\r\nCSeq: 1 %s\r\nContact: <sip:x@%s;transport=tcp>\r\nMax-Forwards: 70\r\n%s%sContent-Length: %d\r\n\r\n%s",
		method, uri, l.conn.LocalAddr(), l.cseq, uri, l.cseq, method, l.conn.LocalAddr(), fields, contentType, len(body), body)
	for {
		status, length := 0, 0
		for {
			text, err := l.in.ReadString('\n')
			if err != nil {
				l.t.Fatalf("no answer to %s %s: %v", method, uri, err)
			}
			if rest, ok := strings.CutPrefix(text, "SIP/2.0 "); ok {
				status, _ = strconv.Atoi(rest[:3])
			}
			if rest, ok := strings.CutPrefix(text, "Content-Length: "); ok {
				length, _ = strconv.Atoi(strings.TrimSpace(rest))
			}
			if text == "\r\n" {
				break
			}
		}
		if _, err := l.in.Discard(length); err != nil {
			l.t.Fatal(err)
		}
		if status >= 200 {
			return status
		}
	}
}

// TestBadRequests: what a signed-in user's broken or confused client sends is answered as the specifications say, and the log
// tells the administrator who sent what and what is wrong with it.
func TestBadRequests(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	l := dial(t, s)
	if _, answer := l.register("alice@parley.test", "alice", peers.Password); !strings.HasPrefix(answer, "SIP/2.0 200") {
		t.Fatal(answer)
	}
	const alice, bob = "sip:alice@parley.test", "sip:bob@parley.test"
	for name, tt := range map[string]struct {
		method, uri, fields, body string
		status                    int
		log                       []string
	}{
		"an unknown event to watch":     {"SUBSCRIBE", bob, "Event: weather\r\n", "", 489, []string{"request refused", "event=weather", "alice@parley.test"}},
		"an unknown event to publish":   {"PUBLISH", alice, "Event: moon\r\n", "", 489, []string{"request refused", "event=moon", "Bad Event"}},
		"no event":                      {"SUBSCRIBE", bob, "", "", 400, []string{"request refused", "Missing Event"}},
		"an unknown method to nobody":   {"FROBNICATE", "sip:nobody@parley.test", "", "", 404, []string{"request refused", "method=FROBNICATE", "alice@parley.test"}},
		"an extension that nobody has":  {"INVITE", bob, "Require: teleport\r\n", "application/sdp\n\nv=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", 420, nil},
		"malformed SDP":                 {"INVITE", bob, "", "application/sdp\n\nv=0\r\nm=audio nonsense\r\n", 400, []string{"call refused", "alice@parley.test"}},
		"malformed XML":                 {"PUBLISH", alice, "Event: presence\r\n", "application/pidf+xml\n\n<presence><unclosed>", 400, []string{"request refused", "event=presence", "alice@parley.test"}},
		"an XML bomb":                   {"PUBLISH", alice, "Event: presence\r\n", "application/pidf+xml\n\n<!DOCTYPE x [<!ENTITY a \"aaaa\">]><presence entity=\"&a;\"/>", 400, []string{"request refused", "event=presence"}},
		"malformed multipart":           {"SERVICE", alice, "", "multipart/mixed;boundary=b\n\n--x\r\nnothing", 415, []string{"request refused", "method=SERVICE"}},
		"a document of nothing we know": {"PUBLISH", alice, "Event: presence\r\n", "text/plain\n\nhello", 415, []string{"request refused", "event=presence"}},
		"somebody else's presence":      {"PUBLISH", bob, "Event: presence\r\n", "application/pidf+xml\n\n<presence/>", 403, []string{"request refused", "event=presence"}},
		"a domain of somebody else":     {"MESSAGE", "sip:bob@elsewhere.test", "", "text/plain\n\nhello", 404, []string{"request refused", "elsewhere.test", "domain"}},
	} {
		t.Run(name, func(t *testing.T) {
			l.t = t
			if got := l.ask(tt.method, tt.uri, tt.fields, tt.body); got != tt.status {
				t.Errorf("answered %d, want %d", got, tt.status)
			}
			if tt.log == nil {
				return
			}
			s.Log.Wait(t, peers.Patience, fmt.Sprintf("log line with %q", tt.log), func(line string) bool {
				for _, part := range tt.log {
					if !strings.Contains(line, part) {
						return false
					}
				}
				return true
			})
		})
	}
}

// TestFullDisk: what cannot be stored is refused with a reason, has no effect, and works again when there is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=160m"); err != nil {
		t.Skipf("no file system of its own to fill: %v", err)
	}
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People(), Dir: filepath.Join(dir, "data")})
	t.Cleanup(func() {
		s.Stop()
		if err := unix.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	alice := s.Lync("alice", peers.LyncOptions{})
	bob := s.Lync("bob", peers.LyncOptions{})
	alice.Say("sip:bob@parley.test", "there is room")
	bob.WaitMessage(peers.Patience, "there is room")

	filler := filepath.Join(dir, "filler")
	fill(t, dir, filler)
	alice.Say("sip:bob@parley.test", "there is none")
	alice.WaitError(peers.Patience, "")
	alice.Do("add-buddy sip:carol@parley.test Friends")
	for _, what := range []string{"message not stored", "contact list could not be stored"} {
		s.Log.Wait(t, peers.Patience, what, func(line string) bool {
			return strings.Contains(line, what) && strings.Contains(line, "the disk is full") && strings.Contains(line, "free some space")
		})
	}
	if out, err := s.Try("x\n", "user", "add", "frank@parley.test", "--password-stdin"); err == nil || !strings.Contains(out, "the disk is full") {
		t.Errorf("user add on a full disk: %v\n%s", err, out)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	alice.Say("sip:bob@parley.test", "room again")
	bob.WaitMessage(peers.Patience, "room again")
	for _, m := range bob.Received() {
		if strings.Contains(m.Text, "there is none") {
			t.Error("a message that was not stored was shown")
		}
	}
	s.AddUser(peers.User{Address: "frank@parley.test", Name: "Frank", Password: peers.Password})
}

// fill takes all of a file system's space but a few megabytes.
func fill(t *testing.T, dir, file string) {
	t.Helper()
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	left := int64(st.Bavail) * st.Bsize
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, left-8<<20); err != nil {
		t.Fatal(err)
	}
}

// TestRemovedUser: whoever is removed is signed out at once and told so, and cannot come back.
func TestRemovedUser(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice := s.Lync("alice", peers.LyncOptions{})
	s.Run("", "user", "remove", "alice@parley.test")
	gone := alice.WaitDisconnected(peers.Patience)
	t.Logf("the client says %+v", gone)
	s.Log.Wait(t, peers.Patience, "log line of the sign-out", func(line string) bool {
		return strings.Contains(line, "signed a user out") && strings.Contains(line, "user=alice@parley.test") && strings.Contains(line, "why=rejected")
	})
	again := peers.StartLync(t, peers.LyncOptions{User: "alice@parley.test", Password: peers.Password, Server: s.Addr("sip-tls")})
	again.WaitDisconnected(peers.Patience)
	s.Log.Wait(t, peers.Patience, "refusal of who was removed", func(line string) bool {
		return strings.Contains(line, "sign-in refused") && strings.Contains(line, "no such user")
	})
}

// TestWireLogIsSwitchedByReload: messages are in the log from a reload on, and no more after the next.
func TestWireLogIsSwitchedByReload(t *testing.T) {
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	lines := func() int {
		return len(s.Log.All(func(line string) bool { return strings.Contains(line, "comp=wire") }))
	}
	reload := func(from, to string) {
		t.Helper()
		before := len(s.Log.All(reloaded))
		reconfigure(t, s, from, to)
		s.Reload()
		peers.Eventually(t, peers.Patience, "reload", func() bool { return len(s.Log.All(reloaded)) > before })
	}
	l := dial(t, s)
	l.send("alice@parley.test", "")
	if n := lines(); n != 0 {
		t.Errorf("%d messages in the log before anybody asked for them", n)
	}
	reload(`level = "debug"`, "level = \"debug\"\nwire = \"headers\"")
	l.send("alice@parley.test", "")
	peers.Eventually(t, peers.Patience, "the request and its answer in the log", func() bool { return lines() >= 2 })
	reload(`wire = "headers"`, `wire = "off"`)
	before := lines()
	l.send("alice@parley.test", "")
	l.send("alice@parley.test", "")
	if n := lines(); n > before {
		t.Errorf("%d more messages in the log after it was switched off", n-before)
	}
}

func reloaded(line string) bool { return strings.Contains(line, "msg=reloaded") }
