package portal

import (
	"context"
	"log/slog"

	"parley/internal/portal/api"
	"parley/internal/quality/ladder"
)

// recordOf is what the server noted of the call. Measurements are shown without it too, so a failure is logged only.
func (p *Portal) recordOf(ctx context.Context, id string) ladder.Record {
	if p.deps.Record == nil {
		return ladder.Record{}
	}
	record, _, err := p.deps.Record.Call(ctx, id)
	if err != nil {
		p.log.Error("portal cannot read a call's record", slog.String("call", id), slog.Any("error", err))
		return ladder.Record{}
	}
	return record
}

func ladderOf(r ladder.Record) ([]api.Translation, []api.TimelineEvent) {
	translations, timeline := make([]api.Translation, len(r.Changes)), make([]api.TimelineEvent, len(r.Steps))
	for i, c := range r.Changes {
		translations[i] = api.Translation{
			At: c.At.UTC(), Leg: c.Leg, Action: actionOf(c), What: c.What, Before: c.From, After: c.To, Reason: c.Reason,
		}
	}
	for i, s := range r.Steps {
		timeline[i] = api.TimelineEvent{At: s.At.UTC(), Kind: api.TimelineEventKind(s.Kind), What: s.What, Detail: s.Detail}
	}
	return translations, timeline
}

func actionOf(c ladder.Change) api.TranslationAction {
	switch {
	case c.To == "":
		return api.Dropped
	case c.From == "":
		return api.Added
	default:
		return api.Changed
	}
}

// lossRuns is a leg's histogram; nil when nobody counted.
func lossRuns(byLeg map[string][8]uint32, leg string) []api.LossRun {
	counts, ok := byLeg[leg]
	if !ok {
		return nil
	}
	runs := make([]api.LossRun, len(counts))
	for i, n := range counts {
		runs[i] = api.LossRun{Packets: i + 1, OrMore: i == len(counts)-1, Count: int64(n)}
	}
	return runs
}
