package portal

import (
	"context"
	"net/http"
	"strings"

	"parley/internal/portal/api"
	"parley/internal/quality/report"
)

// ListCalls implements api.Server.
func (p *Portal) ListCalls(w http.ResponseWriter, r *http.Request, params api.ListCallsParams) {
	filter, err := callFilter(params)
	if err != nil {
		p.fail(w, r, "the calls", err)
		return
	}
	account := sessionOf(r).account
	search := filter.User
	if !account.Administrator {
		filter.User = account.User
	}
	page, err := p.deps.Quality.Calls(r.Context(), filter)
	if err != nil {
		p.fail(w, r, "the calls", err)
		return
	}
	out := api.CallPage{Calls: make([]api.Call, 0, len(page.Calls)), Classifier: page.Classifier}
	names := p.names(r.Context())
	for _, c := range page.Calls {
		if account.Administrator || tookPart(account, c) && mentions(c, search) {
			out.Calls = append(out.Calls, callOf(c, names))
		}
	}
	if page.Next != "" {
		out.Next = &page.Next
	}
	writeJSON(w, http.StatusOK, out)
}

func callFilter(params api.ListCallsParams) (report.CallFilter, error) {
	span, err := rangeOf(params.From, params.To)
	if err != nil {
		return report.CallFilter{}, err
	}
	f := report.CallFilter{Range: span, Limit: 100}
	if params.User != nil {
		f.User = strings.TrimSpace(*params.User)
	}
	if params.Verdict != nil {
		f.Verdict = string(*params.Verdict)
	}
	if params.Cursor != nil {
		f.Cursor = *params.Cursor
	}
	if params.Limit != nil {
		f.Limit = min(max(*params.Limit, 1), 500)
	}
	return f, nil
}

// tookPart tells whether the account is one end of the call.
func tookPart(a Account, c report.CallSummary) bool {
	return strings.EqualFold(a.User, c.Caller.Address) || strings.EqualFold(a.User, c.Callee.Address)
}

func mentions(c report.CallSummary, text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(strings.ToLower(c.Caller.Address), text) || strings.Contains(strings.ToLower(c.Callee.Address), text)
}

// names finds display names, each user asked for once; empty where the directory has none or cannot be asked.
func (p *Portal) names(ctx context.Context) func(user string) string {
	known := map[string]string{}
	return func(user string) string {
		name, ok := known[user]
		if !ok {
			if a, err := p.deps.Accounts.Account(ctx, user); err == nil {
				name = a.DisplayName
			}
			known[user] = name
		}
		return name
	}
}

func callOf(c report.CallSummary, names func(string) string) api.Call {
	out := api.Call{
		ID: c.ID, Started: c.Started.UTC(), Seconds: c.Seconds, Caller: partyOf(c.Caller, names), Callee: partyOf(c.Callee, names),
		Outcome: c.Outcome, Verdict: api.Verdict(c.Verdict), Streams: countsOf(c.Streams), WorstMos: c.WorstMOS,
		ReportedBy: list(c.ReportedBy),
	}
	if c.SIPCode != 0 {
		out.SIPCode = &c.SIPCode
	}
	return out
}

func partyOf(p report.Party, names func(string) string) api.Party {
	out := api.Party{Address: p.Address, DisplayName: names(p.Address), UserAgent: p.UserAgent}
	if d := api.Dialect(p.Dialect); d.Valid() {
		out.Dialect = &d
	}
	return out
}

// list is s as a JSON list, also when it is empty.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
