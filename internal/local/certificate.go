package local

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Lifetimes of the authority, which a user installs by hand, and of the server's certificate.
const (
	authorityDays = 3650
	serverDays    = 90
)

// renewDays is what a certificate must be valid for to be used again.
const renewDays = 30

// issueCertificate makes the authority when there is none, and a certificate of it for every name and address of this machine unless there is
// one that still fits: clients whose user accepted a certificate ask again about another.
func (s *Setup) issueCertificate() error {
	authority, signer, err := s.authority()
	if err != nil {
		return err
	}
	template := certificate("sip."+Domain, serverDays)
	template.DNSNames = []string{Domain, "sip." + Domain, "localhost"}
	if host, err := os.Hostname(); err == nil {
		template.DNSNames = append(template.DNSNames, host)
	}
	template.IPAddresses = addresses()
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	if s.fits(template, authority) {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, &key.PublicKey, signer)
	if err != nil {
		return fmt.Errorf("issue certificate: %w", err)
	}
	return s.writePair("certificate.pem", "key.pem", der, key)
}

// fits says whether the folder's certificate is the authority's, has all names of template, and lasts.
func (s *Setup) fits(template, authority *x509.Certificate) bool {
	pair, err := tls.LoadX509KeyPair(filepath.Join(s.Dir, "certificate.pem"), filepath.Join(s.Dir, "key.pem"))
	if err != nil || pair.Leaf.CheckSignatureFrom(authority) != nil || time.Until(pair.Leaf.NotAfter) < renewDays*24*time.Hour {
		return false
	}
	names := template.DNSNames
	for _, ip := range template.IPAddresses {
		names = append(names, ip.String())
	}
	for _, name := range names {
		if pair.Leaf.VerifyHostname(name) != nil {
			return false
		}
	}
	return true
}

// authority reads the certificate authority of the folder or makes it.
func (s *Setup) authority() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	cert, key, err := s.readAuthority()
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return cert, key, err
	}
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, err
	}
	template := certificate("Parley local authority", authorityDays)
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, fmt.Errorf("make certificate authority: %w", err)
	}
	if err := s.writePair("ca.pem", "ca-key.pem", der, key); err != nil {
		return nil, nil, err
	}
	cert, err = x509.ParseCertificate(der)
	return cert, key, err
}

func (s *Setup) readAuthority() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	certDER, err := readPEM(s.CA)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := readPEM(filepath.Join(s.Dir, "ca-key.pem"))
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(certDER)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate authority: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(keyDER)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate authority: %w", err)
	}
	signer, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, nil, errors.New("read certificate authority: ca-key.pem holds another kind of key")
	}
	return cert, signer, nil
}

func certificate(name string, days int) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte(rand.Text()[:16])),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(0, 0, days),
	}
}

// addresses are the machine's own.
func addresses() []net.IP {
	out := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	list, err := net.InterfaceAddrs()
	if err != nil {
		return out // a certificate for loopback is better than none
	}
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			out = append(out, n.IP)
		}
	}
	return out
}

func readPEM(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s has no PEM block", file)
	}
	return block.Bytes, nil
}

func (s *Setup) writePair(certName, keyName string, certDER []byte, key *ecdsa.PrivateKey) error {
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.Dir, keyName), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Dir, certName), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certDER}), 0o644)
}
