package peers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Baresip is a running standard SIP client.
type Baresip struct {
	User   string
	Events *Timeline[BaresipEvent]
	Lines  *Timeline[string] // its standard output, colours taken out

	t       testing.TB
	process *process
	control net.Conn
	giving  sync.Mutex // one command at a time
	answers chan baresipAnswer
}

// BaresipEvent is an event of its control connection, or Type MESSAGE for a received message.
type BaresipEvent struct {
	Type      string `json:"type"` // REGISTER_OK, REGISTER_FAIL, CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED, CALL_RTCP ...
	Class     string `json:"class"`
	Account   string `json:"accountaor"`
	Direction string `json:"direction"`
	Peer      string `json:"peeruri"`
	CallID    string `json:"id"`
	Param     string `json:"param"`
	Text      string `json:"-"` // of a message
}

type baresipAnswer struct {
	OK   bool   `json:"ok"`
	Data string `json:"data"`
}

var (
	colours         = regexp.MustCompile("\x1b\\[[0-9;]*m")
	baresipMessage  = regexp.MustCompile(`^(sips?:[^ ]+): "(.*?)"?$`) // it cuts long texts off
	baresipPresence = regexp.MustCompile(`(?m)^>?\s+(\S+) +(.*) <(sip:[^>]+)>`)
)

// StartBaresip starts a client that registers by itself; WaitRegistered waits until it has.
func StartBaresip(t testing.TB, o BaresipOptions) *Baresip {
	t.Helper()
	path := program(t, "baresip", "baresip-core")
	dir, control := o.write(t)
	b := &Baresip{
		User: o.User, Events: newTimeline[BaresipEvent](), Lines: newTimeline[string](), t: t,
		answers: make(chan baresipAnswer, 1),
	}
	args := []string{"-f", dir}
	if o.Trace {
		args = append(args, "-s")
	}
	b.process = startProcess(t, launch{name: "baresip " + o.User, path: path, args: args, line: b.line, stop: b.quit})
	go func() {
		<-b.process.done
		b.Events.close(b.process.ended())
		b.Lines.close(b.process.ended())
	}()
	b.Lines.Wait(t, Patience, "start of baresip", func(line string) bool { return strings.Contains(line, "baresip is ready") })
	conn, err := net.Dial("tcp", control)
	if err != nil {
		t.Fatalf("control %s: %v", b.process.name, err)
	}
	b.control = conn
	read := make(chan struct{})
	go func() {
		defer close(read)
		b.readControl(bufio.NewReader(conn))
	}()
	t.Cleanup(func() {
		b.Stop()
		conn.Close()
		<-read
	})
	return b
}

func (b *Baresip) line(line string) {
	line = strings.TrimLeft(colours.ReplaceAllString(line, ""), "\r")
	b.Lines.add(line)
	if m := baresipMessage.FindStringSubmatch(line); m != nil {
		b.Events.add(BaresipEvent{Type: "MESSAGE", Peer: m[1], Text: m[2]})
	}
}

// readControl reads netstrings ("12:{...},") until the connection ends.
func (b *Baresip) readControl(r *bufio.Reader) {
	for {
		size, err := r.ReadString(':')
		if err != nil {
			return
		}
		var n int
		if _, err := fmt.Sscanf(size, "%d:", &n); err != nil || n < 0 || n > lineLimit {
			return
		}
		data := make([]byte, n+1)
		if _, err := io.ReadFull(r, data); err != nil {
			return
		}
		var frame struct {
			Response bool `json:"response"`
			baresipAnswer
			BaresipEvent
		}
		if json.Unmarshal(data[:n], &frame) != nil {
			continue
		}
		if frame.Response {
			b.answers <- frame.baresipAnswer
		} else {
			b.Events.add(frame.BaresipEvent)
		}
	}
}

