package event

import (
	"net/netip"
	"time"
)

// Device says which endpoint of a user an event is about.
type Device struct {
	AOR       string // user@domain, lower case, no scheme
	Instance  string // +sip.instance, without its brackets, or empty
	Epid      string // Lync endpoint id, or empty
	UserAgent string
	Dialect   string // "lync" or "standard"
}

// Registered is published for a new or refreshed registration.
type Registered struct {
	Device
	Contact string
	Proto   string // UDP, TCP, TLS, WS or WSS
	Remote  netip.AddrPort
	Expires time.Duration // granted lifetime
	Refresh bool          // the binding was there already
}

// Unregistered is published when a binding goes.
type Unregistered struct {
	Device
	Contact string
	Reason  string // "client", "expired", "connection lost", "administrator" or "replaced"
}

// AuthFailed is published for a refused sign-in attempt.
type AuthFailed struct {
	User   string // as claimed: not a proof that it exists
	Scheme string // "Digest", "NTLM" or "Kerberos"
	Remote netip.AddrPort
	Reason string        // for an administrator, without secrets
	Locked time.Duration // the lock-out that this attempt started; 0 for none
}

// PresenceChanged is published when the aggregated presence of a user changes.
type PresenceChanged struct {
	AOR          string
	Availability int    // Microsoft's scale, 0 to 18500
	Activity     string // activity token, such as "on-the-phone", or empty
	Note         string
}

// Kind implements Event.
func (Registered) Kind() Kind { return KindRegistered }

// Kind implements Event.
func (Unregistered) Kind() Kind { return KindUnregistered }

// Kind implements Event.
func (AuthFailed) Kind() Kind { return KindAuthFailed }

// Kind implements Event.
func (PresenceChanged) Kind() Kind { return KindPresenceChanged }
