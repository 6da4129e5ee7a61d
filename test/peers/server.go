package peers

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// ServerOptions says how the server under test is set up.
type ServerOptions struct {
	Domain string   // empty: parley.test
	Users  []User   // made before the server starts
	Store  []string // lines of the [store] section: `nats-url = "nats://127.0.0.1:4222"`
	Config []string // lines added at the end of the configuration file: "[media]", `relay = "between-dialects"`
	Dir    string   // data folder to go on with; empty: a new one
}

// User is an account of the server under test.
type User struct{ Address, Name, Password string }

// Password is every test user's.
const Password = "Secret-123"

// People are the users of most tests: alice, bob, carol, dave and eve of parley.test.
func People() []User {
	var people []User
	for _, name := range []string{"Alice", "Bob", "Carol", "Dave", "Eve"} {
		people = append(people, User{Address: strings.ToLower(name) + "@parley.test", Name: name + " Tester", Password: Password})
	}
	return people
}

// Server is the real server, running.
type Server struct {
	Domain    string
	Dir       string // its data folder
	Config    string // its configuration file
	Authority *Authority
	Listeners map[string]string // name of the listener to host:port, as the server printed it
	Log       *Timeline[string] // its log lines

	t       testing.TB
	binary  string
	process *process
}

// StartServer makes a configuration with every listener on a free port, adds the users by the command line, starts
// the server and waits until it says that it is ready.
func StartServer(t testing.TB, o ServerOptions) *Server {
	t.Helper()
	if o.Domain == "" {
		o.Domain = "parley.test"
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s := &Server{
		Domain: o.Domain, Dir: o.Dir, Config: filepath.Join(t.TempDir(), "parley.toml"),
		Authority: NewAuthority(t, o.Domain, "sip."+o.Domain), t: t, binary: serverBinary(t),
	}
	if err := os.WriteFile(s.Config, []byte(s.configuration(o)), 0o600); err != nil {
		t.Fatalf("configure the server: %v", err)
	}
	for _, u := range o.Users {
		s.AddUser(u)
	}
	s.Start()
	return s
}

// Start starts the server after Stop or Kill, on the same data and configuration.
func (s *Server) Start() {
	s.t.Helper()
	ready := newTimeline[map[string]string]()
	s.Log = newTimeline[string]()
	log := s.Log
	p := startProcess(s.t, launch{
		name: "parley", path: s.binary, args: []string{"serve", "--config", s.Config},
		line: func(line string) {
			var first struct {
				Ready map[string]string `json:"ready"`
			}
			if strings.HasPrefix(line, `{"ready":`) && json.Unmarshal([]byte(line), &first) == nil {
				ready.add(first.Ready)
				return
			}
			log.add(line)
		},
	})
	s.process = p
	go func() {
		<-p.done
		log.close(p.ended())
		ready.close(p.ended())
	}()
	s.Listeners = ready.Wait(s.t, Patience, "ready line of the server", func(map[string]string) bool { return true })
}

// Stop ends the server in the orderly way.
func (s *Server) Stop() { s.process.stop(nil) }

// Kill ends the server at once, as a lost machine does.
func (s *Server) Kill() {
	_ = s.process.cmd.Process.Kill()
	<-s.process.done
}

// Reload asks the server to read its configuration again.
func (s *Server) Reload() { _ = s.process.cmd.Process.Signal(syscall.SIGHUP) }

// Addr returns host:port of a listener by its name in the ready line: sip-udp, sip-tcp, sip-tls, https, metrics.
func (s *Server) Addr(listener string) string {
	s.t.Helper()
	addr, ok := s.Listeners[listener]
	if !ok {
		s.t.Fatalf("the server has no listener %q: %v", listener, s.Listeners)
	}
	return addr
}

// Run runs a command of the server's command line with its configuration and returns what it printed.
func (s *Server) Run(input string, args ...string) string {
	s.t.Helper()
	out, err := s.Try(input, args...)
	if err != nil {
		s.t.Fatalf("parley %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// Try is Run for a command that may fail.
func (s *Server) Try(input string, args ...string) (string, error) {
	cmd := exec.Command(s.binary, append(args, "--config", s.Config)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// AddUser adds an account, with the password on standard input.
func (s *Server) AddUser(u User) {
	s.t.Helper()
	s.Run(u.Password+"\n", "user", "add", u.Address, "--name", u.Name, "--password-stdin")
}

// configuration is the file of the server under test: every listener on a free port, and signing in without TLS
// allowed.
func (s *Server) configuration(o ServerOptions) string {
	free := fmt.Sprintf("[%q]", Host()+":0")
	lines := []string{
		fmt.Sprintf("domains = [%q]", o.Domain),
		fmt.Sprintf("name = %q", "sip."+o.Domain),
		"[listen]",
		"sip-udp = " + free,
		"sip-tcp = " + free,
		"sip-tls = " + free,
		"https = " + free,
		"metrics = " + free,
		"[tls]",
		fmt.Sprintf("certificate = %q", s.Authority.CertFile),
		fmt.Sprintf("key = %q", s.Authority.KeyFile),
		"[store]",
		fmt.Sprintf("path = %q", s.Dir),
		strings.Join(o.Store, "\n"),
		"[auth]",
		`schemes = ["digest", "ntlm"]`,
		`insecure-transports = ["udp", "tcp"]`,
		"[log]",
		`level = "debug"`,
	}
	if os.Getenv("PARLEY_TEST_SIP") != "" {
		lines = append(lines, `wire = "full"`)
	}
	return strings.Join(append(lines, o.Config...), "\n") + "\n"
}

// Lync starts a Lync-dialect client that signs in to this server as one of its test users ("alice"), and waits
// until it has. The options' User, Password, Server and Transport are filled in.
func (s *Server) Lync(name string, o LyncOptions) *Lync {
	s.t.Helper()
	o.User, o.Password = name+"@"+s.Domain, Password
	if o.Transport == "" {
		o.Transport = "tls"
	}
	o.Server = s.Addr("sip-" + o.Transport)
	c := StartLync(s.t, o)
	c.WaitSignedOn(Patience)
	return c
}

// Baresip starts baresip as one of the test users and waits until it is registered.
func (s *Server) Baresip(name string, o BaresipOptions) *Baresip {
	s.t.Helper()
	o.User, o.Password, o.CAFile = name+"@"+s.Domain, Password, s.Authority.CAFile
	if o.Transport == "" {
		o.Transport = "tls"
	}
	o.Server = s.Addr("sip-" + o.Transport)
	c := StartBaresip(s.t, o)
	c.WaitRegistered(Patience)
	return c
}

// Linphone starts linphone as one of the test users and waits until it is registered.
func (s *Server) Linphone(name string, o LinphoneOptions) *Linphone {
	s.t.Helper()
	o.User, o.Password, o.CAFile = name+"@"+s.Domain, Password, s.Authority.CAFile
	if o.Transport == "" {
		o.Transport = "tls"
	}
	o.Server = s.Addr("sip-" + o.Transport)
	c := StartLinphone(s.t, o)
	c.WaitRegistered(Patience)
	return c
}