// Do gives one command (help lists them) and returns its answer, colours taken out.
func (b *Baresip) Do(command, params string) string {
	b.t.Helper()
	b.giving.Lock()
	defer b.giving.Unlock()
	if err := b.send(command, params); err != nil {
		b.t.Fatalf("%s: command %s: %v", b.process.name, command, err)
	}
	patience := time.NewTimer(Patience)
	defer patience.Stop()
	select {
	case a := <-b.answers:
		if !a.OK {
			b.t.Fatalf("%s: command %s %s: %s", b.process.name, command, params, a.Data)
		}
		return colours.ReplaceAllString(a.Data, "")
	case <-b.process.done:
		b.t.Fatalf("%s: command %s: %v", b.process.name, command, b.process.ended())
	case <-patience.C:
		b.t.Fatalf("%s: command %s: no answer within %v", b.process.name, command, Patience)
	}
	return ""
}

func (b *Baresip) send(command, params string) error {
	body, err := json.Marshal(map[string]string{"command": command, "params": params, "token": "t"})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(b.control, "%d:%s,", len(body), body)
	return err
}

func (b *Baresip) quit() {
	if b.control == nil || b.send("quit", "") != nil {
		_ = b.process.cmd.Process.Kill()
	}
}

// Stop removes its registration and ends the client.
func (b *Baresip) Stop() { b.process.stop(b.quit) }

// Kill ends the client at once: it does not remove its registration.
func (b *Baresip) Kill() {
	_ = b.process.cmd.Process.Kill()
	<-b.process.done
}

// Wait waits for an event of this type.
func (b *Baresip) Wait(within time.Duration, kind string) BaresipEvent {
	b.t.Helper()
	return b.Events.Wait(b.t, within, kind+" at "+b.User, func(e BaresipEvent) bool { return e.Type == kind })
}

// WaitRegistered waits until the registrar accepted the client.
func (b *Baresip) WaitRegistered(within time.Duration) {
	b.t.Helper()
	b.Lines.Wait(b.t, within, "registration of "+b.User, func(line string) bool {
		return strings.Contains(line, "registered successfully") || strings.Contains(line, "200 OK")
	})
}

// WaitLine waits for a line of its output that contains text.
func (b *Baresip) WaitLine(within time.Duration, text string) string {
	b.t.Helper()
	return b.Lines.Wait(b.t, within, fmt.Sprintf("line %q at %s", text, b.User), func(line string) bool { return strings.Contains(line, text) })
}

// Say sends a message to one of its contacts (sip:bob@parley.test).
func (b *Baresip) Say(to, text string) {
	b.t.Helper()
	// The command sends to the current contact: walk the list, which has two ends, until it is the right one.
	for _, step := range []string{"contact_next", "contact_prev"} {
		for before := ""; ; {
			now := b.Do(step, "")
			if strings.Contains(now, "<"+to+">") {
				b.Do("message", text)
				return
			}
			if now == before {
				break
			}
			before = now
		}
	}
	b.t.Fatalf("%s: %s is not among its contacts", b.process.name, to)
}

// WaitMessage waits for a received message that contains text.
func (b *Baresip) WaitMessage(within time.Duration, text string) BaresipEvent {
	b.t.Helper()
	return b.Events.Wait(b.t, within, fmt.Sprintf("message %q at %s", text, b.User), func(e BaresipEvent) bool {
		return e.Type == "MESSAGE" && strings.Contains(e.Text, text)
	})
}

// Received returns all messages received so far, in order.
func (b *Baresip) Received() []BaresipEvent {
	return b.Events.All(func(e BaresipEvent) bool { return e.Type == "MESSAGE" })
}

// WaitPresence waits until a contact (sip:bob@parley.test) is shown as Online, Offline, Busy or Unknown.
func (b *Baresip) WaitPresence(within time.Duration, user, status string) {
	b.t.Helper()
	Eventually(b.t, within, fmt.Sprintf("%s sees %s %s", b.User, user, status), func() bool {
		for _, m := range baresipPresence.FindAllStringSubmatch(b.Do("contacts", ""), -1) {
			if m[3] == user && m[1] == status {
				return true
			}
		}
		return false
	})
}
