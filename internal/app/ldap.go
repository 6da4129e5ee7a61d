package app

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"parley/internal/config"
	"parley/internal/frontend/directory"
)

// openLDAP begins to mirror the LDAP server's users; nil when none is configured.
func (s *server) openLDAP() (*directory.LDAP, error) {
	if s.cfg.Directory.Type != "ldap" {
		return nil, nil
	}
	c := s.cfg.Directory.LDAP
	password, err := secret(c.PasswordFile)
	if err != nil {
		return nil, err
	}
	trusted, err := ldapTLS(c)
	if err != nil {
		return nil, err
	}
	mirror, err := directory.NewLDAP(directory.LDAPConfig{
		URLs: strings.Fields(c.URL), StartTLS: c.StartTLS, TLS: trusted, BindDN: c.BindDN, Password: password,
		BaseDN: c.BaseDN, Filter: c.Filter, Address: c.Address, Login: c.Login, Name: c.Name,
		Domains: append([]string(nil), s.cfg.Domains...), Log: s.log.With("comp", "ldap"),
	})
	if err != nil {
		return nil, err
	}
	s.task("LDAP mirror", mirror.Run)
	return mirror, nil
}

func ldapTLS(c config.LDAP) (*tls.Config, error) {
	if c.CA == "" {
		return &tls.Config{MinVersion: tls.VersionTLS12}, nil
	}
	pem, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("read directory.ldap.ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("directory.ldap.ca: %s holds no PEM certificate", c.CA)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, nil
}

// secret reads a file that holds one secret, without the line end that editors leave.
func secret(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	return string(bytes.TrimRight(raw, "\r\n")), nil
}
