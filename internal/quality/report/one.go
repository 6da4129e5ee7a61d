package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// Call returns one call in full. The error wraps ErrNoCall for an ID that the
// archive does not have.
func (s *Service) Call(ctx context.Context, id string) (Call, error) {
	found, err := s.archive.Calls(ctx, "id = "+s.archive.Quote(id))
	if err != nil {
		return Call{}, err
	}
	if len(found) == 0 {
		return Call{}, fmt.Errorf("%w: %.80q", ErrNoCall, id)
	}
	c := &found[0]
	rows, err := s.archive.OfCalls(ctx, []int64{c.Key})
	if err != nil {
		return Call{}, err
	}
	facts := &callFacts{legs: map[string]*archive.Leg{}}
	for i := range rows.Legs {
		facts.legs[rows.Legs[i].Role] = &rows.Legs[i]
	}
	for i := range rows.Streams {
		facts.addStream(s.rules, &rows.Streams[i])
	}
	facts.finish(c, rows.Streams)
	out := Call{
		CallSummary: summary(c, facts), Classifier: s.rules.Name, Answered: c.Answered, Ended: c.Ended, Reason: c.Reason, HungUpBy: c.HungUpBy, Legs: []Leg{},
	}
	measured := map[int64][]*archive.Measurement{}
	for i := range rows.Measurements {
		m := &rows.Measurements[i]
		measured[m.StreamKey] = append(measured[m.StreamKey], m)
	}
	for i := range rows.Legs {
		out.Legs = append(out.Legs, s.leg(&rows.Legs[i], rows.Streams, measured))
	}
	slices.SortFunc(out.Legs, func(a, b Leg) int {
		return cmp.Or(cmp.Compare(rank(a.Role), rank(b.Role)), cmp.Compare(a.CallID, b.CallID))
	})
	for i := range rows.Ratings {
		r := &rows.Ratings[i]
		rating := Rating{User: r.User, Stars: int(r.Stars), Text: r.Text, Received: r.Received}
		if r.Tokens != "" {
			rating.Tokens = strings.Split(r.Tokens, ",")
		}
		out.Ratings = append(out.Ratings, rating)
	}
	return out, nil
}

func rank(role string) int {
	if role == "caller" {
		return 0
	}
	return 1
}

func (s *Service) leg(l *archive.Leg, streams []archive.Stream, measured map[int64][]*archive.Measurement) Leg {
	out := Leg{Role: l.Role, CallID: l.CallID, Party: Party{Address: l.User, UserAgent: l.UserAgent, Dialect: l.Dialect}, Streams: []Stream{}}
	own := archive.Responder
	if l.Initiated {
		own = archive.Initiator
	}
	for i := range streams {
		st := &streams[i]
		if st.LegKey != l.Key {
			continue
		}
		if out.Party.UserAgent == "" {
			out.Party.UserAgent = st.Of(own).UserAgent
		}
		out.Streams = append(out.Streams, s.stream(st, st.Sender == own, measured[st.Key]))
	}
	slices.SortFunc(out.Streams, func(a, b Stream) int {
		return cmp.Or(cmp.Compare(mediaRank(a.Media), mediaRank(b.Media)), cmp.Compare(a.Label, b.Label), cmp.Compare(a.Direction, b.Direction))
	})
	return out
}

func mediaRank(m string) int {
	return slices.Index([]string{"audio", "video", "vbss", "appshare", "data"}, m)
}

func (s *Service) stream(st *archive.Stream, sent bool, measured []*archive.Measurement) Stream {
	verdict, why := s.rules.Judge(st.Media, &st.Values, st.ICEFailed)
	out := Stream{
		ID: fmt.Sprintf("%016x", uint64(st.Key)), Label: st.Label, Media: st.Media.String(), Direction: "to-endpoint", Codec: st.Codec, Started: st.Started,
		Seconds: max(st.Ended.Sub(st.Started).Seconds(), 0), Transport: st.Transport, Security: st.Security, Verdict: verdict.String(), Why: why,
		Clock: st.Clock.String(), Sources: []Source{}, Metrics: []Metric{}, Failure: st.Failure.String(), Strip: strip(measured),
	}
	if sent {
		out.Direction = "from-endpoint"
	}
	// One column for each source: its final report, or its last interval.
	var columns []*archive.Measurement
	for _, source := range []metric.Source{metric.Relay, metric.RTCP, metric.ReceivingEnd, metric.SendingEnd, metric.Probe} {
		var best *archive.Measurement
		intervals := 0
		for _, m := range measured {
			if m.Source != source {
				continue
			}
			if m.Part > 0 {
				intervals++
			}
			if best == nil || m.Part == 0 || best.Part != 0 && m.Part > best.Part {
				best = m
			}
			for line := range strings.SplitSeq(m.Remarks, "\n") {
				if line != "" {
					out.Notes = append(out.Notes, m.Source.String()+": "+line)
				}
			}
		}
		if best != nil {
			columns = append(columns, best)
			out.Sources = append(out.Sources, Source{By: source.String(), Format: best.Format, Correlation: best.Correlation, Reporter: best.Reporter, Received: best.Received, Intervals: intervals})
		}
	}
	slices.Sort(out.Notes)
	out.Notes = slices.Compact(out.Notes)
	for id := range metric.Count {
		if row, ok := sideBySide(id, columns); ok {
			out.Metrics = append(out.Metrics, row)
		}
	}
	return out
}

// sideBySide makes one row of the table; ok is false when no source gave the
// metric.
func sideBySide(id metric.ID, columns []*archive.Measurement) (row Metric, ok bool) {
	d := id.Get()
	row = Metric{Name: d.Name, Title: d.Title, Unit: d.Unit, Values: make([]*float64, len(columns)), Used: -1}
	factor := 1.0
	if d.Unit == "ratio" { // for people
		row.Unit, factor = "%", 100
	}
	order := id.Precedence()
	for i, m := range columns {
		v, has := m.Values.Get(id)
		if !has {
			continue
		}
		v *= factor
		row.Values[i] = &v
		if row.Used < 0 || slices.Index(order[:], m.Source) < slices.Index(order[:], columns[row.Used].Source) {
			row.Used = i
		}
	}
	return row, row.Used >= 0
}
