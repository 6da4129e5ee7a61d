package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"
)

// CheckFiles opens the files that the configuration names and reports each that is missing, unreadable or unusable.
func (c *Config) CheckFiles(now time.Time) error {
	var p problems
	if c.TLS.Certificate != "" && c.TLS.Key != "" {
		if err := checkCertificate(c.TLS, now); err != nil {
			p.add("tls", "%w", err)
		}
	}
	for name, path := range map[string]string{
		"auth.kerberos-keytab": c.Auth.Keytab, "store.nats-credentials": c.Store.NATSCredentials,
		"directory.ldap.ca": c.Directory.LDAP.CA, "directory.ldap.password-file": c.Directory.LDAP.PasswordFile,
		"quality.hep-key-file": c.Quality.HEPKeyFile,
	} {
		if path == "" {
			continue
		}
		if f, err := os.Open(path); err != nil {
			p.add(name, "%w", err)
		} else {
			f.Close()
		}
	}
	return errors.Join(p...)
}

func checkCertificate(t TLS, now time.Time) error {
	pair, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
	if err != nil {
		return fmt.Errorf("load certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return fmt.Errorf("read certificate %s: %w", t.Certificate, err)
	}
	if now.After(leaf.NotAfter) {
		return fmt.Errorf("the certificate in %s expired on %s: renew it", t.Certificate, leaf.NotAfter.Format(time.DateOnly))
	}
	if now.Before(leaf.NotBefore) {
		return fmt.Errorf("the certificate in %s is not valid before %s: check the clock", t.Certificate, leaf.NotBefore.Format(time.DateOnly))
	}
	return nil
}
