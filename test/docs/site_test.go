package docs

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"parley/test/peers"
)

// password is what is typed where a command asks for one, and what stands for PASSWORD on a page.
const password = "Correct-Horse-1"

// patience is for one command, on a machine that does much else.
const patience = 2 * time.Minute

// site is the machine that a page's examples are run on: folders of its own in place of those that the page names, free ports, and a certificate
// that exists.
type site struct {
	t         *testing.T
	root      string // in place of /
	work      string // the current folder
	authority *peers.Authority
	https     string // of the server that runs
}

func newSite(t *testing.T, binary string) *site {
	s := &site{t: t, root: t.TempDir(), authority: peers.NewAuthority(t, "contoso.example", "sip.contoso.example", "localhost")}
	s.work = filepath.Join(s.root, "home")
	for _, dir := range []string{"etc/parley", "var/lib/parley", "home/bin", "usr/local/bin"} {
		if err := os.MkdirAll(filepath.Join(s.root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// The configuration that is read without --config is in another place here.
	shim := "#!/bin/sh\ncase \" $* \" in\n*' --config '*|*' local '*|*' config example '*) exec '" + binary + "' \"$@\" ;;\nesac\nexec '" + binary +
		"' --config '" + s.root + "/etc/parley/parley.toml' \"$@\"\n"
	for _, file := range []string{"home/bin/parley", "usr/local/bin/parley"} {
		s.write(file, shim, 0o755)
	}
	s.write("etc/parley/certificate.pem", read(t, s.authority.CertFile), 0o600)
	s.write("etc/parley/key.pem", read(t, s.authority.KeyFile), 0o600)
	s.write("etc/parley/ldap-password", password, 0o600)
	return s
}

func (s *site) write(file, text string, mode os.FileMode) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.root, file), []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
}

// here replaces the folders and names of a page by those of this machine, there the other way round.
func (s *site) here(text string) string {
	for _, dir := range []string{"/etc/parley", "/var/lib/parley", "/usr/local/bin"} {
		text = strings.ReplaceAll(text, dir, s.root+dir)
	}
	return strings.NewReplacer("https://HOST", "https://"+s.https, "PASSWORD", password).Replace(text)
}

func (s *site) there(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, s.work, "."), s.root, "")
}

// run runs a command and returns what it printed.
func (s *site) run(command string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "sh", "-c", s.here(command))
	cmd.Dir, cmd.Stdin = s.work, strings.NewReader(password+"\n")
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(s.root, "usr/local/bin")+":"+os.Getenv("PATH"), "CURL_CA_BUNDLE="+s.authority.CAFile, "TERM=dumb")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, time.Second
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		s.t.Fatalf("%s: %v", command, err)
	}
	s.localise(false)
	return s.there(out.String())
}

// localise edits the configurations that a page's commands wrote, as whoever follows the page does, for this machine's folders; with ports, also for
// free ones. It returns what puts them back.
func (s *site) localise(ports bool) (back func()) {
	s.t.Helper()
	before := map[string]string{}
	for _, file := range []string{"etc/parley/parley.toml", "home/parley.toml"} {
		if _, err := os.Stat(filepath.Join(s.root, file)); err == nil {
			before[file] = read(s.t, filepath.Join(s.root, file))
			s.write(file, s.merge(before[file], true, ports), 0o600)
		}
	}
	return func() {
		for file, text := range before {
			s.write(file, text, 0o600)
		}
	}
}

// merge is a part of a configuration made whole; with force this machine's folders, and with ports free ones, win over
// what it says.
func (s *site) merge(part string, force, ports bool) string {
	s.t.Helper()
	var given map[string]any
	if _, err := toml.Decode(part, &given); err != nil {
		s.t.Fatalf("%v in\n%s", err, part)
	}
	merge := func(table, key string, value any) {
		into, ok := given[table].(map[string]any)
		if !ok {
			into = map[string]any{}
			given[table] = into
		}
		if _, said := into[key]; force || !said {
			into[key] = value
		}
	}
	if given["domains"] == nil {
		given["domains"] = []string{"contoso.example"}
	}
	if given["name"] == nil {
		given["name"] = "sip.contoso.example"
	}
	if ports {
		merge("listen", "sip-tls", []string{"127.0.0.1:0"})
		merge("listen", "https", []string{"127.0.0.1:0"})
		merge("listen", "metrics", []string{})
	}
	merge("tls", "certificate", s.root+"/etc/parley/certificate.pem")
	merge("tls", "key", s.root+"/etc/parley/key.pem")
	merge("store", "path", s.root+"/var/lib/parley")
	var out bytes.Buffer
	if err := toml.NewEncoder(&out).Encode(given); err != nil {
		s.t.Fatal(err)
	}
	return out.String()
}

// serve starts a server, which runs until the page's end, and returns the line that it prints.
func (s *site) serve(command string) string {
	s.t.Helper()
	defer s.localise(true)() // pages go on with the ports that they name
	cmd := exec.Command("sh", "-c", "exec "+s.here(command))
	cmd.Dir, cmd.Env = s.work, append(os.Environ(), "PATH="+filepath.Join(s.root, "usr/local/bin")+":"+os.Getenv("PATH"))
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if s.t.Failed() {
			s.t.Logf("the server's log:\n%s", log.String())
		}
	})
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		s.t.Fatal(err)
	}
	var ready struct{ Ready map[string]string }
	if err := json.Unmarshal([]byte(line), &ready); err != nil {
		s.t.Fatalf("%s does not get ready: %q", command, line)
	}
	s.https = ready.Ready["https"]
	if got := slices.Sorted(maps.Keys(ready.Ready)); len(got) != 2 {
		s.t.Errorf("listeners %v", got)
	}
	return line
}
