package app

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"parley/internal/frontend"
	"parley/internal/frontend/directory"
	"parley/internal/frontend/discovery"
	"parley/internal/portal"
	"parley/internal/portal/api"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
	"parley/internal/quality/report"
)

// openPortal serves the portal and, for clients that look for their server, autodiscovery, on the https listeners.
func (s *server) openPortal(ctx context.Context) error {
	if len(s.cfg.Listen.HTTPS) == 0 {
		return nil
	}
	gate := signInGate{s.identity.directory}
	reports, permissions, err := s.openReports(ctx)
	if err != nil {
		return err
	}
	p, err := portal.New(portal.Deps{
		Passwords: gate, Accounts: gate, Quality: s.reports(), Queries: s.queries(), Samples: s.samples(), Reports: reports, Permissions: permissions, Record: s.ladder, People: people{s}, Health: health{s, s.started},
		Bus: &s.bus, Log: s.log.With("comp", "portal"),
	}, portal.Config{Version: Version()})
	if err != nil {
		return err
	}
	s.task("portal", p.Run)
	find, err := s.autodiscover()
	if err != nil {
		s.log.Info("clients cannot find this server by autodiscovery", "comp", "app", "reason", err)
	}
	mux := http.NewServeMux()
	p.Register(mux)
	mux.Handle("GET /healthz", portal.Ready(func() error { return s.store.Check(context.Background()) }))
	return s.serveHTTP("https", s.cfg.Listen.HTTPS, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if find != nil && find.Wanted(r) {
			find.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}), s.certs.config())
}

// autodiscover answers with the ports that the SIP listeners really have.
func (s *server) autodiscover() (*discovery.Autodiscover, error) {
	port := func(key string) int {
		addr := s.ready.address[key]
		n := 0
		for _, c := range addr[strings.LastIndexByte(addr, ':')+1:] {
			n = n*10 + int(c-'0')
		}
		return n
	}
	return discovery.New(discovery.Config{
		Host: s.cfg.Name, Domains: s.cfg.Domains, TLSPort: port("sip-tls"), TCPPort: port("sip-tcp"), UDPPort: port("sip-udp"),
	})
}

// signInGate lets users into the portal with their own password.
type signInGate struct{ *directory.Directory }

func (g signInGate) CheckPassword(ctx context.Context, name, password string) (portal.Account, error) {
	u, err := g.Directory.CheckPassword(ctx, name, password)
	if errors.Is(err, directory.ErrWrongPassword) {
		return portal.Account{}, portal.ErrWrongPassword
	}
	if err != nil {
		return portal.Account{}, err
	}
	return portalAccount(u), nil
}

func (g signInGate) Account(_ context.Context, user string) (portal.Account, error) {
	u, ok := g.Lookup(user)
	if !ok || !u.Enabled {
		return portal.Account{}, portal.ErrNoAccount
	}
	return portalAccount(u), nil
}

func portalAccount(u directory.User) portal.Account {
	return portal.Account{User: u.AOR, DisplayName: u.Name(), Administrator: u.Administrator}
}

// people lists who is signed in.
type people struct{ *server }

func (p people) People(context.Context) ([]api.Person, error) {
	byUser := map[string]*api.Person{}
	var order []string
	p.registrar.Each(func(b *frontend.Binding) bool {
		person := byUser[b.Account]
		if person == nil {
			person = &api.Person{User: b.Account}
			byUser[b.Account] = person
			order = append(order, b.Account)
		}
		address := b.Remote.String()
		person.Endpoints = append(person.Endpoints, api.Endpoint{
			Client: b.UserAgent, Dialect: api.Dialect(b.Dialect.String()), Transport: b.Proto.String(), Expires: b.Expires, Address: &address,
		})
		return true
	})
	all := make([]api.Person, 0, len(order))
	for _, user := range order {
		person := byUser[user]
		if u, ok := p.identity.directory.Lookup(user); ok {
			person.DisplayName = u.Name()
		}
		person.Presence.Availability, person.Presence.Activity = p.presence.State(user)
		all = append(all, *person)
	}
	return all, nil
}

// errNoArchive answers for a server that keeps no archive.
var errNoArchive = errors.New(`this server keeps no archive of call quality: set archive in the [quality] section of its configuration`)

// noArchive is the archive of a server without one.
type noArchive struct{}

func (noArchive) Run(context.Context, query.Access, *query.Query, query.Sink) error {
	return errNoArchive
}
func (noArchive) Drill(context.Context, query.Access, *query.Query, query.Sink) error {
	return errNoArchive
}
func (noArchive) Explain(context.Context, query.Access, *query.Query) (*query.Explanation, error) {
	return nil, errNoArchive
}
func (noArchive) Schema(query.Access) *query.Schema { return &query.Schema{} }
func (noArchive) Model() *model.Catalogue           { return model.New() }
func (noArchive) Members(context.Context, query.Access, string, string, query.Span, int) (*query.Members, error) {
	return nil, errNoArchive
}

func (noArchive) Overview(context.Context, report.Range) (report.Overview, error) {
	return report.Overview{}, errNoArchive
}
func (noArchive) Calls(context.Context, report.CallFilter) (report.CallPage, error) {
	return report.CallPage{}, errNoArchive
}
func (noArchive) Call(context.Context, string) (report.Call, error) {
	return report.Call{}, errNoArchive
}
