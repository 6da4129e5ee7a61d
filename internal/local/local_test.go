package local

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/config"
)

func prepare(t *testing.T, dir string) *Setup {
	t.Helper()
	s, err := Prepare(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPrepareGivesAValidServer(t *testing.T) {
	t.Parallel()
	s := prepare(t, filepath.Join(t.TempDir(), "run"))
	cfg, err := config.Load(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.CheckFiles(time.Now()); err != nil {
		t.Error(err)
	}
	ca, err := os.ReadFile(s.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	pair, err := tls.LoadX509KeyPair(cfg.TLS.Certificate, cfg.TLS.Key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{Domain, "sip." + Domain, "localhost", "127.0.0.1"} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("the certificate for %s: %v", name, err)
		}
	}
	for _, secret := range []string{"key.pem", "ca-key.pem", "users.json", "parley.toml"} {
		if info, err := os.Stat(filepath.Join(s.Dir, secret)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", secret, info.Mode(), err)
		}
	}
}

func TestPrepareAgainKeepsWhatUsersHave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := prepare(t, dir)
	ca, err := os.ReadFile(first.CA)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(first.Config, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := prepare(t, dir)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second time (-first +second):\n%s", diff)
	}
	if again, err := os.ReadFile(second.CA); err != nil || string(again) != string(ca) {
		t.Errorf("the authority has changed: %v", err)
	}
	if text, err := os.ReadFile(second.Config); err != nil || string(text) != "# mine\n" {
		t.Errorf("the configuration was written again: %q, %v", text, err)
	}
}

func TestGuideTellsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	s := prepare(t, t.TempDir())
	guide := s.Guide(map[string]string{"sip-tls": "[::]:5061", "https": "0.0.0.0:8443"})
	if err := s.WriteClients(map[string]string{"sip-tls": "127.0.0.1:5061"}); err != nil {
		t.Fatal(err)
	}
	linphone, err := os.ReadFile(s.linphoneFile())
	if err != nil || !strings.Contains(string(linphone), "reg_proxy=<sip:127.0.0.1:5061;transport=tls>") || !strings.Contains(string(linphone), s.Users[2].Password) {
		t.Errorf("linphone's configuration: %v\n%s", err, linphone)
	}
	if _, err := os.Stat(s.pidginFile()); err != nil || !strings.Contains(guide, s.pidginFile()) {
		t.Errorf("Pidgin's work-around: %v", err)
	}
	for _, u := range s.Users {
		if strings.Contains(guide, u.Password) == u.Probe {
			t.Errorf("the password of %s: told %v", u.Address, !u.Probe)
		}
	}
	for _, want := range []string{":8443/CQD/", ":5061", s.CA, "Pidgin", "baresip", "linphone"} {
		if !strings.Contains(guide, want) {
			t.Errorf("the guide has no %q:\n%s", want, guide)
		}
	}
	if strings.Contains(guide, "[::]") || strings.Contains(guide, "0.0.0.0") {
		t.Errorf("the guide tells an address that nobody can connect to:\n%s", guide)
	}
}

func TestSampleUsersKnowEachOther(t *testing.T) {
	t.Parallel()
	s := prepare(t, t.TempDir())
	if got := strings.Join(s.Contacts(s.Users[0]), " "); got != "bob@parley.test carol@parley.test" {
		t.Errorf("alice has %s", got)
	}
	for _, u := range s.Users {
		if u.Probe && len(s.Contacts(u)) != 0 {
			t.Errorf("%s has contacts", u.Address)
		}
	}
}

func TestCertificateIsKeptWhileItFits(t *testing.T) {
	t.Parallel()
	s := prepare(t, t.TempDir())
	file := filepath.Join(s.Dir, "certificate.pem")
	read := func() string {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := read()
	if prepare(t, s.Dir); read() != first {
		t.Error("it was made anew")
	}
	authority, signer, err := s.authority()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*x509.Certificate){
		"another machine": func(c *x509.Certificate) { c.DNSNames = c.DNSNames[:1] },
		"near its end":    func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, renewDays-1) },
	} {
		template, key := certificate("sip."+Domain, serverDays), signer
		template.DNSNames, template.IPAddresses = []string{Domain, "sip." + Domain, "localhost"}, addresses()
		if host, err := os.Hostname(); err == nil {
			template.DNSNames = append(template.DNSNames, host)
		}
		write := func() string {
			der, err := x509.CreateCertificate(rand.Reader, template, authority, &key.PublicKey, signer)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.writePair("certificate.pem", "key.pem", der, key); err != nil {
				t.Fatal(err)
			}
			return read()
		}
		if fitting := write(); prepareAnd(t, s.Dir, read) != fitting {
			t.Errorf("%s: the test's own certificate does not fit", name)
		}
		change(template)
		if old := write(); prepareAnd(t, s.Dir, read) == old {
			t.Errorf("%s: it was kept", name)
		}
	}
}

func prepareAnd(t *testing.T, dir string, read func() string) string {
	t.Helper()
	prepare(t, dir)
	return read()
}
