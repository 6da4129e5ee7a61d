package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	domain   = "bench.test"
	password = "bench-password"
)

// server is a server under measurement.
type server struct {
	cmd  *exec.Cmd
	port map[string]int // by transport
}

// buildParley builds the static binary, the one that is compared.
func buildParley(dir string) (string, error) {
	out := filepath.Join(dir, "parley")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, "./cmd/parley")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build parley: %w\n%s", err, text)
	}
	return out, nil
}

func startParley(binary, dir string, watched int) (*server, error) {
	data, err := os.MkdirTemp(dir, "data")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(data, "parley.toml")
	text := fmt.Sprintf(`domains = [%q]
name = "127.0.0.1"
[listen]
sip-udp = ["127.0.0.1:0"]
sip-tcp = ["127.0.0.1:0"]
sip-tls = []
https = []
metrics = []
[media]
relay = "between-dialects"
[store]
path = %q
[auth]
schemes = ["digest"]
insecure-transports = ["udp", "tcp"]
[quality]
archive = "off"
[log]
level = "error"
`, domain, filepath.Join(data, "state"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	users := []string{"alice", "bob"}
	for i := range watched {
		users = append(users, fmt.Sprintf("p%d", i))
	}
	for _, user := range users {
		add := exec.Command(binary, "user", "add", user+"@"+domain, "--password-stdin", "--config", file)
		add.Stdin = strings.NewReader(password + "\n")
		if text, err := add.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("add %s: %w\n%s", user, err, text)
		}
	}
	s := &server{cmd: exec.Command(binary, "serve", "--config", file), port: map[string]int{}}
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("read the ready line: %w", err)
	}
	var ready struct{ Ready map[string]string }
	if err := json.Unmarshal(line, &ready); err != nil {
		return nil, fmt.Errorf("read the ready line: %w", err)
	}
	for _, transport := range []string{"udp", "tcp"} {
		_, port, _ := net.SplitHostPort(ready.Ready["sip-"+transport])
		s.port[transport], _ = strconv.Atoi(port)
	}
	return s, nil
}

// kamailioConfig is a registrar and record-routing proxy with digest, without a database.
const kamailioConfig = `
debug=0
log_stderror=yes
children=%[2]d
tcp_children=%[2]d
tcp_connection_lifetime=3600
tcp_max_connections=4096
auto_aliases=no
alias="bench.test"
listen=udp:127.0.0.1:%[1]d
listen=tcp:127.0.0.1:%[1]d
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
%[3]smodparam("usrloc", "db_mode", 0)
request_route {
	if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
	if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
	if (has_totag()) {
		if (loose_route()) { t_relay(); exit; }
		if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
		sl_send_reply("404", "Not here"); exit;
	}
	t_check_trans();
	if (is_method("REGISTER")) {
		if (!pv_www_authenticate("bench.test", "bench-password", "0")) { www_challenge("bench.test", "1"); exit; }
		save("location");
		exit;
	}
%[4]s	if (is_method("INVITE")) record_route();
	if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
	t_relay();
}
`

// Presence in memory: the tables of the database, which the modules want to see, stay empty.
const (
	presenceModules = `
loadmodule "db_text.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
modparam("presence", "subs_db_mode", 0)
modparam("presence", "publ_cache", 2)
modparam("presence", "db_url", "text:///usr/share/kamailio/dbtext/kamailio")
modparam("presence_xml", "force_active", 1)
modparam("presence_xml", "db_url", "text:///usr/share/kamailio/dbtext/kamailio")
`
	presenceRoute = `
	if (is_method("PUBLISH|SUBSCRIBE")) {
		if (!t_newtran()) exit;
		if (is_method("PUBLISH")) handle_publish(); else handle_subscribe();
		t_release();
		exit;
	}
`
)

func startKamailio(dir string, workers int, presence bool) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	modules, route := "", ""
	if presence {
		modules, route = presenceModules, presenceRoute
	}
	file := filepath.Join(dir, "kamailio.cfg")
	if err := os.WriteFile(file, fmt.Appendf(nil, kamailioConfig, port, workers, modules, route), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "kamailio.log"))
	if err != nil {
		return nil, err
	}
	s := &server{port: map[string]int{"udp": port, "tcp": port}}
	s.cmd = exec.Command("kamailio", "-DD", "-E", "-x", "fm", "-X", "fm", "-m", "2048", "-M", "16", "-f", file)
	s.cmd.Stderr, s.cmd.Stdout = log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	return s, waitTCP(port)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func waitTCP(port int) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			return c.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("server does not listen: %w", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
}
