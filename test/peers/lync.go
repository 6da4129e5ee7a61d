package peers

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// LyncOptions says how a Lync-dialect client (pidgin-sipe under libpurple, without a display) signs in.
type LyncOptions struct {
	User      string // alice@parley.test
	Login     string // what is typed as the login: PARLEY\alice, alice@parley.test, or empty for the user's address
	Password  string
	Server    string   // host:port; empty: discovery
	Transport string   // tls (the default), tcp or auto
	Auth      string   // ntlm (the default), krb5, tls-dsk or auto
	Hostname  string   // machine name; another name makes another endpoint of the same user
	SharedIDs bool     // keep the client's own weak random numbers: clients of one second share Call-IDs and tags
	Status    string   // available (the default), busy, dnd, brb, away, invisible
	Args      []string // more options of the driver: --accept-calls, --strict-cert, --audio-src ...
	Env       []string
}

// Lync is a running Lync-dialect client.
type Lync struct {
	User   string
	Events *Timeline[LyncEvent]

	t       testing.TB
	process *process
	typing  sync.Mutex // one command at a time, so that its answer is known
}

// LyncEvent is one thing that the client reported. Only the fields of its kind are set.
type LyncEvent struct {
	Ev        string  `json:"ev"` // message, signal, cmd, ask, notify, media-state ... (see the driver's README)
	Time      float64 `json:"ts"` // seconds of the Unix clock
	Signal    string  `json:"signal"`
	Args      []any   `json:"args"` // of a signal
	Conv      string  `json:"conv"` // sip:user@domain
	From      string  `json:"from"`
	Kind      string  `json:"kind"` // of a message: send, recv, error, system
	Text      string  `json:"text"` // HTML
	Cmd       string  `json:"cmd"`
	OK        bool    `json:"ok"`
	ID        int     `json:"id"` // of an ask or a chat
	Title     string  `json:"title"`
	Primary   string  `json:"primary"`
	Secondary string  `json:"secondary"`
	Who       string  `json:"who"`
	State     string  `json:"state"`   // of media: new, connected, end
	Session   string  `json:"session"` // of media: audio, video
	Level     float64 `json:"level"`   // of media heard: 0 to 1
	Reason    int     `json:"reason"`
	List      []Buddy `json:"list"` // of the answer to the command buddies
	Raw       string  `json:"-"`
}

// Buddy is a contact as the client shows it.
type Buddy struct {
	URI     string `json:"buddy"` // sip:bob@parley.test
	Alias   string `json:"alias"`
	Group   string `json:"group"`
	Status  string `json:"status"` // available, busy, do-not-disturb, be-right-back, away, offline ...
	Text    string `json:"text"`
	Message string `json:"message"`
	Online  bool   `json:"online"`
}

// StartLync starts a client that signs in by itself; WaitSignedOn waits until it has.
func StartLync(t testing.TB, o LyncOptions) *Lync {
	t.Helper()
	path := driver(t)
	or := func(value, otherwise string) string {
		if value == "" {
			return otherwise
		}
		return value
	}
	args := []string{
		"--user", o.User, "--password", o.Password, "--transport", or(o.Transport, "tls"), "--auth", or(o.Auth, "ntlm"),
		"--status", or(o.Status, "available"), "--config-dir", t.TempDir(),
	}
	if o.Login != "" {
		args = append(args, "--login", o.Login)
	}
	if o.Server != "" {
		args = append(args, "--server", o.Server)
	}
	env := append([]string{"DRIVER_HOSTNAME=" + or(o.Hostname, strings.Split(o.User, "@")[0]+"-pc")}, o.Env...)
	if !o.SharedIDs {
		env = append(env, "DRIVER_SRAND_PID=1")
	}
	if os.Getenv("PARLEY_TEST_SIP") != "" { // whole SIP messages in the log of a failed test
		args = append(args, "--debug")
		env = append(env, "PURPLE_UNSAFE_DEBUG=1")
	}
	c := &Lync{User: o.User, Events: newTimeline[LyncEvent](), t: t}
	c.process = startProcess(t, launch{
		name: "lync client " + o.User, path: path, args: append(args, o.Args...), env: env,
		line: c.line, stop: func() { fmt.Fprintln(c.process.stdin, "quit") },
	})
	go func() {
		<-c.process.done
		c.Events.close(c.process.ended())
	}()
	return c
}

func (c *Lync) line(line string) {
	e := LyncEvent{Raw: line}
	// What is not an event is the debug log. A signal with an odd argument still counts as far as it was read.
	if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &e) != nil && e.Ev == "" {
		return
	}
	if e.Ev != "" {
		c.Events.add(e)
	}
}

