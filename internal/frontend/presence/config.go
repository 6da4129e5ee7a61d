package presence

import (
	"context"
	"log/slog"
	"time"

	"parley/internal/event"
	"parley/internal/stack/notifier"
	"parley/internal/stack/transport"
	"parley/internal/state"
	"parley/internal/wire/msrtc"
)

// Directory knows the users of this server's domains.
type Directory interface {
	// Card is who a user is; known is false for nobody of ours.
	Card(user string) (card msrtc.ContactCard, known bool)
}

// Contacts knows users' contact lists, for standard clients that watch a list by its name.
type Contacts interface {
	// Watched lists the contacts of user, as user@domain, that are in the named group; "" stands for all.
	Watched(user, group string) []string
}

// Profiles keeps what must survive a restart, and is shared by all nodes: a durable bucket of package state by user.
type Profiles interface {
	Get(user string) (Profile, uint64, bool)
	Edit(ctx context.Context, user string, edit func(Profile) (Profile, error)) (Profile, uint64, error)
	Watch(func(state.Change[Profile])) (stop func())
}

// Request is a request of an endpoint, with what sign-in knows of its sender.
type Request = notifier.Request

// Config is what a Service is made from. Network, Directory, Profiles and Contact are required.
type Config struct {
	Network   notifier.Network
	Directory Directory
	Profiles  Profiles
	Contacts  Contacts // nil: nobody has contacts
	// Contact gives the URI at which this server takes requests within a dialog with who is at the other end of flow.
	Contact func(user string, flow transport.Flow) string
	// Domains are the SIP domains whose users are each other's colleagues.
	Domains []string
	// Host is the server's own name, for diagnostics.
	Host string

	Events Publisher    // told when what others see of a user changes; nil: nobody is
	Log    *slog.Logger // nil: nothing is logged
	Limits Limits
}

// Publisher takes events; the event bus is one.
type Publisher interface{ Publish(event.Event) }

// Limits are the times and numbers that bound presence. Zero fields get the defaults.
type Limits struct {
	MinExpires     time.Duration // of subscriptions and publications; shorter ones get 423. Default 60 s
	MaxExpires     time.Duration // longer wishes are cut to it. Default 2 h
	LyncExpires    time.Duration // of subscriptions in the Lync dialect. Default 8 h
	Coalesce       time.Duration // changes within this after one that was told are told together. Default 2 s
	LossUnknown    time.Duration // from the loss of a connection to "unknown". Default 60 s
	LossOffline    time.Duration // from the loss of a connection to "offline". Default 2 min
	MaxPublished   int           // category instances and documents of one user. Default 500
	MaxWatched     int           // users in one subscription. Default 2,000
	MaxSubscribers int           // subscriptions in all; beyond it new ones get 503. Default 500,000
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&l.MinExpires, time.Minute}, {&l.MaxExpires, 2 * time.Hour}, {&l.LyncExpires, 8 * time.Hour},
		{&l.Coalesce, 2 * time.Second}, {&l.LossUnknown, time.Minute}, {&l.LossOffline, 2 * time.Minute},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	for _, n := range []struct {
		field *int
		value int
	}{{&l.MaxPublished, 500}, {&l.MaxWatched, 2000}, {&l.MaxSubscribers, 500_000}} {
		if *n.field <= 0 {
			*n.field = n.value
		}
	}
	return l
}
