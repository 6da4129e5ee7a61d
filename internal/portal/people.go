package portal

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"parley/internal/portal/api"
)

// ListPeople implements api.Server.
func (p *Portal) ListPeople(w http.ResponseWriter, r *http.Request, params api.ListPeopleParams) {
	people, err := p.deps.People.People(r.Context())
	if err != nil {
		p.fail(w, r, "who is signed in", err)
		return
	}
	text := ""
	if params.Q != nil {
		text = strings.ToLower(strings.TrimSpace(*params.Q))
	}
	administrator := sessionOf(r).account.Administrator
	out := api.People{People: []api.Person{}, AsOf: time.Now().UTC()}
	for _, person := range people {
		if !strings.Contains(strings.ToLower(person.User), text) && !strings.Contains(strings.ToLower(person.DisplayName), text) {
			continue
		}
		person.Endpoints = list(slices.Clone(person.Endpoints))
		if !administrator {
			for i := range person.Endpoints {
				person.Endpoints[i].Address = nil
			}
		}
		out.People = append(out.People, person)
	}
	slices.SortFunc(out.People, func(a, b api.Person) int { return strings.Compare(sortName(a), sortName(b)) })
	writeJSON(w, http.StatusOK, out)
}

func sortName(p api.Person) string {
	if p.DisplayName != "" {
		return strings.ToLower(p.DisplayName)
	}
	return p.User
}
