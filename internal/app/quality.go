package app

import (
	"context"
	"fmt"
	"time"

	"parley/internal/frontend"
	"parley/internal/frontend/call"
	"parley/internal/portal"
	"parley/internal/quality/archive"
	"parley/internal/quality/classify"
	"parley/internal/quality/cube"
	"parley/internal/quality/ingest"
	"parley/internal/quality/mapping"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
	"parley/internal/quality/report"
	"parley/internal/quality/upkeep"
	"parley/internal/state"
	"parley/internal/wire/qoe"
	"parley/internal/wire/rtcpxr"
)

// quality is the way of quality data: in by ingest, kept in the archive, out by reports.
type quality struct {
	ingest  *ingest.Service
	reports *report.Service
	mapping *mapping.Service
	cubes   *cube.Service // nil on ClickHouse
	queries *query.Service
	joiner  joiner

	importer *importer
	upkeep   *upkeep.Upkeep
}

// journalAge is how long accepted records stay on disk beside the archive. An archive that fails may be down for so long.
const journalAge = 30 * 24 * time.Hour

// openQuality opens the archive and runs the service that fills it.
func (s *server) openQuality(ctx context.Context) error {
	cfg := archiveConfig(s.cfg)
	cfg.Log = s.log.With("comp", "quality")
	if cfg.Engine == "off" {
		return nil
	}
	journal, err := state.OpenStream(ctx, s.store, "quality", state.StreamOptions{MaxAge: journalAge})
	if err != nil {
		return err
	}
	a, err := archive.Open(ctx, cfg)
	if err != nil {
		return err
	}
	s.onStop(a.Close)
	q := &quality{}
	if q.ingest, err = ingest.New(ctx, ingest.Config{Journal: journal, Archive: a, Log: s.log}); err != nil {
		return err
	}
	if q.reports, err = report.New(report.Config{Archive: a, Backlog: q.ingest}); err != nil {
		return err
	}
	if q.mapping, err = mapping.Open(ctx, s.store); err != nil {
		return err
	}
	s.onStop(q.mapping.Close)
	classifiers, err := classify.OpenStore(ctx, s.store)
	if err != nil {
		return err
	}
	asking := query.Config{Archive: a, Engine: cfg.Engine, Model: model.New(), Mapping: q.mapping, Classifiers: classifiers, Log: cfg.Log}
	if cfg.Engine == archive.EngineDuckDB { // ClickHouse reads its own tables fast enough, and cannot change roll-ups in a transaction
		if q.cubes, err = cube.New(ctx, cube.Config{Archive: a, Classifiers: query.BuiltIn{}, Log: cfg.Log}); err != nil {
			return err
		}
		asking.Cubes = q.cubes
		s.task("quality roll-ups", q.cubes.Run)
	}
	if q.queries, err = query.New(asking); err != nil {
		return err
	}
	if q.importer, err = openImporter(ctx, s.store, q.ingest); err != nil {
		return err
	}
	q.joiner.out = func(m ingest.StreamMeasurement) { q.ingest.Stream(m, nil) }
	s.quality = q
	q.upkeep = upkeepOf(s.cfg, a, classifiers)
	q.upkeep.Live = true
	s.task("quality", q.ingest.Run)
	s.task("retention of quality data", func(ctx context.Context) error { return q.upkeep.Daily(ctx, cfg.Log) })
	return nil
}

// reports is where the portal's numbers come from.
func (s *server) reports() portal.Quality {
	if s.quality == nil {
		return noArchive{}
	}
	return s.quality.reports
}

// queries is what answers the portal's questions.
func (s *server) queries() portal.Queries {
	if s.quality == nil {
		return noArchive{}
	}
	return s.quality.queries
}

// qualityService takes SERVICE requests with reports and ratings.
func (s *server) qualityService(r *frontend.Request) bool {
	switch r.MediaType() {
	case qoe.ReportType, qoe.FeedbackType:
	default:
		return false
	}
	if s.quality == nil {
		return false
	}
	s.quality.ingest.Service(qualityRequest(r))
	return true
}

// qualityEvents adds the event package of RFC 6035 to what is published or notified.
func (s *server) qualityEvents(services map[string]frontend.Service, serve func(*ingest.Service, ingest.Request)) map[string]frontend.Service {
	if s.quality != nil {
		services[rtcpxr.Event] = func(r *frontend.Request) { serve(s.quality.ingest, qualityRequest(r)) }
	}
	return services
}

func qualityRequest(r *frontend.Request) ingest.Request {
	return ingest.Request{Message: r.Message, User: r.User, Reply: r.Reply, Refuse: r.Refuse}
}

// recordQuality hands the record of a finished call to the archive, with what the relay measured of its legs and what the
// endpoints said in their BYE.
func (s *server) recordQuality(r call.Record) {
	if s.quality == nil {
		return
	}
	rec := ingest.CallRecord{
		ID: r.ID, Caller: r.Caller, Callee: r.Callee, Started: r.Started, Answered: r.Answered, Ended: r.Ended, Outcome: string(r.Outcome),
		SIPCode: r.Code, Reason: r.Reason, HungUpBy: r.EndedBy,
	}
	legs := map[string]ingest.Leg{}
	for _, l := range r.Legs {
		leg := ingest.Leg{
			Role: l.Role, Dialog: ingest.Dialog{CallID: l.Dialog.CallID, TagA: l.Dialog.LocalTag, TagB: l.Dialog.RemoteTag}, User: l.User,
			UserAgent: l.UserAgent, Dialect: l.Dialect.String(), Endpoint: l.Endpoint, Initiated: l.Initiated,
		}
		rec.Legs = append(rec.Legs, leg)
		legs[l.Name] = leg
	}
	s.quality.ingest.Call(rec, nil)
	for _, l := range r.Legs {
		if l.RTPStat == "" {
			continue
		}
		s.quality.ingest.Stat(legs[l.Name], l.RTPStat, func(err error) {
			if err != nil {
				s.log.Info("statistics of an endpoint are not usable", "comp", "quality", "call", r.ID, "user", l.User, "err", fmt.Sprint(err))
			}
		})
	}
	s.quality.joiner.record(r.ID, legs, r.Outcome == call.Answered, time.Now())
}
