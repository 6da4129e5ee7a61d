package repository_test

import (
	"errors"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/generate"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
	"parley/internal/quality/repository"
)

// Each built-in report runs, and no child counts more than its parent.
func TestBuiltInReportsRun(t *testing.T) {
	cfg := archive.Config{Engine: archive.EngineDuckDB}
	a := archivetest.Open(t, cfg)
	until := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	g, err := generate.New(generate.Config{Streams: 5000, Seed: 3, From: until.AddDate(0, 0, -40), Until: until})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range g.Months() {
		if err := a.Load(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	s, err := query.New(query.Config{Archive: a, Engine: cfg.Engine, Model: model.New(), Now: func() time.Time { return until }})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := open(t, t.TempDir())
	streams := map[string]int64{}
	for _, i := range r.Tree(root) {
		text, err := r.Effective(i.ID)
		if err != nil {
			t.Fatal(err)
		}
		q, err := query.Decode(text)
		if err != nil {
			t.Errorf("%s: %v", i.ID, err)
			continue
		}
		if _, err := s.Table(t.Context(), query.Everything{}, q); err != nil {
			t.Errorf("%s: %v", i.ID, err)
			continue
		}
		for _, series := range i.View.Series {
			if _, ok := s.Model().Measure(series.Measure); !ok {
				t.Errorf("%s draws %s, which is no measure", i.ID, series.Measure)
			}
		}
		if q.Dataset != "" && q.Dataset != model.Streams {
			continue
		}
		all, err := s.Table(t.Context(), query.Everything{}, &query.Query{Time: query.Span{Last: "P7M"}, Measures: []query.Measure{{Name: "streams"}}, Filter: q.Filter})
		if err != nil {
			t.Fatal(err)
		}
		streams[i.ID], _ = all.Rows[0][0].(int64)
	}
	top := 0
	for _, i := range r.Tree(root) {
		if i.Parent == "" {
			top++
		}
		n, counted := streams[i.ID]
		if above, ok := streams[i.Parent]; ok && counted && i.Inherits && n > above {
			t.Errorf("%s counts %d streams, its parent %s %d", i.ID, n, i.Parent, above)
		}
	}
	if top != 16 || streams["audio-trend"] == 0 || streams["wifi"] == 0 {
		t.Errorf("%d reports at the top, streams %v", top, streams)
	}
	if _, err := r.Effective("nowhere"); !errors.Is(err, repository.ErrNotFound) {
		t.Errorf("effective query of nothing: %v", err)
	}
}
