package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"parley/internal/config"
	"parley/internal/event"
	"parley/internal/frontend/auth"
	"parley/internal/frontend/directory"
	"parley/internal/frontend/discovery"
	"parley/internal/stack/kerberos"
	"parley/internal/stack/transport"
	"parley/internal/state"
	"parley/internal/wire/sip"
)

// identity is who may sign in and how: the directory, and an authenticator that a reload replaces.
type identity struct {
	host      string // our name
	log       *slog.Logger
	bus       *event.Bus
	directory *directory.Directory
	local     *directory.Local
	current   atomic.Pointer[auth.Authenticator]
}

func (s *server) openIdentity(ctx context.Context) error {
	local, err := openLocal(ctx, s.store, s.cfg)
	if err != nil {
		return err
	}
	mirror, err := s.openLDAP()
	if err != nil {
		return err
	}
	s.identity = &identity{host: s.cfg.Name, log: s.log, bus: &s.bus, local: local, directory: directory.New(local, mirror, s.cfg.Domains)}
	s.reloads = append(s.reloads, func(c *config.Config) {
		if err := s.identity.configure(c); err != nil {
			s.log.Error("sign-in stays as it was", "comp", "app", "err", err)
		}
	})
	return s.identity.configure(s.cfg)
}

// openLocal opens the users of the data folder.
func openLocal(ctx context.Context, store *state.Store, c *config.Config) (*directory.Local, error) {
	users, err := state.OpenBucket[directory.User](ctx, store, "users", state.BucketOptions{})
	if err != nil {
		return nil, err
	}
	secrets, err := state.OpenBucket[directory.Secret](ctx, store, "secrets", state.BucketOptions{})
	if err != nil {
		return nil, err
	}
	file := keyFile(c)
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		if err := directory.CreateKeyFile(file); err != nil {
			return nil, err
		}
	}
	key, err := directory.LoadKeyFile(file)
	if err != nil {
		return nil, err
	}
	return directory.OpenLocal(users, secrets, key, keep(c))
}

func keyFile(c *config.Config) string {
	if c.Store.KeyFile != "" {
		return c.Store.KeyFile
	}
	return filepath.Join(c.Store.Path, "secret.key")
}

// keep says what is stored of a new password: what the enabled schemes need. Digest hashes are kept in any case, since the
// portal checks passwords against them.
func keep(c *config.Config) directory.Keep {
	return directory.Keep{SHA256: true, MD5: slices.Contains(c.Auth.Schemes, "digest"), NTHash: slices.Contains(c.Auth.Schemes, "ntlm"), Realm: realm(c)}
}

func realm(c *config.Config) string {
	if c.Auth.Realm != "" {
		return c.Auth.Realm
	}
	return c.Domains[0]
}

// configure makes the authenticator of a configuration and puts it in place.
func (i *identity) configure(c *config.Config) error {
	ac := auth.Config{
		Host: c.Name, Domains: c.Domains, Realm: realm(c), Principal: c.Auth.Principal, Realms: c.Auth.Realms, NetBIOS: c.Auth.WindowsDomains, Accounts: accounts{i.directory}, Events: i.bus,
		Lockout: auth.Lockout{Failures: c.Auth.LockoutFailures, First: c.Auth.LockoutTime},
		Log:     i.log.With("comp", "auth"),
	}
	for _, scheme := range c.Auth.Schemes {
		switch scheme {
		case "digest":
			ac.Schemes |= auth.DigestSHA256 | auth.DigestMD5
		case "ntlm":
			ac.Schemes |= auth.NTLM
		case "kerberos":
			ac.Schemes |= auth.Kerberos
		}
	}
	for _, name := range c.Auth.InsecureTransports {
		proto, ok := transport.ParseProto(name)
		if !ok {
			return fmt.Errorf("auth.insecure-transports: unknown transport %q", name)
		}
		ac.InsecureTransports = append(ac.InsecureTransports, proto)
	}
	if ac.Schemes&auth.Kerberos != 0 {
		acceptor, err := kerberos.New(kerberos.Config{Keytab: c.Auth.Keytab, Service: service(c), Log: i.log.With("comp", "kerberos")})
		if err != nil {
			return err
		}
		ac.Kerberos = acceptor
	}
	made, err := auth.New(ac)
	if err != nil {
		return err
	}
	if old := i.current.Load(); old != nil {
		made.Inherit(old)
		i.local.Keep(keep(c))
	}
	i.current.Store(made)
	return nil
}

// service is the first part of the principal that clients ask tickets for.
func service(c *config.Config) string {
	name, _, _ := strings.Cut(c.Auth.Principal, "/")
	return cmp.Or(name, "sip")
}

// exists says whether an account is known and may be called.
func (i *identity) exists(account string) bool {
	_, ok := i.directory.Resolve(account)
	return ok || !i.directory.Ready()
}

// Register, Challenge and their like make identity a frontend.Authenticator.

func (i *identity) Register(f transport.Flow, m *sip.Message) (string, *sip.Message) {
	out := i.current.Load().Register(f, m)
	if u, ok := i.directory.Lookup(out.User); ok && out.User != "" {
		if moved := discovery.Elsewhere(u.Home, i.host, m); moved != nil {
			return "", moved
		}
	}
	return out.User, out.Reply
}

func (i *identity) Challenge(f transport.Flow, m *sip.Message) (string, *sip.Message) {
	out := i.current.Load().Challenge(f, m)
	return out.User, out.Reply
}

func (i *identity) Signed(f transport.Flow) bool { return i.current.Load().Signed(f) }

func (i *identity) Verify(f transport.Flow, m *sip.Message) (string, error) {
	return i.current.Load().Verify(f, m)
}

func (i *identity) Refuse(f transport.Flow, m *sip.Message, err error) *sip.Message {
	return i.current.Load().Refuse(f, m, err)
}

func (i *identity) Sign(f transport.Flow, m *sip.Message) error { return i.current.Load().Sign(f, m) }

// accounts is the directory as the authenticator asks it.
type accounts struct{ *directory.Directory }

func (a accounts) Credentials(aor string) (auth.Credentials, bool) {
	c, ok := a.Directory.Credentials(aor)
	return auth.Credentials(c), ok
}
