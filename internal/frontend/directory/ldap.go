package directory

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// LDAPConfig says where the users are and how their entries read.
type LDAPConfig struct {
	URLs             []string // ldaps:// or ldap://, tried in turn
	StartTLS         bool     // needed for ldap:// unless the server is on this machine
	TLS              *tls.Config
	BindDN, Password string // account to read with; empty for anonymous
	BaseDN           string
	Filter           string // which entries are users
	Address          string // attribute with the SIP address
	Login            string // attribute with the sign-in name
	Name             string // attribute with the display name
	Domains          []string
	Every            time.Duration // between two readings of everything, 0 for 5 minutes
	Log              *slog.Logger
}

// ldapTimeout bounds each request to the server.
const ldapTimeout = 15 * time.Second

// pageSize is how many entries are asked for at once: Active Directory gives 1000 at most.
const pageSize = 500

// LDAP mirrors the users of an LDAP server. Run keeps the mirror; the other methods read it and never wait for the server.
type LDAP struct {
	cfg    LDAPConfig
	mirror atomic.Pointer[mirror]
	asked  asked
	wanted chan string
}

// mirror is what was last read. It is never changed.
type mirror struct {
	users  map[string]entry  // by AOR
	logins map[string]string // sign-in name @ domain, lower case -> AOR
}

type entry struct {
	User
	dn    string
	login string
}

// NewLDAP checks the configuration. It does not connect: an LDAP server that is down does not keep this one from starting.
func NewLDAP(cfg LDAPConfig) (*LDAP, error) {
	if len(cfg.URLs) == 0 || cfg.BaseDN == "" || cfg.Filter == "" || cfg.Address == "" {
		return nil, errors.New("configure ldap: url, base-dn, filter and address-attribute are needed")
	}
	for _, text := range cfg.URLs {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "ldap" && u.Scheme != "ldaps" {
			return nil, fmt.Errorf("configure ldap: %q is no LDAP address: write it as ldaps://host", text)
		}
		if u.Scheme == "ldap" && !cfg.StartTLS && !onThisMachine(u.Hostname()) {
			return nil, fmt.Errorf("configure ldap: %s would carry passwords in the clear: use ldaps:// or start-tls", text)
		}
	}
	if cfg.Every == 0 {
		cfg.Every = 5 * time.Minute
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	for i, d := range cfg.Domains {
		cfg.Domains[i] = strings.ToLower(d)
	}
	return &LDAP{cfg: cfg, wanted: make(chan string, 64), asked: asked{until: map[string]time.Time{}}}, nil
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Ready says whether the server was read at least once.
func (l *LDAP) Ready() bool { return l.mirror.Load() != nil }

// Lookup finds a user by AOR. A name that is not in the mirror is asked for in the background, so that somebody who was just
// added is found on a second try.
func (l *LDAP) Lookup(aor string) (User, bool) {
	if m := l.mirror.Load(); m != nil {
		if e, ok := m.users[aor]; ok {
			return e.User, true
		}
		l.want(aor)
	}
	return User{}, false
}

// Login finds the AOR for a sign-in name at a domain.
func (l *LDAP) Login(login string) (aor string, ok bool) {
	if m := l.mirror.Load(); m != nil {
		aor, ok = m.logins[login]
	}
	return aor, ok
}

// Each calls yield for every user, in no order, until it returns false.
func (l *LDAP) Each(yield func(User) bool) {
	if m := l.mirror.Load(); m != nil {
		for _, e := range m.users {
			if !yield(e.User) {
				return
			}
		}
	}
}

// want asks the mirror's keeper for a name, unless it was asked for lately or there are too many questions.
func (l *LDAP) want(name string) {
	if !l.servesDomain(name) || !l.asked.first(name, time.Now()) {
		return
	}
	select {
	case l.wanted <- name:
	default:
	}
}

func (l *LDAP) servesDomain(name string) bool {
	for _, d := range l.cfg.Domains {
		if strings.HasSuffix(name, "@"+d) {
			return true
		}
	}
	return false
}

// asked remembers which names the server was asked for, and so which ones it does not know.
type asked struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// notFoundLife is how long a name that the server does not know is not asked for again.
const notFoundLife = time.Minute

// maxAsked bounds the names that are remembered.
const maxAsked = 10000

func (a *asked) first(name string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Before(a.until[name]) {
		return false
	}
	if len(a.until) >= maxAsked {
		for old, until := range a.until {
			if now.After(until) {
				delete(a.until, old)
			}
		}
		if len(a.until) >= maxAsked {
			return false // more names than anybody has: guesses
		}
	}
	a.until[name] = now.Add(notFoundLife)
	return true
}

// checkPassword binds as the user. Its error is ErrWrongPassword, or one that says that the server could not be asked.
func (l *LDAP) checkPassword(ctx context.Context, aor, password string) error {
	m := l.mirror.Load()
	if m == nil {
		return fmt.Errorf("check password: %w", ErrNotReady)
	}
	e, ok := m.users[aor]
	if !ok || password == "" {
		return ErrWrongPassword
	}
	conn, err := l.connect(ctx)
	if err != nil {
		return fmt.Errorf("check password: %w", err)
	}
	defer conn.close()
	return conn.bindAs(e.dn, password)
}
