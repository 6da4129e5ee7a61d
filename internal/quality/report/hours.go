package report

import (
	"context"
	"fmt"
	"time"

	"parley/internal/quality/classify"
)

// maxHours bounds the bars of one overview: a little over a year.
const maxHours = 24 * 400

const hourMillis = int64(time.Hour / time.Millisecond)

// Overview counts calls and streams by the hour.
func (s *Service) Overview(ctx context.Context, r Range) (Overview, error) {
	where, err := s.where(r)
	if err != nil {
		return Overview{}, err
	}
	out := Overview{Classifier: s.rules.Name}
	if out.Freshness, err = s.freshness(ctx); err != nil {
		return Overview{}, err
	}
	if r, err = s.bounded(ctx, r); err != nil {
		return Overview{}, err
	}
	out.Range = r
	first := r.From.UnixMilli() / hourMillis
	last := (r.To.UnixMilli() - 1) / hourMillis
	if last-first+1 > maxHours {
		return Overview{}, fmt.Errorf("%w: %d hours are more than the %d that an overview shows; choose a shorter range", ErrBadQuery, last-first+1, maxHours)
	}
	out.Hours = make([]Hour, max(last-first+1, 0))
	for i := range out.Hours {
		out.Hours[i].Start = moment((first + int64(i)) * hourMillis)
	}
	at := func(v any) *Hour {
		i := number(v) - first
		if i < 0 || i >= int64(len(out.Hours)) {
			return nil
		}
		return &out.Hours[i]
	}
	hour := s.archive.Divide("started", hourMillis)
	err = s.archive.Query(ctx, "SELECT "+hour+" AS h, count(*) FROM "+s.archive.From("calls")+" WHERE "+where+" GROUP BY h", func(row []any) error {
		if h := at(row[0]); h != nil {
			h.Calls += number(row[1])
			out.Calls += number(row[1])
		}
		return nil
	})
	if err != nil {
		return Overview{}, err
	}
	sql := "SELECT h, v, count(*) FROM (SELECT " + hour + " AS h, " + s.verdict + " AS v FROM " + s.archive.From("streams") + " WHERE " + where + ") AS judged GROUP BY h, v"
	err = s.archive.Query(ctx, sql, func(row []any) error {
		if h := at(row[0]); h != nil {
			h.Streams.add(classify.Verdict(number(row[1])), number(row[2]))
			out.Streams.add(classify.Verdict(number(row[1])), number(row[2]))
		}
		return nil
	})
	return out, err
}

func (c *StreamCounts) add(v classify.Verdict, n int64) {
	switch v {
	case classify.Good:
		c.Good += n
	case classify.Poor:
		c.Poor += n
	default:
		c.Unclassified += n
	}
}

// verdict is that of a call with these streams.
func (c StreamCounts) verdict() string {
	switch {
	case c.Poor > 0:
		return Poor
	case c.Good > 0:
		return Good
	default:
		return Unclassified
	}
}

// bounded gives a range its missing ends.
func (s *Service) bounded(ctx context.Context, r Range) (Range, error) {
	if r.To.IsZero() {
		r.To = s.now().UTC()
	}
	if !r.From.IsZero() {
		return r, nil
	}
	first, err := s.one(ctx, "SELECT min(started) FROM "+s.archive.From("calls")+" WHERE started > 0")
	if err != nil {
		return r, err
	}
	r.From = r.To.Add(-24 * time.Hour)
	if len(first) > 0 && first[0] > 0 {
		r.From = moment(first[0])
	}
	return r, nil
}

func (s *Service) freshness(ctx context.Context) (Freshness, error) {
	f := Freshness{AsOf: s.now().UTC()}
	newest, err := s.one(ctx, "SELECT max(written), max(started) FROM "+s.archive.From("calls"))
	if err != nil {
		return f, err
	}
	if len(newest) == 2 {
		f.LastRow, f.LastCall = moment(newest[0]), moment(newest[1])
	}
	clocks, err := s.one(ctx, "SELECT sum(CASE WHEN clock = 2 THEN 1 ELSE 0 END), sum(CASE WHEN clock = 1 THEN 1 ELSE 0 END) FROM "+s.archive.From("streams")+" WHERE clock > 0")
	if err != nil {
		return f, err
	}
	if len(clocks) == 2 {
		f.Quarantined, f.Repaired = clocks[0], clocks[1]
	}
	if s.backlog != nil {
		var oldest time.Time
		if f.Pending, oldest = s.backlog.Backlog(); f.Pending > 0 {
			f.LagSeconds = max(f.AsOf.Sub(oldest).Seconds(), 0)
		}
	}
	return f, nil
}
