package portal

import (
	"fmt"
	"net/http"

	"parley/internal/portal/api"
	"parley/internal/quality/report"
)

// GetCall implements api.Server.
func (p *Portal) GetCall(w http.ResponseWriter, r *http.Request, id string) {
	call, err := p.deps.Quality.Call(r.Context(), id)
	if err != nil {
		p.fail(w, r, "the call", err)
		return
	}
	if account := sessionOf(r).account; !account.Administrator && !tookPart(account, call.CallSummary) {
		// The same answer as for an unknown id: whether somebody else's call exists is not told either.
		p.fail(w, r, "the call", fmt.Errorf("call of others: %w", report.ErrNoCall))
		return
	}
	names := p.names(r.Context())
	record := p.recordOf(r.Context(), id)
	translations, timeline := ladderOf(record)
	out := api.CallDetails{
		Call: callOf(call.CallSummary, names), Classifier: call.Classifier,
		Answered: timeOrNil(call.Answered), Ended: timeOrNil(call.Ended), Reason: call.Reason, HungUpBy: call.HungUpBy,
		Legs: make([]api.Leg, len(call.Legs)), Ratings: make([]api.Rating, len(call.Ratings)),
		Translations: translations, Timeline: timeline,
	}
	for i, leg := range call.Legs {
		out.Legs[i] = legOf(leg, names, lossRuns(record.Runs, leg.Role))
	}
	for i, rating := range call.Ratings {
		out.Ratings[i] = api.Rating{User: rating.User, Stars: rating.Stars, Text: rating.Text, Tokens: list(rating.Tokens)}
	}
	writeJSON(w, http.StatusOK, out)
}

// legOf puts the runs of lost packets to the leg's first audio stream from its endpoint: that is the one they were counted on.
func legOf(leg report.Leg, names func(string) string, runs []api.LossRun) api.Leg {
	out := api.Leg{Role: api.LegRole(leg.Role), CallID: leg.CallID, Party: partyOf(leg.Party, names), Streams: make([]api.Stream, len(leg.Streams))}
	for i, s := range leg.Streams {
		out.Streams[i] = streamOf(s)
		if s.Media == "audio" && s.Direction == string(api.FromEndpoint) && runs != nil {
			out.Streams[i].LossRuns, runs = runs, nil
		}
	}
	return out
}

func streamOf(s report.Stream) api.Stream {
	out := api.Stream{
		ID: s.ID, Label: s.Label, Media: s.Media, Direction: api.StreamDirection(s.Direction), Codec: s.Codec,
		Started: s.Started.UTC(), Seconds: s.Seconds, Transport: s.Transport, Security: s.Security,
		Verdict: api.Verdict(s.Verdict), Why: list(s.Why), Clock: s.Clock, Notes: list(s.Notes),
		Sources: make([]api.Source, len(s.Sources)), Metrics: make([]api.Metric, len(s.Metrics)), LossRuns: []api.LossRun{},
	}
	for i, src := range s.Sources {
		out.Sources[i] = api.Source{By: src.By, Format: src.Format, Reporter: src.Reporter, Received: src.Received.UTC(), Intervals: src.Intervals}
		if src.Correlation != "" {
			out.Sources[i].Correlation = &src.Correlation
		}
	}
	if s.Failure != "" {
		out.Failure = &s.Failure
	}
	if len(s.Strip) > 0 {
		strip := make([]api.StreamInterval, len(s.Strip))
		for i, v := range s.Strip {
			strip[i] = api.StreamInterval{By: v.By, Started: v.Started.UTC(), Ended: v.Ended.UTC(), Loss: v.Loss, Jitter: v.Jitter, RoundTrip: v.RoundTrip, Mos: v.MOS}
		}
		out.Strip = &strip
	}
	for i, m := range s.Metrics {
		out.Metrics[i] = api.Metric{Name: m.Name, Title: m.Title, Unit: m.Unit, Values: list(m.Values), Used: m.Used}
	}
	return out
}
