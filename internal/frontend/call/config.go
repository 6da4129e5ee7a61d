package call

import (
	"errors"
	"log/slog"
	"time"

	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Network sends requests; the transaction layer is one.
type Network interface {
	Request(req *sip.Message, dst transaction.Target, on func(res *sip.Message, err error)) (*transaction.ClientTx, error)
	// Send sends an ACK, which has no transaction.
	Send(req *sip.Message, dst transaction.Target) error
	// Reach gives a target with its flow open, now or, when a name has to be looked up first, later.
	Reach(dst transaction.Target, later func(transaction.Target, error)) (found transaction.Target, now bool, err error)
	// Self is a URI that reaches this server by the listener that a flow belongs to.
	Self(flow transport.Flow) sip.URI
}

// Location finds the devices of users; the registrar is one.
type Location interface {
	// Lookup lists the devices of an account.
	Lookup(account string) []frontend.Binding
	// Device finds the one device that a GRUU names.
	Device(u sip.URI) (frontend.Binding, bool)
}

// Sink receives the record of each call once it is over.
type Sink interface {
	CallEnded(Record)
}

// Publisher takes events; the event bus is one.
type Publisher interface {
	Publish(event.Event)
}

// Encryption is the server's wish for media.
type Encryption uint8

// The wishes. With EncryptionOptional each leg is encrypted when its endpoint can.
const (
	EncryptionOptional Encryption = iota
	EncryptionRequired
	EncryptionOff
)

// Errors of a stream whose encryption is not what the server wants.
var (
	errPlain     = errors.New("media must be encrypted on this server")
	errEncrypted = errors.New("media must not be encrypted on this server")
)

// Config is what a Service is made from. Network, Media and Location are required.
type Config struct {
	Network  Network
	Media    Media
	Location Location
	// Exists says whether an account is known, so that callers of nobody hear 404 and of somebody absent 480; nil: all are.
	Exists func(account string) bool
	// Host is the server's own name, for diagnostics.
	Host string

	Sink       Sink                            // nil: records are dropped
	Events     Publisher                       // nil: no events
	InCall     func(user string, talking bool) // told when a user's first call is answered and their last ends; may be nil
	Log        *slog.Logger                    // nil: nothing is logged
	Now        func() time.Time                // nil: time.Now
	Encryption Encryption
	Limits     Limits // zero fields get their defaults
}

// Limits are the times and numbers that bound calls.
type Limits struct {
	NoAnswer  time.Duration // from the invitation to giving up, default 60 s (a Lync client answers after 10 s at the earliest)
	Refresh   time.Duration // session interval that is asked of standard endpoints, default 30 min (RFC 4028 section 4)
	Reconnect time.Duration // how long a lost connection may take to come back before the call ends, default 10 s
	MaxCalls  int           // default 10000; above it new calls get 503
	MaxForks  int           // devices that ring at once, default 16
}

func (l Limits) withDefaults() Limits {
	if l.NoAnswer == 0 {
		l.NoAnswer = 60 * time.Second
	}
	if l.Refresh == 0 {
		l.Refresh = 30 * time.Minute
	}
	if l.Reconnect == 0 {
		l.Reconnect = 10 * time.Second
	}
	if l.MaxCalls == 0 {
		l.MaxCalls = 10_000
	}
	if l.MaxForks == 0 {
		l.MaxForks = 16
	}
	return l
}
