package report

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/internal/quality/archive"
	"parley/internal/quality/classify"
	"parley/internal/quality/metric"
)

// Sizes of a page of calls.
const (
	defaultPage = 50
	largestPage = 500
)

// Calls lists calls, the newest first.
func (s *Service) Calls(ctx context.Context, f CallFilter) (CallPage, error) {
	page := CallPage{Classifier: s.rules.Name, Calls: []CallSummary{}}
	limit := f.Limit
	switch {
	case limit == 0:
		limit = defaultPage
	case limit < 0 || limit > largestPage:
		return page, fmt.Errorf("%w: a page has 1 to %d calls, not %d", ErrBadQuery, largestPage, limit)
	}
	where, some, err := s.selection(f)
	if err != nil || !some {
		return page, err
	}
	rows, err := s.archive.Calls(ctx, fmt.Sprintf("%s ORDER BY started DESC, call_key DESC LIMIT %d", where, limit+1))
	if err != nil {
		return page, err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		page.Next = fmt.Sprintf("%d.%d", last.Started.UnixMilli(), last.Key)
	}
	about, err := s.about(ctx, rows)
	if err != nil {
		return page, err
	}
	for i := range rows {
		page.Calls = append(page.Calls, summary(&rows[i], about[rows[i].Key]))
	}
	return page, nil
}

// selection makes the condition of a filter; some is false when nothing can
// fulfil it.
func (s *Service) selection(f CallFilter) (where string, some bool, err error) {
	if where, err = s.where(f.Range); err != nil {
		return "", false, err
	}
	if f.User != "" {
		needle := strings.ToLower(f.User)
		codes := s.archive.Codes(archive.User, func(text string) bool { return strings.Contains(strings.ToLower(text), needle) })
		if len(codes) == 0 {
			return "", false, nil
		}
		list := archive.In(codes)
		where += " AND (caller IN " + list + " OR callee IN " + list + ")"
	}
	if f.Cursor != "" {
		var started, key int64
		if n, err := fmt.Sscanf(f.Cursor, "%d.%d", &started, &key); n != 2 || err != nil || f.Cursor != fmt.Sprintf("%d.%d", started, key) {
			return "", false, fmt.Errorf("%w: cursor %.40q was not given by a page", ErrBadQuery, f.Cursor)
		}
		where += fmt.Sprintf(" AND (started < %d OR (started = %d AND call_key < %d))", started, started, key)
	}
	if f.Verdict == "" {
		return where, true, nil
	}
	judged := "SELECT call_key FROM (SELECT call_key, max(CASE WHEN v = 2 THEN 2 WHEN v = 1 THEN 1 ELSE 0 END) AS worst FROM (SELECT call_key, " +
		s.verdict + " AS v FROM " + s.archive.From("streams") + ") AS judged GROUP BY call_key) AS calls_judged WHERE worst "
	switch f.Verdict {
	case Poor:
		where += " AND call_key IN (" + judged + "= 2)"
	case Good:
		where += " AND call_key IN (" + judged + "= 1)"
	case Unclassified: // calls without streams are such, too
		where += " AND call_key NOT IN (" + judged + "> 0)"
	default:
		return "", false, fmt.Errorf("%w: verdict %.40q is none of good, poor and unclassified", ErrBadQuery, f.Verdict)
	}
	return where, true, nil
}

// callFacts is what the list shows of a call beside its own row.
type callFacts struct {
	legs       map[string]*archive.Leg // by role
	streams    StreamCounts
	worstMOS   *float64
	reportedBy []string
}

// about collects the facts of the calls of a page.
func (s *Service) about(ctx context.Context, calls []archive.Call) (map[int64]*callFacts, error) {
	facts := make(map[int64]*callFacts, len(calls))
	keys := make([]int64, len(calls))
	for i := range calls {
		keys[i] = calls[i].Key
		facts[keys[i]] = &callFacts{legs: map[string]*archive.Leg{}}
	}
	rows, err := s.archive.LegsAndStreams(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i := range rows.Legs {
		l := &rows.Legs[i]
		if f := facts[l.CallKey]; f != nil {
			f.legs[l.Role] = l
		}
	}
	for i := range rows.Streams {
		if f := facts[rows.Streams[i].CallKey]; f != nil {
			f.addStream(s.rules, &rows.Streams[i])
		}
	}
	for i := range calls {
		facts[calls[i].Key].finish(&calls[i], rows.Streams)
	}
	return facts, nil
}

func (f *callFacts) addStream(rules classify.RuleSet, st *archive.Stream) {
	verdict, _ := rules.Judge(st.Media, &st.Values, st.ICEFailed)
	f.streams.add(verdict, 1)
	if st.Media == metric.Audio {
		if mos, ok := score(&st.Values); ok && (f.worstMOS == nil || mos < *f.worstMOS) {
			f.worstMOS = &mos
		}
	}
}

// score is a stream's mean opinion score, the best founded that was given.
func score(v *metric.Set) (float64, bool) {
	for _, id := range []metric.ID{metric.NetworkMOS, metric.MOSLQ, metric.MOSCQ, metric.ListenMOSReceived, metric.ConversationalMOS} {
		if mos, ok := v.Get(id); ok {
			return mos, true
		}
	}
	return 0, false
}

// finish lists who measured the call.
func (f *callFacts) finish(c *archive.Call, streams []archive.Stream) {
	var relay, caller, callee bool
	for i := range streams {
		st := &streams[i]
		if st.CallKey != c.Key {
			continue
		}
		relay = relay || st.Sources&(1<<metric.Relay|1<<metric.RTCP) != 0
		for _, e := range st.Sides {
			caller = caller || e.Told && e.User == c.Caller
			callee = callee || e.Told && e.User == c.Callee
		}
	}
	f.reportedBy = []string{}
	for _, who := range []struct {
		name string
		did  bool
	}{{"relay", relay}, {"caller", caller}, {"callee", callee}} {
		if who.did {
			f.reportedBy = append(f.reportedBy, who.name)
		}
	}
}

func summary(c *archive.Call, f *callFacts) CallSummary {
	sum := CallSummary{
		ID: c.ID, Started: c.Started, Caller: Party{Address: c.Caller}, Callee: Party{Address: c.Callee}, Outcome: c.Outcome, SIPCode: int(c.SIPCode),
		Verdict: f.streams.verdict(), Streams: f.streams, WorstMOS: f.worstMOS, ReportedBy: slices.Clone(f.reportedBy),
	}
	if !c.Answered.IsZero() && c.Ended.After(c.Answered) {
		sum.Seconds = c.Ended.Sub(c.Answered).Seconds()
	}
	for role, p := range map[string]*Party{"caller": &sum.Caller, "callee": &sum.Callee} {
		if l := f.legs[role]; l != nil {
			p.UserAgent, p.Dialect = l.UserAgent, l.Dialect
		}
	}
	return sum
}
