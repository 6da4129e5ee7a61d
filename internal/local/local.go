// Package local prepares a server to try out: a folder with a certificate authority, a certificate, a configuration and sample users, made
// once and used again, and the text that tells how to connect to it.
package local

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// Domain is the SIP domain of a local server. RFC 6761 reserves .test.
const Domain = "parley.test"

// Setup is a prepared folder.
type Setup struct {
	Dir    string
	Config string // the configuration file
	CA     string // the certificate that clients have to trust, PEM
	Log    string // where the server is to log
	Users  []User
}

// User is a sample user.
type User struct {
	Address       string `json:"address"`
	Name          string `json:"name"`
	Password      string `json:"password"`
	Administrator bool   `json:"administrator,omitempty"`
	// Probe users are for the server's own probe calls, not for people.
	Probe bool `json:"probe,omitempty"`
}

// Prepare makes what is missing in a folder, and the server's certificate anew when the machine's addresses have changed or it soon ends.
func Prepare(dir string) (*Setup, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("prepare local server: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("prepare local server: %w", err)
	}
	s := &Setup{Dir: dir, Config: filepath.Join(dir, "parley.toml"), CA: filepath.Join(dir, "ca.pem"), Log: filepath.Join(dir, "parley.log")}
	if err := s.issueCertificate(); err != nil {
		return nil, fmt.Errorf("prepare local server: %w", err)
	}
	if err := s.writeConfig(); err != nil {
		return nil, fmt.Errorf("prepare local server: %w", err)
	}
	if err := s.makeUsers(); err != nil {
		return nil, fmt.Errorf("prepare local server: %w", err)
	}
	return s, nil
}

// Contacts are the people whom a sample user has as contacts: the other ones, the probe's users left out.
func (s *Setup) Contacts(of User) (accounts []string) {
	for _, u := range s.Users {
		if !of.Probe && !u.Probe && u.Address != of.Address {
			accounts = append(accounts, u.Address)
		}
	}
	return accounts
}

// makeUsers invents the sample users' passwords once and keeps them in a file, so that they can be told again.
func (s *Setup) makeUsers() error {
	file := filepath.Join(s.Dir, "users.json")
	data, err := os.ReadFile(file)
	if err == nil {
		if err := json.Unmarshal(data, &s.Users); err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.Users = []User{
		{Address: "alice@" + Domain, Name: "Alice Sample", Administrator: true},
		{Address: "bob@" + Domain, Name: "Bob Sample"},
		{Address: "carol@" + Domain, Name: "Carol Sample"},
		{Address: "probe-1@" + Domain, Name: "Probe 1", Probe: true},
		{Address: "probe-2@" + Domain, Name: "Probe 2", Probe: true},
	}
	for i := range s.Users {
		s.Users[i].Password = rand.Text()[:12]
	}
	if data, err = json.MarshalIndent(s.Users, "", "\t"); err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o600)
}

// writeConfig writes the configuration unless there is one. A listener whose usual port is taken gets any free one.
func (s *Setup) writeConfig() error {
	if _, err := os.Stat(s.Config); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text := fmt.Sprintf(`# A server to try out, made by "parley local". Change it as you like: it is not written again.
domains = [%q]
name = %q

[listen]
sip-tls = [%q]
https = [%q]
metrics = [%q]

[tls]
certificate = "certificate.pem"
key = "key.pem"

[store]
path = "data"

[auth]
# Digest for standard clients, NTLM for Lync-dialect ones.
schemes = ["digest", "ntlm"]

[quality]
archive = %q
`, Domain, "sip."+Domain, freeAddress("", 5061), freeAddress("", 8443), freeAddress("127.0.0.1", 9090), archive)
	return os.WriteFile(s.Config, []byte(text), 0o600)
}

// freeAddress is host with the port, or with port 0 when something listens there already.
func freeAddress(host string, port int) string {
	addr := net.JoinHostPort(host, fmt.Sprint(port))
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return net.JoinHostPort(host, "0")
	}
	l.Close()
	return addr
}
