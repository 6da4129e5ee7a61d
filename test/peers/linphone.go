package peers

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// LinphoneOptions says how linphonec signs in and what it can do.
type LinphoneOptions struct {
	User       string // carol@parley.test
	AuthUser   string // empty: the part of User before the @
	Password   string
	Server     string   // host:port of the registrar
	Transport  string   // udp (the default), tcp or tls
	CAFile     string   // what it trusts over TLS
	Friends    []string // sip:alice@parley.test: whose presence it watches
	Publish    bool     // publish its own presence
	Media      string   // none (the default), srtp or dtls
	ICE        bool
	Wav        string   // file to play as the microphone; empty: silence
	Record     string   // file that what is heard is written to
	AutoAnswer bool     // answer calls at once
	Reports    string   // sip:collector@parley.test: send quality reports (RFC 6035) there
	Config     []string // more configuration: "[rtp]", "audio_rtp_port=7078"
}

// Linphone is a running standard SIP client. It needs the namespace: without a default route it stays offline.
type Linphone struct {
	User  string
	Lines *Timeline[string] // what it prints, then what it logs

	t       testing.TB
	process *process
}

// LinphoneMessage is a message that it received.
type LinphoneMessage struct{ From, Text string }

var linphoneMessage = regexp.MustCompile(`^(?:linphonec> )*Message received from (?:"[^"]*" )?<?(sips?:[^>:]+@[^>:]+)>?: (.*)$`)

// StartLinphone starts a client that registers by itself; WaitRegistered waits until it has.
func StartLinphone(t testing.TB, o LinphoneOptions) *Linphone {
	t.Helper()
	NeedNamespace(t)
	path := program(t, "linphonec", "linphone-cli")
	home, file := o.write(t)
	logs, writeLogs, err := os.Pipe()
	if err != nil {
		t.Fatalf("start linphonec: %v", err)
	}
	args := []string{"-c", file, "-d", "6", "-l", "/dev/fd/3"}
	if o.AutoAnswer {
		args = append(args, "-a")
	}
	c := &Linphone{User: o.User, Lines: newTimeline[string](), t: t}
	c.process = startProcess(t, launch{
		name: "linphone " + o.User, path: path, args: args, env: []string{"HOME=" + home, "XDG_CONFIG_HOME=", "XDG_DATA_HOME="},
		line: c.Lines.add, logs: logs, fd3: writeLogs, stop: func() { c.Do("quit") },
	})
	go func() {
		<-c.process.done
		c.Lines.close(c.process.ended())
	}()
	c.Do("soundcard use files")
	if o.Wav != "" {
		c.Do("play %s", o.Wav)
	}
	if o.Record != "" {
		c.Do("record %s", o.Record)
	}
	return c
}

