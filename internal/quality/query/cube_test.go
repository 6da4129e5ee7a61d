package query_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/cube"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
)

// rolled is an archive with roll-ups.
type rolled struct {
	*query.Service
	archive *archive.Archive
	cubes   *cube.Service
	cfg     archive.Config
}

func openRolled(t testing.TB, cfg archive.Config) rolled {
	t.Helper()
	a := archivetest.Open(t, cfg)
	c, err := cube.New(t.Context(), cube.Config{Archive: a, Classifiers: query.BuiltIn{}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := query.New(query.Config{Archive: a, Engine: cfg.Engine, Model: model.New(), Mapping: dated(), Cubes: c, Now: worldNow})
	if err != nil {
		t.Fatal(err)
	}
	return rolled{s, a, c, cfg}
}

// rolledDims and rolledMeasures are what roll-ups have, and some that they have not.
var (
	rolledDims = []string{"media_type", "transport", "verdict", "ice_failed", "pair.net", "time.month", "time.day", "time.week", "time.hour", "time.hour_of_day", "time.day_of_week", "time.week_of_year", "first.net", "second.net",
		"second.subnet", "second.inside", "second.ua_category", "second.building", "second.city", "second.inside_corp", "codec", "direction", "jitter"}
	rolledMeasures = []string{"streams", "audio.streams", "poor", "audio.poor", "good", "unclassified", "poor_pct", "audio.poor_pct", "video.poor_pct@jpdr", "appshare.poor", "minutes", "poor_minutes", "audio.poor_due_jitter",
		"video.poor_due_frame_rate", "avg.jitter", "audio.avg.rtt", "avg.degradation", "count.loss", "second.avg.send_signal", "calls"}
)

func (r rolled) compare(t *testing.T, rnd *rand.Rand, count int) (fromCube int) {
	t.Helper()
	for i := range count {
		qn := randomQuestion(rnd)
		qn.query.Dimensions, qn.query.Measures = nil, nil
		for range rnd.IntN(3) {
			if d := rolledDims[rnd.IntN(len(rolledDims))]; len(qn.query.Dimensions) == 0 || qn.query.Dimensions[0] != d {
				qn.query.Dimensions = append(qn.query.Dimensions, d)
			}
		}
		for n := range 1 + rnd.IntN(3) {
			qn.query.Measures = append(qn.query.Measures, query.Measure{Name: rolledMeasures[(rnd.IntN(len(rolledMeasures)/3)*3+n)%len(rolledMeasures)]})
		}
		if rnd.IntN(2) == 0 {
			qn.query.Filter = nil
		}
		if rnd.IntN(3) == 0 { // not at the beginning of an hour
			qn.query.Time.From = qn.query.Time.From.Add(17 * time.Minute)
			qn.query.Time.To = qn.query.Time.To.Add(41*time.Minute + 5*time.Second)
		}
		qn.query.Time.Compare = rnd.IntN(4) == 0
		got, err := r.Table(t.Context(), query.Everything{}, qn.query)
		if err != nil {
			t.Fatalf("%+v: %v", qn.query, err)
		}
		if got.Meta.Source == "cube" {
			fromCube++
		}
		exact := *qn.query
		exact.Source = "archive"
		want, err := r.Table(t.Context(), query.Everything{}, &exact)
		if err != nil {
			t.Fatal(err)
		}
		if want.Meta.Source != "archive" {
			t.Fatalf("source %q", want.Meta.Source)
		}
		rows := map[string][]any{}
		dims := len(qn.query.Dimensions)
		for _, row := range want.Rows {
			rows[rowKey(row[:dims])] = row
		}
		if len(got.Rows) != len(want.Rows) {
			t.Errorf("%d: %v %v: %d rows, want %d", i, qn.query.Dimensions, qn.query.Measures, len(got.Rows), len(want.Rows))
			continue
		}
		for _, row := range got.Rows {
			w := rows[rowKey(row[:dims])]
			for c := range got.Columns {
				if w == nil || !near(row[c], w[c]) {
					t.Errorf("%d: %s %v %v %v %v: row %v, want %v", i, got.Meta.Source, qn.query.Zone, qn.query.Time, qn.query.Dimensions, qn.query.Measures, row, w)
					break
				}
			}
		}
		if t.Failed() && i > 10 {
			break
		}
	}
	return fromCube
}

// Whatever state the roll-ups are in, answers are those of the archive.
func TestRollUpsAnswerLikeTheArchive(t *testing.T) {
	rows := world(300)
	r := openRolled(t, archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(t.TempDir(), "q.duckdb"), Threads: 2})
	rnd := rand.New(rand.NewPCG(17, 4))
	write := func(b *archive.Batch) {
		t.Helper()
		if err := r.archive.Write(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	half := len(rows.Streams) / 2
	first := rows
	first.Streams = rows.Streams[:half]
	write(&archive.Batch{Put: first, Cursor: 1})
	if n := r.compare(t, rnd, 60); n < 20 {
		t.Errorf("%d of 60 answers from the cube before it was made", n)
	}
	if err := r.cubes.Process(t.Context(), false, nil); err != nil {
		t.Fatal(err)
	}
	if n := r.compare(t, rnd, 120); n < 40 {
		t.Errorf("%d of 120 answers from the cube", n)
	}
	// New streams, amended ones, ones that move to another hour, and removed ones.
	write(&archive.Batch{Put: archive.Rows{Streams: rows.Streams[half:]}, Cursor: 2})
	moved := archive.Rows{Streams: append([]archive.Stream(nil), rows.Streams[10:40]...)}
	for i := range moved.Streams {
		moved.Streams[i].Started = moved.Streams[i].Started.Add(-26 * time.Hour)
		moved.Streams[i].Ended = moved.Streams[i].Started.Add(time.Minute)
		moved.Streams[i].Transport = "TLS"
	}
	write(&archive.Batch{Put: moved, Drop: archive.Rows{Streams: rows.Streams[60:80]}, Cursor: 3})
	r.compare(t, rnd, 60)
	// Cut off in the middle, then done.
	ctx, stop := context.WithCancel(t.Context())
	steps := 0
	err := r.cubes.Process(ctx, true, func(cube.Progress) {
		if steps++; steps == 3 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cut off: %v", err)
	}
	r.compare(t, rnd, 60)
	if err := r.cubes.Process(t.Context(), false, nil); err != nil {
		t.Fatal(err)
	}
	if stale, err := r.cubes.Stale(t.Context(), 0, 1<<40); err != nil || len(stale) != 0 {
		t.Errorf("stale hours %v %v", stale, err)
	}
	if n := r.compare(t, rnd, 120); n < 40 {
		t.Errorf("%d of 120 answers from the cube", n)
	}
}
