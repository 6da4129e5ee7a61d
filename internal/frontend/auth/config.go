package auth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"parley/internal/event"
	"parley/internal/stack/kerberos"
	"parley/internal/stack/transport"
)

// Scheme is a way to sign in; several make a set.
type Scheme uint8

// The schemes. TLS-DSK is missing on purpose: a client that is offered it takes nothing else.
const (
	DigestSHA256 Scheme = 1 << iota
	DigestMD5
	NTLM
	Kerberos
)

// String is the scheme's name in a header field.
func (s Scheme) String() string {
	switch s {
	case DigestSHA256, DigestMD5, DigestSHA256 | DigestMD5:
		return "Digest"
	case NTLM:
		return "NTLM"
	case Kerberos:
		return "Kerberos"
	}
	return "none"
}

// Accounts is what the directory answers from memory.
type Accounts interface {
	// Ready says whether the directory was read at least once, so that an unknown name is unknown for good.
	Ready() bool
	// Resolve returns the AOR of a sign-in name "user@domain", which may be an AOR itself, another name of the user, or
	// a Windows or Kerberos account name at the SIP domain. ok is false when no enabled user has it.
	Resolve(login string) (aor string, ok bool)
	// Credentials returns what is stored of a user's password; ok is false when there is none.
	Credentials(aor string) (c Credentials, ok bool)
}

// Credentials are what the schemes need of a password.
type Credentials struct {
	// SHA256 and MD5 are the Digest hashes H(name ":" realm ":" password) for the two names that clients use: the user
	// part alone, and the whole address.
	SHA256    [2][32]byte
	MD5       [2][16]byte
	NTHash    [16]byte
	HasSHA256 bool
	HasMD5    bool
	HasNTHash bool
}

// Acceptor accepts Kerberos tokens; *kerberos.Acceptor is one.
type Acceptor interface {
	Accept(token []byte, from netip.Addr) (*kerberos.Context, error)
}

// Events is where refused sign-ins are told; *event.Bus is one.
type Events interface{ Publish(event.Event) }

// Config says who may sign in how.
type Config struct {
	Host      string            // FQDN that clients know the server by; it names the server in signatures
	Domains   []string          // SIP domains served
	Realm     string            // of Digest; "" for the first domain
	Schemes   Scheme            // set of enabled schemes
	NetBIOS   map[string]string // Windows domain, any case -> SIP domain; the first label of each SIP domain is known without
	Realms    map[string]string // Kerberos realm -> SIP domain
	Kerberos  Acceptor          // needed when Kerberos is enabled
	Principal string            // service principal that clients ask tickets for; "" for sip/Host
	Accounts  Accounts
	Events    Events // may be nil

	// Version is the [MS-SIPAE] version to offer, 4 unless a peer needs less: 3 leaves the sign-in itself unsigned, 2 also
	// leaves To and asserted identities out of signatures.
	Version int
	// InsecureTransports allows sign-in over these of UDP, TCP and WS, where anybody on the way can take it over.
	InsecureTransports []transport.Proto
	Lifetime           time.Duration // of a sign-in, after which the client must repeat it; 0 for 8 hours
	NonceKey           []byte        // secret of Digest nonces, the same on all nodes of a pool; nil for a random one
	Lockout            Lockout
	Log                *slog.Logger // nil for slog.Default
}

func (c *Config) check() error {
	switch {
	case c.Host == "":
		return errors.New("the server's host name is not set")
	case len(c.Domains) == 0:
		return errors.New("no SIP domain is set")
	case c.Schemes == 0:
		return errors.New("no sign-in scheme is enabled: enable at least one of digest, ntlm and kerberos")
	case c.Schemes&Kerberos != 0 && c.Kerberos == nil:
		return errors.New("kerberos is enabled without a keytab")
	case c.Accounts == nil:
		return errors.New("no directory of accounts")
	case strings.ContainsAny(c.Principal, "\"\\\r\n"):
		return fmt.Errorf("kerberos principal %q: must not have quotes, backslashes or line ends", c.Principal)
	case strings.ContainsAny(c.Realm, "\"\\\r\n"):
		return fmt.Errorf("digest realm %q: must not have quotes, backslashes or line ends", c.Realm)
	case c.Version != 0 && (c.Version < 2 || c.Version > 4):
		return fmt.Errorf("sign-in version %d: must be 2, 3 or 4", c.Version)
	}
	return nil
}

// complete fills in the defaults and puts names into the case they are looked up in.
func (c *Config) complete() {
	if c.Version == 0 {
		c.Version = 4
	}
	if c.Lifetime == 0 {
		c.Lifetime = 8 * time.Hour
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	c.Lockout.complete()
	c.Host = strings.ToLower(c.Host)
	c.Principal, _, _ = strings.Cut(c.Principal, "@")
	if c.Principal == "" {
		c.Principal = "sip/" + c.Host
	}
	short := map[string]string{}
	domains := make([]string, len(c.Domains))
	for i, d := range c.Domains {
		domains[i] = strings.ToLower(d)
		label, _, _ := strings.Cut(domains[i], ".")
		if _, taken := short[label]; !taken {
			short[label] = domains[i]
		}
	}
	c.Domains = domains
	if c.Realm == "" {
		c.Realm = domains[0]
	}
	for name, domain := range c.NetBIOS {
		short[strings.ToLower(name)] = strings.ToLower(domain)
	}
	c.NetBIOS = short
	realms := map[string]string{}
	for name, domain := range c.Realms {
		realms[name] = strings.ToLower(domain)
	}
	c.Realms = realms
}
