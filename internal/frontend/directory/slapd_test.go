package directory

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	readerDN       = "cn=reader,dc=parley,dc=test"
	readerPassword = "reader-secret"
)

// slapd is OpenLDAP's server on loopback with some people in it.
type slapd struct {
	dir, plain, secure string
	roots              *x509.CertPool
	cmd                *exec.Cmd
	ended              chan error
}

func startSlapd(t *testing.T) *slapd {
	t.Helper()
	for _, tool := range []string{"slapd", "slapadd"} {
		if _, err := exec.LookPath("/usr/sbin/" + tool); err != nil {
			t.Skipf("needs Debian's slapd: %v", err)
		}
	}
	s := &slapd{dir: t.TempDir(), plain: freePort(t), secure: freePort(t)}
	if err := os.Mkdir(filepath.Join(s.dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.certificate(t)
	s.write(t, "slapd.conf", fmt.Sprintf(`
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.99999.1 NAME 'msRTCSIP-PrimaryUserAddress' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.2 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.3 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.99999.4 NAME 'sipUser' SUP top AUXILIARY MAY ( msRTCSIP-PrimaryUserAddress $ sAMAccountName $ userAccountControl ) )
modulepath /usr/lib/ldap
moduleload back_mdb
sizelimit size.soft=400 size.hard=unlimited
TLSCertificateFile %[1]s/cert.pem
TLSCertificateKeyFile %[1]s/key.pem
database mdb
suffix "dc=parley,dc=test"
rootdn "%[2]s"
rootpw %[3]s
directory %[1]s/db
maxsize 33554432
access to attrs=userPassword by anonymous auth
access to * by * read
`, s.dir, readerDN, readerPassword))
	s.run(t, people(), "/usr/sbin/slapadd", "-f", filepath.Join(s.dir, "slapd.conf"))
	s.serve(t)
	return s
}

// people are alice, the blocked bob, an unusable printer, and 600 others to fill more than a page.
func people() string {
	var b strings.Builder
	b.WriteString(`dn: dc=parley,dc=test
objectClass: dcObject
objectClass: organization
o: Parley
dc: parley

dn: uid=alice,dc=parley,dc=test
objectClass: inetOrgPerson
objectClass: sipUser
uid: alice
cn: Alice Smith
displayName: Alice Smith (Sales)
givenName: Alice
sn: Smith
mail: Alice.Smith@parley.test
title: Account Manager
departmentNumber: Sales
physicalDeliveryOfficeName: 4/217
o: Parley Ltd
l: Gent
telephoneNumber: +32 9 123 45 67
mobile: +32 470 12 34 56
sAMAccountName: ASmith
msRTCSIP-PrimaryUserAddress: sip:Alice@Parley.test
userPassword: ldap-secret

dn: uid=bob,dc=parley,dc=test
objectClass: inetOrgPerson
objectClass: sipUser
cn: Bob
sn: Jones
userAccountControl: 514
msRTCSIP-PrimaryUserAddress: sip:bob@parley.test
userPassword: ldap-secret

dn: cn=Printer,dc=parley,dc=test
objectClass: inetOrgPerson
cn: Printer
sn: Printer

`)
	for i := range 600 {
		fmt.Fprintf(&b, "dn: uid=u%[1]d,dc=parley,dc=test\nobjectClass: inetOrgPerson\nobjectClass: sipUser\ncn: User %[1]d\nsn: Many\nmsRTCSIP-PrimaryUserAddress: u%[1]d@parley.test\n\n", i)
	}
	return b.String()
}

func (s *slapd) config() LDAPConfig {
	return LDAPConfig{
		URLs: []string{"ldaps://" + s.secure}, TLS: &tls.Config{RootCAs: s.roots}, BindDN: readerDN, Password: readerPassword,
		BaseDN: "dc=parley,dc=test", Filter: "(objectClass=person)", Address: "msRTCSIP-PrimaryUserAddress", Login: "sAMAccountName",
		Name: "displayName", Domains: []string{"parley.test"},
	}
}

func (s *slapd) serve(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command("/usr/sbin/slapd", "-d", "0", "-f", filepath.Join(s.dir, "slapd.conf"), "-h", "ldap://"+s.plain+" ldaps://"+s.secure)
	var out bytes.Buffer
	s.cmd.Stdout, s.cmd.Stderr = &out, &out
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start slapd: %v", err)
	}
	ended := make(chan error, 1)
	s.ended = ended
	cmd := s.cmd
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(s.stop)
	eventually(t, "slapd listens", func() bool {
		conn, err := net.Dial("tcp", s.secure)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
}

// stop ends the server; it may be called again.
func (s *slapd) stop() {
	_ = s.cmd.Process.Kill()
	err := <-s.ended
	s.ended <- err
}

// add puts an entry into the running server.
func (s *slapd) add(t *testing.T, ldif string) {
	t.Helper()
	s.run(t, ldif, "ldapadd", "-x", "-H", "ldap://"+s.plain, "-D", readerDN, "-w", readerPassword)
}

func (s *slapd) run(t *testing.T, input, tool string, args ...string) {
	t.Helper()
	cmd := exec.Command(tool, args...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", tool, err, out)
	}
}

func (s *slapd) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *slapd) certificate(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ldap"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	s.write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(cert)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually waits for a condition that something outside brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(15 * time.Second); !ok(); {
		select {
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}
