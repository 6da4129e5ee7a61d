package query_test

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/classify"
	"parley/internal/quality/mapping"
	"parley/internal/quality/metric"
	"parley/internal/quality/model"
)

// naive answers the questions of the generator by looking at every row, with
// none of the planner's code.
type naive struct {
	rows  archive.Rows
	view  mapping.View
	zone  *time.Location
	rules map[string]classify.RuleSet
}

// stream is a row with what belongs to it.
type stream struct {
	*archive.Stream
	call *archive.Call
	star int32
}

func (n *naive) streams(from, to time.Time) []stream {
	calls := map[int64]*archive.Call{}
	for i := range n.rows.Calls {
		calls[n.rows.Calls[i].Key] = &n.rows.Calls[i]
	}
	stars := map[int64]int32{}
	for _, r := range n.rows.Ratings {
		stars[r.LegKey] = max(stars[r.LegKey], r.Stars)
	}
	var out []stream
	for i := range n.rows.Streams {
		s := &n.rows.Streams[i]
		if !s.Started.Before(from) && s.Started.Before(to) {
			out = append(out, stream{s, calls[s.CallKey], stars[s.LegKey]})
		}
	}
	return out
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// end is a stream's first or second end.
func (s stream) end(first bool) *archive.End {
	if first == (s.Server != archive.Responder) {
		return &s.Sides[0]
	}
	return &s.Sides[1]
}

// value is a dimension of a stream.
func (n *naive) value(s stream, dim, classifier string) any {
	local := s.Started.In(n.zone)
	if rest, ok := strings.CutPrefix(dim, "first."); ok {
		return n.endValue(s, s.end(true), rest)
	}
	if rest, ok := strings.CutPrefix(dim, "second."); ok {
		return n.endValue(s, s.end(false), rest)
	}
	switch dim {
	case "media_type":
		return s.Media.String()
	case "codec":
		return orNil(s.Codec)
	case "transport":
		return orNil(s.Transport)
	case "clock":
		return s.Clock.String()
	case "verdict":
		v, _ := n.rules[classifier].Judge(s.Media, &s.Values, s.ICEFailed)
		return v.String()
	case "ice_failed":
		return s.ICEFailed
	case "duration":
		return float64(s.length().Milliseconds()) / 1000
	case "pair.net":
		return s.end(true).Network + " : " + s.end(false).Network
	case "call.outcome":
		return orNil(s.call.Outcome)
	case "rating.stars":
		if s.star == 0 {
			return nil
		}
		return float64(s.star)
	case "time.month":
		return local.Format("2006-01")
	case "time.day":
		return local.Format("2006-01-02")
	case "time.week":
		return local.AddDate(0, 0, -(int(local.Weekday())+6)%7).Format("2006-01-02")
	case "time.hour":
		_, off := local.Zone()
		return time.Unix((s.Started.Unix()+int64(off))/3600*3600-int64(off), 0).In(n.zone).Format(time.RFC3339)
	case "time.hour_of_day":
		return float64(local.Hour())
	case "time.day_of_week":
		return float64((int(local.Weekday())+6)%7 + 1)
	case "time.week_of_year":
		_, w := local.ISOWeek()
		return float64(w)
	}
	id, ok := metric.ByName(dim)
	if !ok {
		panic("BUG: naive evaluator knows no " + dim)
	}
	if v, has := s.Values.Get(id); has {
		return v
	}
	return nil
}

func (s stream) length() time.Duration { return max(0, s.Ended.Sub(s.Started)) }

func (n *naive) endValue(s stream, e *archive.End, what string) any {
	place := e.Subnet
	if place == "" {
		place = e.IP
	}
	switch what {
	case "user":
		return orNil(e.User)
	case "ip":
		return orNil(e.IP)
	case "subnet":
		return orNil(e.Subnet)
	case "net":
		return orNil(e.Network)
	case "inside":
		return [3]any{nil, false, true}[e.Inside]
	case "told":
		return e.Told
	case "ua_category":
		return orNil(model.AgentCategory(e.UserAgent))
	case "wifi_rssi":
		if e.WifiRSSI == 0 {
			return nil
		}
		return float64(e.WifiRSSI)
	case "building", "inside_corp", "city":
		if place == "" {
			return nil
		}
		return orNil(n.view.Attribute(what)(place, s.Started))
	}
	panic("BUG: naive evaluator knows no end's " + what)
}

// measure computes a measure of a group.
func (n *naive) measure(group []stream, key, classifier string) any {
	verdict := func(s stream) classify.Verdict {
		v, _ := n.rules[classifier].Judge(s.Media, &s.Values, s.ICEFailed)
		return v
	}
	media, what, of := metric.Media(255), key, group
	for _, m := range []metric.Media{metric.Audio, metric.Video, metric.VbSS, metric.AppShare} {
		if rest, ok := strings.CutPrefix(key, m.String()+"."); ok {
			media, what = m, rest
		}
	}
	if media != 255 {
		of = slices.DeleteFunc(slices.Clone(group), func(s stream) bool { return s.Media != media })
	}
	count := func(test func(s stream) bool) float64 {
		c := 0.0
		for _, s := range of {
			if test(s) {
				c++
			}
		}
		return c
	}
	calls := func(test func(s stream) bool) float64 {
		seen := map[int64]bool{}
		for _, s := range of {
			if test(s) {
				seen[s.CallKey] = true
			}
		}
		return float64(len(seen))
	}
	poor := func(s stream) bool { return verdict(s) == classify.Poor }
	classed := func(s stream) bool { return verdict(s) != classify.Unclassified }
	all := func(stream) bool { return true }
	share := func(a, b float64) any {
		if b == 0 {
			return nil
		}
		return 100 * a / b
	}
	switch what {
	case "streams":
		return count(all)
	case "poor":
		return count(poor)
	case "good":
		return count(classed) - count(poor)
	case "unclassified":
		return count(all) - count(classed)
	case "poor_pct":
		return share(count(poor), count(classed))
	case "calls":
		return calls(all)
	case "poor_calls":
		return calls(poor)
	case "good_calls":
		return calls(classed) - calls(poor)
	case "poor_call_pct":
		return share(calls(poor), calls(classed))
	case "minutes":
		sum := 0.0
		for _, s := range of {
			sum += float64(s.length().Milliseconds())
		}
		return sum / 60000
	case "second.users":
		seen := map[string]bool{}
		for _, s := range of {
			if u := s.end(false).User; u != "" {
				seen[u] = true
			}
		}
		return float64(len(seen))
	case "setup_failed_pct":
		return share(count(func(s stream) bool {
			return s.call.Known && (s.ICEFailed || s.call.Outcome == "failed")
		}), count(func(s stream) bool { return s.call.Known }))
	case "feedback_avg":
		sum := 0.0
		for _, s := range of {
			sum += float64(s.star)
		}
		if rated := count(func(s stream) bool { return s.star > 0 }); rated > 0 {
			return sum / rated
		}
		return nil
	case "poor_due_jitter":
		return count(func(s stream) bool {
			v, has := s.Values.Get(metric.Jitter)
			return poor(s) && has && v > 30
		})
	}
	stat, name, _ := strings.Cut(what, ".")
	id, ok := metric.ByName(name)
	if !ok {
		panic("BUG: naive evaluator knows no measure " + key)
	}
	var values []float64
	sum := 0.0
	for _, s := range of {
		if v, has := s.Values.Get(id); has {
			stored := float64(id.Stored(v))
			values = append(values, stored)
			sum += stored
		}
	}
	if len(values) == 0 {
		if stat == "count" {
			return 0.0
		}
		return nil
	}
	sort.Float64s(values)
	scale := id.Get().Scale
	switch stat {
	case "avg":
		return sum / float64(len(values)) / scale
	case "min":
		return values[0] / scale
	case "max":
		return values[len(values)-1] / scale
	case "count":
		return float64(len(values))
	}
	var p int
	if _, err := fmt.Sscanf(stat, "p%d", &p); err != nil {
		panic("BUG: naive evaluator knows no statistic " + stat)
	}
	return values[(p*len(values)+99)/100-1] / scale
}

// near compares two values as results have them.
func near(a, b any) bool {
	x, isX := asFloat(a)
	y, isY := asFloat(b)
	if isX && isY {
		return math.Abs(x-y) <= 1e-9*max(1, math.Abs(x))
	}
	return a == b
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
