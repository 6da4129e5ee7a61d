package query

import (
	"fmt"
	"strings"
	"time"

	"parley/internal/quality/model"
)

const dayMillis = int64(24 * time.Hour / time.Millisecond)

// oldest is before any time that the archive has: ingest refuses older ones.
var oldest = time.Date(2006, 12, 31, 0, 0, 0, 0, time.UTC)

// offsetSQL is SQL for a zone's offset in milliseconds at a column of a span:
// the changes to and from summer time are in the text.
func offsetSQL(column string, zone *time.Location, from, to time.Time) string {
	if from.Before(oldest) {
		from = oldest
	}
	t := from.In(zone)
	_, offset := t.Zone()
	var b strings.Builder
	n := 0
	for {
		_, end := t.ZoneBounds()
		if end.IsZero() || !end.Before(to) {
			break
		}
		_, next := end.Zone()
		if next != offset {
			fmt.Fprintf(&b, " WHEN %s < %d THEN %d", column, end.UnixMilli(), offset*1000)
			n++
		}
		offset, t = next, end
	}
	if n == 0 {
		return fmt.Sprint(offset * 1000)
	}
	return fmt.Sprintf("(CASE%s ELSE %d END)", b.String(), offset*1000)
}

// momentSQL is SQL for a part of local time. Grains from the day up are the
// number of their first day since 1970, weeks count from that of 1969-12-29,
// shorter ones are the instant of their beginning.
func (p *planner) momentSQL(part model.Part, column string) string {
	offset := offsetSQL(column, p.zone, p.from, p.to)
	local := "(" + column + " + " + offset + ")"
	a, d := p.service.archive, p.service.dialect
	day := a.Divide(local, dayMillis)
	switch part {
	case model.ByYear:
		return d.yearStart(day)
	case model.ByMonth:
		return d.monthStart(day)
	case model.ByWeek:
		return a.Divide("("+day+" + 3)", 7)
	case model.ByDay:
		return day
	case model.ByHour:
		return "(" + a.Divide(local, 3_600_000) + " * 3600000 - " + offset + ")"
	case model.ByMinute:
		return "(" + a.Divide(local, 60_000) + " * 60000 - " + offset + ")"
	case model.MonthOfYear:
		return d.month(day)
	case model.DayOfMonth:
		return "(" + day + " - " + d.monthStart(day) + " + 1)"
	case model.DayOfWeek:
		return "((" + day + " + 3) % 7 + 1)"
	case model.DayOfYear:
		return "(" + day + " - " + d.yearStart(day) + " + 1)"
	case model.WeekOfYear: // ISO 8601: the week of a year is that of its Thursday
		thursday := "(" + a.Divide("("+day+" + 3)", 7) + " * 7)"
		return "(" + a.Divide("("+thursday+" - "+d.yearStart(thursday)+")", 7) + " + 1)"
	case model.HourOfDay:
		return "(" + a.Divide(local, 3_600_000) + " % 24)"
	case model.MinuteOfHour:
		return "(" + a.Divide(local, 60_000) + " % 60)"
	case model.SecondOfMinute:
		return "(" + a.Divide(local, 1000) + " % 60)"
	}
	return column
}

// momentText renders what momentSQL gave.
func momentText(part model.Part, zone *time.Location, v int64) any {
	day := func(n int64, layout string) string { return time.Unix(n*86400, 0).UTC().Format(layout) }
	switch part {
	case model.ByYear:
		return day(v, "2006")
	case model.ByMonth:
		return day(v, "2006-01")
	case model.ByWeek:
		return day(v*7-3, time.DateOnly)
	case model.ByDay:
		return day(v, time.DateOnly)
	case model.ByHour, model.ByMinute, model.StartTime, model.EndTime:
		if v <= 0 {
			return nil
		}
		t := time.UnixMilli(v).In(zone)
		if part == model.StartTime || part == model.EndTime {
			return t.Format("2006-01-02T15:04:05.000Z07:00")
		}
		return t.Format(time.RFC3339)
	}
	return v
}

// momentNumber is momentText the other way round, for filters.
func momentNumber(part model.Part, zone *time.Location, v any) (float64, error) {
	if n, ok := v.(float64); ok {
		if part == model.ByYear {
			return float64(time.Date(int(n), 1, 1, 0, 0, 0, 0, time.UTC).Unix() / 86400), nil
		}
		if !part.Grain() && part != model.StartTime && part != model.EndTime {
			return n, nil
		}
	}
	s, ok := v.(string)
	if !ok {
		return 0, fmt.Errorf("a time is expected, such as 2026-11-22")
	}
	if !part.Grain() && part != model.StartTime && part != model.EndTime {
		return 0, fmt.Errorf("a number is expected")
	}
	t, err := instantOf("", s, zone)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no time; write 2026-11-22T17:00:00Z, 2026-11-22, 2026-11 or 2026", s)
	}
	t = t.In(zone)
	y, m, d := t.Date()
	days := func(t time.Time) float64 { return float64(t.Unix() / 86400) }
	switch part {
	case model.ByYear:
		return days(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)), nil
	case model.ByMonth:
		return days(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)), nil
	case model.ByWeek:
		return float64((int64(days(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))) + 3) / 7), nil
	case model.ByDay:
		return days(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)), nil
	}
	return float64(t.UnixMilli()), nil
}
