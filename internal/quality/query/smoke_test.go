package query_test

import (
	"slices"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
)

// Every dimension and every measure runs on every engine, in every dataset that
// has it.
func TestEveryNameRuns(t *testing.T) {
	archivetest.Engines(t, func(t *testing.T, cfg archive.Config) {
		s := open(t, cfg, world(40), nil)
		c := s.Model()
		for _, set := range []model.Dataset{model.Streams, model.Calls, model.Ratings} {
			count := map[model.Dataset]string{model.Streams: "streams", model.Calls: "call.count", model.Ratings: "feedback"}[set]
			var keys []string
			for _, d := range c.Dimensions() {
				if d.Has(set) {
					keys = append(keys, d.Key)
				}
			}
			for some := range slices.Chunk(keys, 8) {
				q := &query.Query{Dataset: set, Dimensions: some, Measures: []query.Measure{{Name: count}}, Totals: true, Filter: query.Where("time.start", query.Null, false)}
				r, err := s.Table(t.Context(), query.Everything{}, q)
				if err != nil {
					t.Errorf("%s %v: %v", set, some, err)
					continue
				}
				sum := int64(0)
				for _, row := range r.Rows {
					n, _ := row[len(some)].(int64)
					sum += n
				}
				if sum != r.Totals[len(some)].(int64) || sum == 0 {
					t.Errorf("%s by %v: %d of %v", set, some, sum, r.Totals)
				}
			}
			var all []query.Measure
			for _, m := range c.Measures() {
				if m.Has(set) {
					all = append(all, query.Measure{Name: m.Key})
				}
			}
			for len(all) > 0 {
				n := min(len(all), 40)
				if _, err := s.Table(t.Context(), query.Everything{}, &query.Query{Dataset: set, Measures: all[:n]}); err != nil {
					for _, m := range all[:n] {
						if _, err := s.Table(t.Context(), query.Everything{}, &query.Query{Dataset: set, Measures: []query.Measure{m}}); err != nil {
							t.Errorf("%s: %v", m.Name, err)
						}
					}
				}
				all = all[n:]
			}
		}
	})
}
