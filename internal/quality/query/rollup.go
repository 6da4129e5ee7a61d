package query

import (
	"context"
	"strconv"
	"strings"
	"time"

	"parley/internal/quality/classify"
	"parley/internal/quality/cube"
	"parley/internal/quality/metric"
	"parley/internal/quality/model"
)

// Cubes are roll-ups of the archive.
type Cubes interface {
	Definitions() []cube.Definition
	Sums(id metric.ID) bool
	Verdict(rules classify.RuleSet) (sql string, ok bool)
	Due(rules classify.RuleSet, media metric.Media, id metric.ID) (sql string, ok bool)
	Rows(ctx context.Context, d cube.Definition, columns []string, span cube.Span) (sql string, read int, err error)
}

// The sources of an answer.
const (
	fromArchive = "archive"
	fromCube    = "cube"
)

// plan checks a query and makes it ready to run, on a roll-up when one gives
// exactly the same answer. The planner must be closed.
func (s *Service) plan(ctx context.Context, access Access, q *Query) (*planner, error) {
	p, err := s.planOf(ctx, access, q, nil)
	if err != nil {
		return nil, err
	}
	switch {
	case s.cubes == nil:
		p.why = "there are no roll-ups"
	case q.Source == fromArchive:
		p.why = "the query asks for the archive"
	case p.query.Dataset != model.Streams:
		p.why = "roll-ups are of streams, not of " + string(p.query.Dataset)
	default:
		return s.choose(ctx, access, q, p)
	}
	if q.Source == fromCube {
		p.close()
		return nil, bad("$.source", "no roll-up can answer this: %s", p.why)
	}
	return p, nil
}

// choose tries the roll-ups, the smallest first.
func (s *Service) choose(ctx context.Context, access Access, q *Query, p *planner) (*planner, error) {
	fewest := ""
	defs := s.cubes.Definitions()
	for i := range defs {
		c, err := s.planOf(ctx, access, q, &defs[i])
		if err != nil {
			p.close()
			return nil, err
		}
		if len(c.src.lacking) == 0 {
			p.close()
			if err := c.roll(ctx); err != nil {
				c.close()
				return nil, err
			}
			return c, nil
		}
		why := "no roll-up has " + strings.Join(c.src.lacking, ", ")
		if fewest == "" || len(why) < len(fewest) {
			fewest = why
		}
		c.close()
	}
	p.why = fewest
	if q.Source == fromCube {
		p.close()
		return nil, bad("$.source", "no roll-up can answer this: %s", p.why)
	}
	return p, nil
}

// roll makes the SQL for the rows of the roll-up.
func (p *planner) roll(ctx context.Context) error {
	p.rolled = map[int64]string{}
	spans := [][2]time.Time{{p.from, p.to}}
	if p.query.compares() {
		spans = append(spans, [2]time.Time{p.before, p.from})
	}
	columns := make([]string, 0, len(p.src.base))
	for _, c := range p.src.base {
		if c != "started" {
			columns = append(columns, c)
		}
	}
	if len(columns) == 0 {
		columns = []string{"media"}
	}
	for _, span := range spans {
		sql, read, err := p.service.cubes.Rows(ctx, *p.cube, columns, cube.Span{From: span[0], To: span[1], Days: p.days(), Whole: p.whole})
		if err != nil {
			return err
		}
		p.rolled[span[0].UnixMilli()] = sql
		if read > 0 {
			p.why = strconv.Itoa(read) + " hours are read from the archive: they changed since they were rolled up, or belong to the span in part"
		}
	}
	return nil
}

// momentOfCube checks whether hours are fine enough for a part of time.
func (p *planner) momentOfCube(d *model.Dimension) {
	if p.cube == nil {
		return
	}
	switch d.Part {
	case model.ByMinute, model.MinuteOfHour, model.SecondOfMinute, model.StartTime, model.EndTime:
		p.src.lack(d.Key)
		return
	}
	p.parts = append(p.parts, d.Part)
	if !p.cube.Hourly {
		p.dayOfCube(d)
	}
	// In a zone that is not whole hours from UTC, hours of roll-ups are of two
	// local hours, and at midnight of two days.
	from := p.first()
	if from.Before(oldest) {
		from = oldest
	}
	for t := from.In(p.zone); ; {
		if _, offset := t.Zone(); offset%3600 != 0 {
			p.src.lack("hours of the time zone " + p.zone.String())
			return
		}
		_, end := t.ZoneBounds()
		if end.IsZero() || !end.Before(p.to) {
			return
		}
		t = end
	}
}

// dayOfCube checks whether days of UTC are fine enough for a part of time: for
// hours they are not, for local days only where those are the same.
func (p *planner) dayOfCube(d *model.Dimension) {
	switch d.Part {
	case model.ByHour, model.HourOfDay:
		p.src.lack("hours")
	case model.ByDay, model.DayOfMonth, model.DayOfWeek, model.DayOfYear:
		if offsetSQL("started", p.zone, p.first(), p.to) != "0" {
			p.src.lack("days of the time zone " + p.zone.String())
		}
	}
}

// changesOfCube notes when networks changed hands: no hour may be on both sides.
func (p *planner) changesOfCube(changes []time.Time) {
	if p.cube == nil {
		return
	}
	p.changes = changes
	for _, c := range changes {
		if c.UnixMilli()%int64(time.Hour/time.Millisecond) != 0 {
			p.src.lack("the mapping's change at " + c.UTC().Format(time.RFC3339) + ", inside of an hour")
			return
		}
	}
}

// days tells whether roll-ups by the day can be used.
func (p *planner) days() bool {
	for _, part := range p.parts {
		if part == model.ByHour || part == model.HourOfDay {
			return false
		}
	}
	return true
}

// whole tells whether all of a UTC day is in the same local groups and under
// the same mapping.
func (p *planner) whole(day int64) bool {
	first, last := time.Unix(day*86400, 0).In(p.zone), time.Unix(day*86400+86399, 0).In(p.zone)
	for _, c := range p.changes {
		if c.After(first) && !c.After(last) {
			return false
		}
	}
	for _, part := range p.parts {
		same := first.YearDay() == last.YearDay()
		switch part {
		case model.ByYear:
			same = first.Year() == last.Year()
		case model.ByMonth, model.MonthOfYear:
			same = first.Month() == last.Month()
		case model.ByWeek, model.WeekOfYear:
			same = truncate(first, "W").Equal(truncate(last, "W"))
		}
		if !same {
			return false
		}
	}
	return true
}

// rolledSQL is SQL for an atom over rows of a roll-up.
func (p *planner) rolledSQL(a *model.Atom, cond string) string {
	column := ""
	switch {
	case a.Func == model.Count:
		column = "n"
	case a.Func == model.Sum && a.Of == "duration":
		column = "duration"
	case a.Metric < metric.Count && a.Of == a.Metric.String() && p.service.cubes.Sums(a.Metric) && a.Func == model.Sum:
		column = "s_" + a.Of
	case a.Metric < metric.Count && a.Of == a.Metric.String() && p.service.cubes.Sums(a.Metric) && a.Func == model.Known:
		column = "c_" + a.Of
	default:
		what := map[model.Func]string{model.Distinct: "distinct values of ", model.Quantile: "percentiles of ", model.Min: "the lowest ", model.Max: "the highest "}[a.Func]
		p.src.lack(what + a.Of)
		return "0"
	}
	p.src.raw(column)
	if cond == "" {
		return "sum(" + column + ")"
	}
	return "sum(CASE WHEN " + cond + " THEN " + column + " ELSE 0 END)"
}
