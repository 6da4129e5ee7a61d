package ladder

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"parley/internal/event"
)

// translatedTogether joins the changes of one message into one step.
const translatedTogether = 100 * time.Millisecond

func (r *Record) apply(at time.Time, e event.Event) {
	switch e := e.(type) {
	case event.CallStarted:
		r.Started = at
		r.step(Step{At: at, Kind: Signalling, What: "Call started",
			Detail: fmt.Sprintf("%s calls %s: %s", e.From, e.To, cmp.Or(strings.Join(e.Media, ", "), "no media offered"))})
	case event.CallAnswered:
		r.step(Step{At: at, Kind: Signalling, What: "Answered",
			Detail: fmt.Sprintf("by %s, %s after the invitation", e.By, e.Setup.Round(time.Millisecond))})
	case event.CallEnded:
		r.ended(at, e)
	case event.TranslationChanged:
		r.translated(at, e)
	case event.StreamMeasured:
		r.measured(at, e)
	}
}

func (r *Record) ended(at time.Time, e event.CallEnded) {
	s := Step{At: at, Kind: Signalling, What: "Call ended", Detail: fmt.Sprintf("%s, after %s", cmp.Or(e.Reason, "no reason given"), e.Talk.Round(time.Second))}
	if e.Status >= 300 {
		s.What, s.Detail = "Not answered", strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, e.Reason))
		s.Kind = Failure
	}
	r.step(s)
}

func (r *Record) translated(at time.Time, e event.TranslationChanged) {
	if !r.change(Change{At: at, Leg: e.Leg, What: e.What, From: e.From, To: e.To, Reason: e.Reason}) {
		return
	}
	n := 0
	for _, c := range r.Changes {
		if c.Leg == e.Leg && at.Sub(c.At) < translatedTogether {
			n++
		}
	}
	detail := fmt.Sprintf("1 change for the %s", e.Leg)
	if n > 1 {
		detail = fmt.Sprintf("%d changes for the %s", n, e.Leg)
	}
	if last := len(r.Steps) - 1; n > 1 && last >= 0 && r.Steps[last].Kind == Translation {
		r.Steps[last].Detail = detail
		return
	}
	r.step(Step{At: at, Kind: Translation, What: "Translated", Detail: detail})
}

// measured notes a stream by its own times: it is told of when it is over.
func (r *Record) measured(at time.Time, e event.StreamMeasured) {
	if !e.Start.IsZero() {
		at = e.Start
	}
	expected := e.Packets + e.Lost
	detail := fmt.Sprintf("%s, %d packets", e.Codec, e.Packets)
	if expected > 0 {
		detail += fmt.Sprintf(", %.3g %% lost", 100*float64(e.Lost)/float64(expected))
	}
	if e.MOS > 0 {
		detail += fmt.Sprintf(", MOS %.2f", e.MOS)
	}
	r.step(Step{At: at, Kind: Media, What: fmt.Sprintf("First %s packet from the %s", e.Media, e.Leg), Detail: detail})
	if e.Media != "audio" {
		return
	}
	if r.Runs == nil {
		r.Runs = map[string][8]uint32{}
	}
	runs := r.Runs[e.Leg]
	for i, n := range e.BurstLosses {
		runs[i] += n
	}
	r.Runs[e.Leg] = runs
}

// callOf is the id of the call that an event belongs to.
func callOf(e event.Event) string {
	switch e := e.(type) {
	case event.CallStarted:
		return e.CallID
	case event.CallAnswered:
		return e.CallID
	case event.CallEnded:
		return e.CallID
	case event.TranslationChanged:
		return e.CallID
	case event.StreamMeasured:
		return e.CallID
	}
	return ""
}
