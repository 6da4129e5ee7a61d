// Package portal serves the deployment's web page and the HTTP API behind it: the quality of calls, who is signed in, and
// the health of the node. It holds sessions and decides who may ask what; the answers come from the services that are
// given to New.
package portal

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"parley/internal/event"
	"parley/internal/portal/api"
)

// Path is where the page lives, as in the product that administrators know.
const Path = "/CQD/"

const apiBase = "/api/v1"

// Deps is what the portal asks for its answers. All are needed but Record and Log.
type Deps struct {
	Passwords   PasswordChecker
	Accounts    Accounts
	Quality     Quality
	Queries     Queries
	Samples     Samples
	Reports     Reports
	Permissions Permissions
	Record      CallRecord
	People      People
	Health      Health
	Bus         *event.Bus
	Log         *slog.Logger
}

// Config sets the portal's limits. The zero value means the defaults.
type Config struct {
	// Version of the server, shown to signed-in users.
	Version string
	// IdleTime ends a session that was not used for so long; 1 hour by default.
	IdleTime time.Duration
	// SessionTime ends every session so long after sign-in; 12 hours by default.
	SessionTime time.Duration
	// ChangeDelay gathers changes for so long before the pages are told; 1 second by default.
	ChangeDelay time.Duration
}

func (c Config) withDefaults() Config {
	if c.IdleTime <= 0 {
		c.IdleTime = time.Hour
	}
	if c.SessionTime <= 0 {
		c.SessionTime = 12 * time.Hour
	}
	if c.ChangeDelay <= 0 {
		c.ChangeDelay = time.Second
	}
	return c
}

// Portal answers the requests for the page and the API.
type Portal struct {
	deps     Deps
	config   Config
	sessions *sessionStore
	throttle *throttle
	checks   chan struct{}
	changes  *changes
	page     *page
	log      *slog.Logger
}

// New makes a portal. Run has to run while it serves.
func New(deps Deps, config Config) (*Portal, error) {
	if deps.Passwords == nil || deps.Accounts == nil || deps.Quality == nil || deps.Queries == nil || deps.Samples == nil || deps.Reports == nil || deps.Permissions == nil || deps.People == nil || deps.Health == nil || deps.Bus == nil {
		return nil, errors.New("portal: a dependency is missing")
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	page, err := loadPage()
	if err != nil {
		return nil, err
	}
	config = config.withDefaults()
	return &Portal{
		deps:     deps,
		config:   config,
		sessions: newSessionStore(config.IdleTime, config.SessionTime),
		throttle: newThrottle(),
		checks:   make(chan struct{}, maxPasswordChecks),
		changes:  newChanges(config.ChangeDelay),
		page:     page,
		log:      deps.Log,
	}, nil
}

// Run tells open pages what changed, until ctx ends; then it ends their event streams.
func (p *Portal) Run(ctx context.Context) error {
	sub := p.deps.Bus.Subscribe("portal", 1024,
		event.KindRegistered, event.KindUnregistered, event.KindPresenceChanged,
		event.KindCallStarted, event.KindCallAnswered, event.KindCallEnded, event.KindStreamMeasured)
	defer p.changes.close()
	sub.Run(ctx, func(r event.Record) {
		switch r.Event.Kind() {
		case event.KindRegistered, event.KindUnregistered, event.KindPresenceChanged:
			p.changes.publish(api.TopicPeople)
		default:
			p.changes.publish(api.TopicCalls)
		}
	})
	return nil
}

// Changed tells open pages that the data of a topic is new, for changes that no event announces.
func (p *Portal) Changed(topic api.ChangeTopic) { p.changes.publish(topic) }

// Register adds the page and the API to mux.
func (p *Portal) Register(mux *http.ServeMux) {
	inner := http.NewServeMux()
	api.Routes(inner, apiBase, p, p.guard, func(w http.ResponseWriter, _ *http.Request, err error) {
		writeProblem(w, api.Problem{Status: http.StatusBadRequest, Title: "Bad request", Detail: err.Error()})
	})
	inner.HandleFunc(apiBase+"/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, api.Problem{Status: http.StatusNotFound, Title: "Not found", Detail: "The API has no " + r.Method + " " + r.URL.Path + "."})
	})
	guarded := secureHeaders(http.NewCrossOriginProtection().Handler(inner))
	mux.Handle(apiBase+"/", guarded)
	mux.Handle(cqdBase+"/", underCQD(guarded))

	mux.Handle("GET "+Path, secureHeaders(p.page))
	toPage := secureHeaders(http.RedirectHandler(Path, http.StatusPermanentRedirect))
	mux.Handle("GET /CQD", toPage)
	mux.Handle("GET /cqd", toPage)
	mux.Handle("GET /cqd/", toPage)
	mux.Handle("GET /{$}", secureHeaders(http.RedirectHandler(Path, http.StatusFound)))
}
