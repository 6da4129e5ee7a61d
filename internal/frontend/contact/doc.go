// Package contact keeps users' contact lists and groups, and answers what Lync-dialect clients ask at sign-in: the list
// itself (roaming contacts), settings (provisioning) and searches of the directory. Every change is told to all
// endpoints of the user as a step from one list to the next ([MS-SIP], [MS-SIPRE]).
package contact

import (
	"context"
	"log/slog"
	"time"

	"parley/internal/stack/notifier"
	"parley/internal/stack/transport"
	"parley/internal/state"
	"parley/internal/wire/msrtc"
)

// Request is a request of an endpoint, with what sign-in knows of its sender.
type Request = notifier.Request

// Lists keeps contact lists, shared by all nodes: a durable bucket of package state by user.
type Lists interface {
	Get(user string) (List, uint64, bool)
	Edit(ctx context.Context, user string, edit func(List) (List, error)) (List, uint64, error)
	Watch(func(state.Change[List])) (stop func())
}

// Directory finds people.
type Directory interface {
	// Search returns who matches all terms, at most limit (0 for the directory's own), and whether there are more.
	Search(terms []msrtc.Term, limit int) (found []msrtc.Person, more bool)
}

// Provisioning is what clients are told at sign-in. Empty fields are left out.
type Provisioning struct {
	Encryption      string // of calls: SupportEncryption, RequireEncryption or DoNotSupportEncryption
	RelayURI        string // whom to ask for media relay credentials (MRAS)
	FocusFactoryURI string // whom to ask for conferences
	TestCallURI     string // who answers test calls
	PortRange       *PortRange
}

// PortRange bounds the local ports of clients' media.
type PortRange struct{ Min, Max int }

// Config is what a Service is made from. Network, Lists, Directory and Contact are required.
type Config struct {
	Network   notifier.Network
	Lists     Lists
	Directory Directory
	// Contact gives the URI at which this server takes requests within a dialog with who is at the other end of flow.
	Contact      func(user string, flow transport.Flow) string
	Provisioning func() Provisioning // read at each sign-in
	Host         string              // our name, for diagnostics

	MaxContacts int           // of one user, default 1,000
	MaxGroups   int           // of one user, default 64
	MaxExpires  time.Duration // of subscriptions, default 8 h
	Log         *slog.Logger  // nil: nothing is logged
}
