package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync/atomic"

	"parley/internal/config"
)

// certificates holds the server's certificate, which a reload may replace while connections use it.
type certificates struct {
	current atomic.Pointer[tls.Certificate]
}

func (c *certificates) load(t config.TLS) error {
	pair, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
	if err != nil {
		return fmt.Errorf("load certificate: %w", err)
	}
	c.current.Store(&pair)
	return nil
}

// config is for a listener; each handshake takes the present certificate.
func (c *certificates) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if pair := c.current.Load(); pair != nil {
				return pair, nil
			}
			return nil, errors.New("no certificate is configured")
		},
	}
}

func (s *server) openCertificate(context.Context) error {
	if s.cfg.TLS.Certificate == "" {
		return nil // the configuration has no listener that needs one
	}
	s.reloads = append(s.reloads, func(c *config.Config) {
		if err := s.certs.load(c.TLS); err != nil {
			s.log.Error("the old certificate stays", "comp", "app", "err", err)
		}
	})
	return s.certs.load(s.cfg.TLS)
}
