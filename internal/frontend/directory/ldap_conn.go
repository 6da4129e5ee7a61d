package directory

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/go-ldap/ldap/v3"
)

// ldapConn is a connection whose requests end when its context does.
type ldapConn struct {
	*ldap.Conn
	release func() bool
}

func (c *ldapConn) close() {
	c.release()
	_ = c.Conn.Close()
}

// connect opens an encrypted connection to the first server that answers. It is not bound yet.
func (l *LDAP) connect(ctx context.Context) (*ldapConn, error) {
	var failed error
	for _, server := range l.cfg.URLs {
		conn, err := l.dial(ctx, server)
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, fmt.Errorf("connect to %s: %w", server, err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failed
}

func (l *LDAP) dial(ctx context.Context, server string) (*ldapConn, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	config := l.tlsConfig(u.Hostname())
	raw, err := dialServer(ctx, u, config)
	if err != nil {
		return nil, err
	}
	conn := &ldapConn{Conn: ldap.NewConn(raw, u.Scheme == "ldaps")}
	conn.Start()
	conn.SetTimeout(ldapTimeout)
	conn.release = context.AfterFunc(ctx, func() { _ = conn.Conn.Close() })
	if l.cfg.StartTLS && u.Scheme == "ldap" {
		if err := conn.StartTLS(config); err != nil {
			conn.close()
			return nil, fmt.Errorf("start tls: %w", err)
		}
	}
	return conn, nil
}

func dialServer(ctx context.Context, u *url.URL, config *tls.Config) (net.Conn, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"ldap": ldap.DefaultLdapPort, "ldaps": ldap.DefaultLdapsPort}[u.Scheme]
	}
	dialer := &net.Dialer{Timeout: ldapTimeout}
	address := net.JoinHostPort(u.Hostname(), port)
	if u.Scheme == "ldaps" {
		return (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, "tcp", address)
	}
	return dialer.DialContext(ctx, "tcp", address)
}

func (l *LDAP) tlsConfig(host string) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if l.cfg.TLS != nil {
		config = l.cfg.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	return config
}

// bind signs the server's own account in.
func (l *LDAP) bind(conn *ldapConn) error {
	if l.cfg.BindDN == "" {
		return nil
	}
	if err := conn.Bind(l.cfg.BindDN, l.cfg.Password); err != nil {
		return fmt.Errorf("bind as %s: %w", l.cfg.BindDN, err)
	}
	return nil
}

// bindAs checks a user's password.
func (c *ldapConn) bindAs(dn, password string) error {
	err := c.Bind(dn, password)
	switch {
	case err == nil:
		return nil
	case ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInsufficientAccessRights,
		ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultConstraintViolation, ldap.ErrorEmptyPassword):
		return ErrWrongPassword
	}
	return fmt.Errorf("bind as a user: %w", err)
}
