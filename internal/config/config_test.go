package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// minimal is the shortest valid file.
const minimal = "domains = [\"parley.test\"]\n[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n"

func TestParseFillsInWhatFollows(t *testing.T) {
	t.Parallel()
	c, err := Parse(strings.Replace(minimal, "parley.test", "Parley.TEST", 1)+"[store]\npath = \"data\"\n[media]\naddress = [\"203.0.113.7\"]\nports = \"5000-5100\"\n[auth]\nlockout-time = \"3s\"\nwindows-domains = { CORP = \"parley.test\" }\n", "/etc/parley")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Domains[0], c.TLS.Certificate, c.Store.Path, c.Store.KeyFile, c.Auth.Realm, c.Auth.LockoutTime.String(), c.Media.Ports.String(), c.Media.Address[0].String(), c.Auth.WindowsDomains["CORP"]}
	want := []string{"parley.test", "/etc/parley/cert.pem", "/etc/parley/data", "/etc/parley/data/secret.key", "parley.test", "3s", "5000-5100", "203.0.113.7", "parley.test"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if c.Name == "" || c.Auth.Principal != "sip/"+c.Name {
		t.Errorf("name %q, principal %q", c.Name, c.Auth.Principal)
	}
}

func TestParseTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, add, want string }{
		{"misspelt key", "[listen]\nsip-tsl = []\n", `line 6: unknown key "listen.sip-tsl"; did you mean "listen.sip-tls"?`},
		{"misspelt table", "[lisen]\nx = 1\n", `line 5: unknown key "lisen"; did you mean "listen"?`},
		{"key in the wrong table", "[auth]\nsip-udp = []\n", `line 6: unknown key "auth.sip-udp"; did you mean "listen.sip-udp"?`},
		{"key like no other", "[log]\nqqqqqqqqqqqqqq = 1\n", `line 6: unknown key "log.qqqqqqqqqqqqqq"`},
		{"wrong type", "[store]\npath = 7\n", `line 6 (last key "store.path"): incompatible types`},
		{"no TOML", "[store\n", "line 6: expected"},
		{"bad ports", "[media]\nports = \"40000\"\n", `write it as "40000-41999"`},
		{"ports upside down", "[media]\nports = \"40000-30000\"\n", "media.ports: 40000-30000 is no usable range"},
		{"few ports", "[media]\nports = \"40000-40002\"\n", "has 3 ports"},
		{"media on every address", "[media]\naddress = [\"0.0.0.0\"]\n", "media.address: 0.0.0.0 cannot be offered"},
		{"two addresses of a kind", "[media]\naddress = [\"1.2.3.4\", \"1.2.3.5\"]\n", "at most one IPv4"},
		{"bad choice", "[media]\nrelay = \"never\"\n", `media.relay: "never" is not allowed: use one of "always", "between-dialects"`},
		{"bad choice in a list", "[auth]\nschemes = [\"digest\", \"basic\"]\n", `auth.schemes: "basic" is not allowed`},
		{"no schemes", "[auth]\nschemes = []\n", "auth.schemes: must have at least one"},
		{"kerberos without keytab", "[auth]\nschemes = [\"kerberos\"]\n", "auth.kerberos-keytab"},
		{"realm of a foreign domain", "[auth]\nkerberos-realms = { \"CORP.TEST\" = \"corp.test\" }\n", `auth.kerberos-realms: "CORP.TEST" is for "corp.test", which is none of the domains`},
		{"Windows domain of nobody", "[auth]\nwindows-domains = { CORP = \"\" }\n", `auth.windows-domains: "CORP" is for ""`},
		{"lock-out", "[auth]\nlockout-time = \"2h\"\nlockout-failures = 0\n", `auth.lockout-time: 2h0m0s is not possible: use "1s" to "1h"`},
		{"address without port", "[listen]\nsip-tls = [\"127.0.0.1\"]\n", `listen.sip-tls: "127.0.0.1" is no address to listen on: write "host:port"`},
		{"no listener", "[listen]\nsip-tls = []\n", "no SIP listener"},
		{"HEP from nobody", "[quality]\nhep-udp = [\":9060\"]\n", "quality.hep-allow"},
		{"HEP from no network", "[quality]\nhep-allow = [\"agent1\"]\n", "quality.hep-allow"},
		{"HEP at no address", "[quality]\nhep-tcp = [\"9060\"]\n", "quality.hep-tcp"},
		{"HEP to no address", "[quality]\nhep-send = \"homer\"\n", "quality.hep-send"},
		{"clickhouse without address", "[quality]\narchive = \"clickhouse\"\n", "quality.clickhouse-url"},
		{"ldap without anything", "[directory]\ntype = \"ldap\"\n", "directory.ldap.base-dn"},
		{"ldap with password only", "[directory]\ntype = \"ldap\"\n[directory.ldap]\nurl = \"ldaps://x\"\nbase-dn = \"dc=x\"\npassword-file = \"x\"\n", "bind-dn and password-file go together"},
		{"DNS server by name", "[dns]\nservers = [\"ns.parley.test\"]\n", `dns.servers: "ns.parley.test" is no address of a DNS server`},
		{"replicas of one", "[store]\nnats-replicas = 3\n", "the embedded server is alone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(minimal+tt.add, "/etc/parley")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error:\n%v\nwant one with:\n%s", err, tt.want)
			}
		})
	}
}

func TestParseTellsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Parse("[log]\nlevel = \"loud\"\n", "/")
	for _, want := range []string{"domains: set at least one", `log.level: "loud"`, "tls: sip-tls"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error without %q:\n%v", want, err)
		}
	}
}

func TestExampleIsValidAndReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	if _, err := Parse(string(Example()), "/"); err != nil {
		t.Errorf("the example: %v\n%s", err, Example())
	}
	all := strings.ReplaceAll(string(Example()), "\n# ", "\n")
	for _, k := range (&Config{}).keys() {
		if !strings.Contains(all, "\n"+k.last()+" = ") {
			t.Errorf("the example has no %s", k.name)
		}
	}
	if got, err := os.ReadFile("../../docs/reference/config.md"); err != nil || string(got) != string(Reference()) {
		t.Errorf("docs/reference/config.md is not current (%v): run go generate ./internal/config", err)
	}
}

func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	for _, k := range (&Config{}).keys() {
		if !strings.HasSuffix(k.doc, ".") {
			t.Errorf("%s: documentation %q", k.name, k.doc)
		}
		if k.need && needed[k.name] == "" {
			t.Errorf("%s has to be set and has no value in the example", k.name)
		}
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	old, new := Default(), Default()
	new.Log.Level = "debug"
	changed, restart := Diff(&old, &new)
	if diff := cmp.Diff([]string{"log.level"}, changed); diff != "" || restart != nil {
		t.Errorf("changed (-want +got):\n%s\nrestart %q", diff, restart)
	}
	new.Listen.SIPTLS = []string{":5062"}
	if _, restart = Diff(&old, &new); !cmp.Equal(restart, []string{"listen.sip-tls"}) {
		t.Errorf("restart %q, want listen.sip-tls", restart)
	}
}

func TestLoadBoundsTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "parley.toml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "config example") {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a huge file: %v", err)
	}
}

func TestCheckFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	writeCertificate(t, dir, now.AddDate(0, 0, -1), now.AddDate(0, 1, 0))
	c, err := Parse(minimal, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckFiles(now); err != nil {
		t.Errorf("good files: %v", err)
	}
	if err := c.CheckFiles(now.AddDate(1, 0, 0)); err == nil || !strings.Contains(err.Error(), "expired on 2026-08-01") {
		t.Errorf("a year later: %v", err)
	}
	if err := c.CheckFiles(now.AddDate(-1, 0, 0)); err == nil || !strings.Contains(err.Error(), "not valid before") {
		t.Errorf("a year earlier: %v", err)
	}
	c.Auth.Keytab = filepath.Join(dir, "missing")
	if err := c.CheckFiles(now); err == nil || !strings.Contains(err.Error(), "auth.kerberos-keytab") {
		t.Errorf("a missing keytab: %v", err)
	}
}

func writeCertificate(t *testing.T, dir string, from, to time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to}, &x509.Certificate{}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(minimal)
	f.Add(string(Example()))
	f.Add("a.b.c = 1\n[x.y]\n[[z]]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := Parse(text, "/"); err == nil && len(c.Domains) == 0 {
			t.Error("accepted without a domain")
		}
	})
}
