package query

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Grains are the spans of time that a query can have rows for; never changed.
var grains = []string{"year", "month", "week", "day", "hour", "minute"}

func spanOf(path string, v any, zone *time.Location) (Span, error) {
	var s Span
	if zone == nil {
		zone = time.UTC
	}
	var to bool
	err := object(path, v, fields{
		"last": func(p string, v any) (err error) {
			if s.Last, err = textOf(p, v); err != nil {
				return err
			}
			if _, _, err := lastOf(s.Last); err != nil {
				return bad(p, "%v", err)
			}
			return nil
		},
		"from": func(p string, v any) (err error) { s.From, err = instantOf(p, v, zone); return },
		"to":   func(p string, v any) (err error) { s.To, err = instantOf(p, v, zone); to = true; return },
		"grain": func(p string, v any) (err error) {
			if s.Grain, err = textOf(p, v); err != nil {
				return err
			}
			for _, g := range grains {
				if g == s.Grain {
					return nil
				}
			}
			return badName(p, nearest(s.Grain, grains), "there is no grain %.40q", s.Grain)
		},
		"compare": func(p string, v any) error {
			if b, ok := v.(bool); ok {
				s.Compare = b
				return nil
			}
			if t, ok := v.(string); ok && t == "previous" {
				s.Compare = true
				return nil
			}
			return bad(p, `compare is "previous"`)
		},
	})
	switch {
	case err != nil:
		return s, err
	case s.Last != "" && (!s.From.IsZero() || to):
		return s, bad(path, `"last" stands alone, without "from" and "to"`)
	case !s.From.IsZero() && !s.To.IsZero() && !s.From.Before(s.To):
		return s, bad(path, "the time ends before it begins: from is included, to is not")
	}
	return s, nil
}

// Last is the span of an ISO 8601 duration such as P7M.
func Last(duration string) (Span, error) {
	if _, _, err := lastOf(duration); err != nil {
		return Span{}, bad("last", "%v", err)
	}
	return Span{Last: duration}, nil
}

// instantOf reads a time, or a day, month or year in the query's time zone.
func instantOf(path string, v any, zone *time.Location) (time.Time, error) {
	s, err := textOf(path, v)
	if err != nil {
		return time.Time{}, err
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return checkYear(path, t)
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return checkYear(path, t)
		}
	}
	return time.Time{}, bad(path, "%.40q is no time; write 2026-11-22T17:00:00Z, 2026-11-22, 2026-11 or 2026", s)
}

func checkYear(path string, t time.Time) (time.Time, error) {
	if t.Year() < 1970 || t.Year() > 2140 {
		return t, bad(path, "the year %d is out of range; use 1970 to 2140", t.Year())
	}
	return t, nil
}

// lastOf takes a duration of one unit apart.
func lastOf(s string) (n int, unit string, err error) {
	rest, ok := strings.CutPrefix(s, "P")
	unit = ""
	if r, isTime := strings.CutPrefix(rest, "T"); isTime {
		rest, unit = r, "T"
	}
	if ok && len(rest) >= 2 {
		unit += rest[len(rest)-1:]
		if n, err = strconv.Atoi(rest[:len(rest)-1]); err == nil && n >= 1 && n <= 100_000 {
			switch unit {
			case "Y", "M", "W", "D", "TH", "TM":
				return n, unit, nil
			}
		}
	}
	return 0, "", fmt.Errorf("%.40q is no span; write P7M (months), P4W, P28D, P1Y, PT24H or PT90M", s)
}

// bounds are the first and the last instant of a span, and those of the span
// before. A zero from means from the beginning.
func (s Span) bounds(now time.Time, zone *time.Location) (from, to, before time.Time) {
	if s.Last == "" {
		from, to = s.From, s.To
		if to.IsZero() {
			to = now
		}
		if !from.IsZero() {
			before = from.Add(from.Sub(to))
			if months, ok := wholeMonths(from.In(zone), to.In(zone)); ok {
				before = from.In(zone).AddDate(0, -months, 0)
			} else if days := wholeDays(from.In(zone), to.In(zone)); days > 0 {
				before = from.In(zone).AddDate(0, 0, -days)
			}
		}
		return from, to, before
	}
	n, unit, _ := lastOf(s.Last) // checked when it was read
	from = s.back(truncate(now.In(zone), unit), n-1, unit)
	return from, s.back(truncate(now.In(zone), unit), -1, unit), s.back(from, n, unit)
}

func (Span) back(t time.Time, n int, unit string) time.Time {
	switch unit {
	case "Y":
		return t.AddDate(-n, 0, 0)
	case "M":
		return t.AddDate(0, -n, 0)
	case "W":
		return t.AddDate(0, 0, -7*n)
	case "D":
		return t.AddDate(0, 0, -n)
	case "TH":
		return t.Add(time.Duration(-n) * time.Hour)
	}
	return t.Add(time.Duration(-n) * time.Minute)
}

// truncate is the beginning of the unit that a local time is in.
func truncate(t time.Time, unit string) time.Time {
	y, m, d := t.Date()
	switch unit {
	case "Y":
		return time.Date(y, 1, 1, 0, 0, 0, 0, t.Location())
	case "M":
		return time.Date(y, m, 1, 0, 0, 0, 0, t.Location())
	case "W":
		return time.Date(y, m, d-(int(t.Weekday())+6)%7, 0, 0, 0, 0, t.Location())
	case "D":
		return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
	case "TH":
		return t.Truncate(time.Hour)
	}
	return t.Truncate(time.Minute)
}

// wholeMonths tells whether a span is calendar months, and how many.
func wholeMonths(from, to time.Time) (int, bool) {
	if !from.Equal(truncate(from, "M")) || !to.Equal(truncate(to, "M")) {
		return 0, false
	}
	return (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month()), true
}

// wholeDays is how many calendar days a span has, 0 when it is not days.
func wholeDays(from, to time.Time) int {
	if !from.Equal(truncate(from, "D")) || !to.Equal(truncate(to, "D")) {
		return 0
	}
	return int(to.Sub(from).Hours()/24 + 0.5)
}