// Stop signs out and ends the client.
func (c *Lync) Stop() { c.process.stop(func() { fmt.Fprintln(c.process.stdin, "quit") }) }

// Kill ends the client at once, as a lost machine does: it does not sign out.
func (c *Lync) Kill() {
	_ = c.process.cmd.Process.Kill()
	<-c.process.done
}

// Do gives one command (README of the driver) and returns its answer; the test ends when the client refuses it.
func (c *Lync) Do(format string, args ...any) LyncEvent {
	c.t.Helper()
	c.typing.Lock()
	defer c.typing.Unlock()
	command := fmt.Sprintf(format, args...)
	verb, _, _ := strings.Cut(command, " ")
	if _, err := fmt.Fprintln(c.process.stdin, command); err != nil {
		c.t.Fatalf("%s: command %q: %v", c.process.name, command, err)
	}
	answer := c.Events.Wait(c.t, Patience, "answer to "+command, func(e LyncEvent) bool {
		return e.Ev == "cmd" && e.Cmd == verb || e.Ev == verb && (verb == "buddies" || verb == "convs" || verb == "chat-users")
	})
	if answer.Ev == "cmd" && !answer.OK {
		c.t.Fatalf("%s: command %q: %s", c.process.name, command, answer.Text)
	}
	return answer
}

// WaitSignedOn waits until the client is signed in. The first start on a machine takes some seconds.
func (c *Lync) WaitSignedOn(within time.Duration) {
	c.t.Helper()
	c.WaitSignal(within, "signed-on", nil)
}

// WaitDisconnected waits until the client lost or was refused its connection and returns the event with its text.
func (c *Lync) WaitDisconnected(within time.Duration) LyncEvent {
	c.t.Helper()
	return c.Events.Wait(c.t, within, "disconnect of "+c.User, func(e LyncEvent) bool { return e.Ev == "disconnected" })
}

// WaitSignal waits for a libpurple signal whose arguments match accepts; nil accepts all.
func (c *Lync) WaitSignal(within time.Duration, signal string, match func(args []any) bool) LyncEvent {
	c.t.Helper()
	return c.Events.Wait(c.t, within, signal+" at "+c.User, func(e LyncEvent) bool {
		return e.Ev == "signal" && e.Signal == signal && (match == nil || match(e.Args))
	})
}

// Say sends an instant message.
func (c *Lync) Say(to, text string) {
	c.t.Helper()
	c.Do("im %s %s", to, text)
}

// WaitMessage waits for a received message that contains text and returns it.
func (c *Lync) WaitMessage(within time.Duration, text string) LyncEvent {
	c.t.Helper()
	return c.Events.Wait(c.t, within, fmt.Sprintf("message %q at %s", text, c.User), func(e LyncEvent) bool {
		return e.Ev == "message" && e.Kind == "recv" && strings.Contains(e.Text, text)
	})
}

// WaitError waits for an error shown in a conversation that contains text.
func (c *Lync) WaitError(within time.Duration, text string) LyncEvent {
	c.t.Helper()
	return c.Events.Wait(c.t, within, fmt.Sprintf("error %q at %s", text, c.User), func(e LyncEvent) bool {
		return e.Ev == "message" && e.Kind == "error" && strings.Contains(e.Text, text)
	})
}

// Received returns all messages received so far, in order.
func (c *Lync) Received() []LyncEvent {
	return c.Events.All(func(e LyncEvent) bool { return e.Ev == "message" && e.Kind == "recv" })
}

// WaitTyping waits until the client shows that a user (sip:bob@parley.test) types.
func (c *Lync) WaitTyping(within time.Duration, user string) {
	c.t.Helper()
	c.WaitSignal(within, "buddy-typing", func(args []any) bool { return len(args) > 1 && args[1] == user })
}

// Buddies returns the contact list as shown now.
func (c *Lync) Buddies() []Buddy {
	c.t.Helper()
	return c.Do("buddies").List
}

// WaitBuddy waits until a contact (sip:bob@parley.test) is shown so that ok accepts it.
func (c *Lync) WaitBuddy(within time.Duration, user string, what string, ok func(Buddy) bool) Buddy {
	c.t.Helper()
	var found Buddy
	Eventually(c.t, within, fmt.Sprintf("%s sees %s %s", c.User, user, what), func() bool {
		for _, b := range c.Buddies() {
			if b.URI == user && ok(b) {
				found = b
				return true
			}
		}
		return false
	})
	return found
}

// WaitBuddyStatus waits until a contact is shown with this status: available, busy, do-not-disturb, offline ...
func (c *Lync) WaitBuddyStatus(within time.Duration, user, status string) Buddy {
	c.t.Helper()
	return c.WaitBuddy(within, user, status, func(b Buddy) bool { return b.Status == status })
}