// write makes the client's home and its configuration file.
func (o LinphoneOptions) write(t testing.TB) (home, file string) {
	t.Helper()
	home = t.TempDir()
	file = filepath.Join(home, "linphonerc")
	name, domain, _ := strings.Cut(o.User, "@")
	or := func(value, otherwise string) string {
		if value == "" {
			return otherwise
		}
		return value
	}
	flag := map[bool]string{true: "1", false: "0"}
	media := fmt.Sprintf("udp_%d", freePort(t)) // a random media port for each client, so that several run side by side
	transport := or(o.Transport, "udp")
	config := []string{
		"[sip]", "sip_port=-1", "sip_tcp_port=-1", "sip_tls_port=-1", "guess_hostname=0", fmt.Sprintf("contact=sip:%s", o.User),
		"default_proxy=0", "register_only_when_network_is_up=0", "use_ipv6=0", "verify_server_certs=1", "verify_server_cn=0",
		"root_ca=" + or(o.CAFile, "/etc/ssl/certs/ca-certificates.crt"), "media_encryption=" + or(o.Media, "none"), "publish_presence=" + flag[o.Publish],
		"[rtp]", "audio_rtp_port=" + strings.TrimPrefix(media, "udp_"), "video_rtp_port=-1", "rtcp_xr_enabled=1", "rtcp_xr_rcvr_rtt_mode=all",
		"rtcp_xr_stat_summary_enabled=1", "rtcp_xr_voip_metrics_enabled=1",
		"[net]", "mtu=1300", "firewall_policy=" + map[bool]string{true: "3", false: "0"}[o.ICE],
		"[video]", "capture=0", "display=0", "enabled=0",
		"[proxy_0]", fmt.Sprintf("reg_proxy=<sip:%s;transport=%s>", o.Server, transport), fmt.Sprintf("reg_route=<sip:%s;transport=%s;lr>", o.Server, transport),
		"reg_identity=sip:" + o.User, "reg_expires=600", "reg_sendregister=1", "publish=" + flag[o.Publish],
	}
	if o.Reports != "" {
		config = append(config, "quality_reporting_enabled=1", "quality_reporting_collector="+o.Reports, "quality_reporting_interval=10")
	}
	config = append(config, "[auth_info_0]", "username="+or(o.AuthUser, name), "userid="+or(o.AuthUser, name), "passwd="+or(o.Password, "none"), "domain="+domain)
	for i, friend := range o.Friends {
		config = append(config, fmt.Sprintf("[friend_%d]", i), "url="+friend, "pol=accept", "subscribe=1")
	}
	config = append(config, o.Config...)
	// The last one is where it keeps its DTLS certificate, whose key it otherwise makes anew for each call, in many seconds on a busy machine.
	for _, dir := range []string{".local/share/linphone", ".config/linphone", ".linphone-usr-crt"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
			t.Fatalf("configure linphone: %v", err)
		}
	}
	if err := os.WriteFile(file, []byte(strings.Join(config, "\n")+"\n"), 0o600); err != nil {
		t.Fatalf("configure linphone: %v", err)
	}
	return home, file
}

// Do types one command; what comes of it is waited for in Lines.
func (c *Linphone) Do(format string, args ...any) {
	c.t.Helper()
	_, _ = fmt.Fprintf(c.process.stdin, format+"\n", args...) // an ended client shows itself in the next wait
}

// Stop removes its registration and ends the client.
func (c *Linphone) Stop() { c.process.stop(func() { c.Do("quit") }) }

// WaitLine waits for a line of its output or log that contains text.
func (c *Linphone) WaitLine(within time.Duration, text string) string {
	c.t.Helper()
	return c.Lines.Wait(c.t, within, fmt.Sprintf("line %q at %s", text, c.User), func(line string) bool { return strings.Contains(line, text) })
}

// WaitRegistered waits until the registrar accepted the client.
func (c *Linphone) WaitRegistered(within time.Duration) {
	c.t.Helper()
	c.WaitLine(within, "to [LinphoneRegistrationOk]")
}

// WaitCall waits until a call enters a state: IncomingReceived, OutgoingRinging, StreamsRunning, Paused, End, Error ...
func (c *Linphone) WaitCall(within time.Duration, state string) string {
	c.t.Helper()
	return c.Lines.Wait(c.t, within, "call "+state+" at "+c.User, func(line string) bool {
		return strings.Contains(line, "LinphoneCall"+state+"]") || strings.Contains(line, "to LinphoneCall"+state)
	})
}

// Say sends a message to sip:user@domain.
func (c *Linphone) Say(to, text string) {
	c.t.Helper()
	c.Do("chat %s %s", to, text)
}

// WaitMessage waits for a received message that contains text.
func (c *Linphone) WaitMessage(within time.Duration, text string) LinphoneMessage {
	c.t.Helper()
	line := c.Lines.Wait(c.t, within, fmt.Sprintf("message %q at %s", text, c.User), func(line string) bool {
		m := linphoneMessage.FindStringSubmatch(line)
		return m != nil && strings.Contains(m[2], text)
	})
	m := linphoneMessage.FindStringSubmatch(line)
	return LinphoneMessage{From: m[1], Text: m[2]}
}

// Received returns all messages received so far, in order.
func (c *Linphone) Received() []LinphoneMessage {
	var got []LinphoneMessage
	for _, line := range c.Lines.All(linphoneMessage.MatchString) {
		m := linphoneMessage.FindStringSubmatch(line)
		got = append(got, LinphoneMessage{From: m[1], Text: m[2]})
	}
	return got
}
