// Package slapdtest runs OpenLDAP's server with some people in it for the length of a test.
package slapdtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
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

// What the tree looks like to its readers.
const (
	BaseDN         = "dc=parley,dc=test"
	ReaderDN       = "cn=reader," + BaseDN // may read everything
	ReaderPassword = "reader-secret"
	UserPassword   = "ldap-secret" // of alice and bob
)

// Server is a running server on loopback.
type Server struct {
	Plain, Secure string // host:port without and with TLS
	CAFile        string // PEM, what clients of Secure trust

	dir   string
	cmd   *exec.Cmd
	ended chan error
}

// Roots is CAFile as Go's TLS takes it.
func (s *Server) Roots(t testing.TB) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}

// Start fills a tree in a temporary folder and serves it until the test ends. It skips the test where Debian's slapd is not
// installed.
func Start(t testing.TB) *Server {
	t.Helper()
	for _, tool := range []string{"slapd", "slapadd"} {
		if _, err := exec.LookPath("/usr/sbin/" + tool); err != nil {
			t.Skipf("needs Debian's slapd: %v", err)
		}
	}
	s := &Server{dir: t.TempDir(), Plain: freePort(t), Secure: freePort(t)}
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
`, s.dir, ReaderDN, ReaderPassword))
	s.run(t, people(), "/usr/sbin/slapadd", "-f", filepath.Join(s.dir, "slapd.conf"))
	s.Serve(t)
	return s
}

// people are alice, the blocked bob, an unusable printer, and 600 others to fill more than a page.
func people() string {
	var b strings.Builder
	fmt.Fprintf(&b, `dn: dc=parley,dc=test
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
userPassword: %s

dn: uid=bob,dc=parley,dc=test
objectClass: inetOrgPerson
objectClass: sipUser
cn: Bob
sn: Jones
userAccountControl: 514
msRTCSIP-PrimaryUserAddress: sip:bob@parley.test
userPassword: %s

dn: cn=Printer,dc=parley,dc=test
objectClass: inetOrgPerson
cn: Printer
sn: Printer

`, UserPassword, UserPassword)
	for i := range 600 {
		fmt.Fprintf(&b, "dn: uid=u%[1]d,dc=parley,dc=test\nobjectClass: inetOrgPerson\nobjectClass: sipUser\ncn: User %[1]d\nsn: Many\nmsRTCSIP-PrimaryUserAddress: u%[1]d@parley.test\n\n", i)
	}
	return b.String()
}

// Serve starts the server again after Stop.
func (s *Server) Serve(t testing.TB) {
	t.Helper()
	s.cmd = exec.Command("/usr/sbin/slapd", "-d", "0", "-f", filepath.Join(s.dir, "slapd.conf"), "-h", "ldap://"+s.Plain+" ldaps://"+s.Secure)
	var out bytes.Buffer
	s.cmd.Stdout, s.cmd.Stderr = &out, &out
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start slapd: %v", err)
	}
	ended := make(chan error, 1)
	s.ended = ended
	cmd := s.cmd
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(s.Stop)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(60 * time.Second); ; {
		if conn, err := net.Dial("tcp", s.Secure); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("slapd ended: %v: %s", err, out.String())
		case <-deadline:
			t.Fatalf("slapd does not listen on %s", s.Secure)
		case <-tick.C:
		}
	}
}

// Stop ends the server; it may be called again.
func (s *Server) Stop() {
	_ = s.cmd.Process.Kill()
	err := <-s.ended
	s.ended <- err
}

// Add puts entries, written as LDIF, into the running server.
func (s *Server) Add(t testing.TB, ldif string) {
	t.Helper()
	s.run(t, ldif, "ldapadd", "-x", "-H", "ldap://"+s.Plain, "-D", ReaderDN, "-w", ReaderPassword)
}

func (s *Server) run(t testing.TB, input, tool string, args ...string) {
	t.Helper()
	cmd := exec.Command(tool, args...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", tool, err, out)
	}
}

func (s *Server) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) certificate(t testing.TB) {
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
	s.CAFile = filepath.Join(s.dir, "cert.pem")
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
