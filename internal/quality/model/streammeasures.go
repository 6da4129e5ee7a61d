package model

import (
	"parley/internal/quality/classify"
	"parley/internal/quality/metric"
)

var (
	inStreams = []Dataset{Streams}
	poorOnly  = []classify.Verdict{classify.Poor}
	classed   = []classify.Verdict{classify.Good, classify.Poor}
)

// kinds of media with measures of their own; never changed.
var mediaKinds = []struct {
	media      metric.Media
	key, title string
}{
	{0, "", "Total "}, {metric.Audio, "audio.", "Audio "}, {metric.Video, "video.", "Video "}, {metric.VbSS, "vbss.", "VBSS "}, {metric.AppShare, "appshare.", "AppSharing "},
}

func count(w When) Atom { return Atom{Func: Count, Metric: metric.Count, When: w} }

func sum(of string, w When, columns ...string) Atom {
	return Atom{Func: Sum, Of: of, Columns: columns, Metric: metric.Count, When: w}
}

func distinct(column string, w When) Atom {
	return Atom{Func: Distinct, Of: column, Columns: []string{column}, Metric: metric.Count, When: w}
}

// qualityMeasures count good and poor streams and calls of each kind of media.
func qualityMeasures() []Measure {
	var all []Measure
	for _, k := range mediaKinds {
		add := func(key, name, unit string, form Form, scale float64, atoms ...Atom) {
			all = append(all, Measure{Key: k.key + key, Name: k.title + name, Category: "Quality", Unit: unit, In: inStreams, Form: form, Atoms: atoms, Scale: scale})
		}
		any := When{Media: k.media}
		poor, both := When{Media: k.media, Verdicts: poorOnly}, When{Media: k.media, Verdicts: classed}
		add("streams", "Stream Count", "", Plain, 0, count(any))
		add("poor", "Poor Stream Count", "", Plain, 0, count(poor))
		add("good", "Good Stream Count", "", Plain, 0, count(When{Media: k.media, Verdicts: []classify.Verdict{classify.Good}}))
		add("unclassified", "Unclassified Stream Count", "", Plain, 0, count(When{Media: k.media, Verdicts: []classify.Verdict{classify.Unclassified}}))
		add("poor_pct", "Poor Percentage", "%", Percent, 0, count(poor), count(both))
		add("unclassified_pct", "Unclassified Percentage", "%", Percent, 0, count(When{Media: k.media, Verdicts: []classify.Verdict{classify.Unclassified}}), count(any))
		add("calls", "Call Count", "", Plain, 0, distinct("call_key", any))
		add("poor_calls", "Poor Call Count", "", Plain, 0, distinct("call_key", poor))
		add("good_calls", "Good Call Count", "", Difference, 0, distinct("call_key", both), distinct("call_key", poor))
		add("unclassified_calls", "Unclassified Call Count", "", Difference, 0, distinct("call_key", any), distinct("call_key", both))
		add("poor_call_pct", "Poor Call Percentage", "%", Percent, 0, distinct("call_key", poor), distinct("call_key", both))
		add("minutes", "Stream Duration (Minutes)", "min", Plain, 60000, sum("duration", any, "duration"))
		add("poor_minutes", "Poor Stream Duration (Minutes)", "min", Plain, 60000, sum("duration", poor, "duration"))
		add("loss1", "OnePercent PacketLoss Count", "", Plain, 0, count(overOnePercent(k.media)))
		add("loss1_pct", "OnePercent PacketLoss Percentage", "%", Percent, 0, count(overOnePercent(k.media)), Atom{Func: Known, Of: "loss", Columns: []string{"loss"}, Metric: metric.LossRate, When: any})
		add("users", "Second User Count", "", Plain, 0, distinct("second_user", whenKnown(any, "second_user")))
		add("poor_users", "Second Users With Poor Streams", "", Plain, 0, distinct("second_user", whenKnown(poor, "second_user")))
	}
	for _, due := range PoorDues() {
		all = append(all, Measure{Key: due.Key(), Name: due.Title + " Count", Category: "Quality", In: inStreams,
			Atoms: []Atom{count(When{Media: due.Media, Due: due.Metric, HasDue: true})}})
	}
	return all
}

func overOnePercent(m metric.Media) When {
	return When{Media: m, Cond: "coalesce(loss, 0) > 100", Columns: []string{"loss"}}
}

// whenKnown adds that a code is not empty.
func whenKnown(w When, column string) When {
	w.Cond, w.Columns = column+" <> 0", []string{column}
	return w
}

// reliabilityMeasures count what failed, and what is behind a result.
func reliabilityMeasures() []Measure {
	var all []Measure
	add := func(key, name, category, unit string, form Form, atoms ...Atom) *Measure {
		all = append(all, Measure{Key: key, Name: name, Category: category, Unit: unit, In: inStreams, Form: form, Atoms: atoms})
		return &all[len(all)-1]
	}
	when := func(cond string, columns ...string) When { return When{Cond: cond, Columns: columns} }
	recorded := when("call_known = 1", "call_known")
	setup := when("call_known = 1 AND (ice_failed = 1 OR call_failure = 1)", "call_known", "ice_failed", "call_failure")
	succeeded := when("call_known = 1 AND ice_failed = 0 AND call_failure <> 1", "call_known", "ice_failed", "call_failure")
	dropped := when("call_known = 1 AND ice_failed = 0 AND call_failure = 2", "call_known", "ice_failed", "call_failure")
	failed := when("ice_failed = 1 OR call_failure > 0", "ice_failed", "call_failure")
	const r = "Reliability"
	add("cdr_available", "Total CDR Available Stream Count", r, "", Plain, count(recorded))
	add("setup_failed", "Total Call Setup Failed Stream Count", r, "", Plain, count(setup))
	add("setup_failed_pct", "Total Call Setup Failure Percentage", r, "%", Percent, count(setup), count(recorded))
	add("setup_succeeded", "Total Call Setup Succeeded Stream Count", r, "", Plain, count(succeeded))
	add("dropped", "Total Call Dropped Stream Count", r, "", Plain, count(dropped))
	add("dropped_pct", "Total Call Dropped Failure Percentage", r, "%", Percent, count(dropped), count(succeeded))
	add("media_failed", "Total Media Failed Stream Count", r, "", Plain, count(failed))
	add("media_failed_pct", "Total Media Failure Percentage", r, "%", Percent, count(failed), count(When{}))
	add("media_succeeded", "Total Media Succeeded Stream Count", r, "", Difference, count(When{}), count(failed))
	add("cdr_available_calls", "Total CDR Available Call Count", r, "", Plain, distinct("call_key", recorded))
	add("media_failed_calls", "Total Media Failed Call Count", r, "", Plain, distinct("call_key", failed))
	add("short", "Total Short Stream Count", r, "", Plain, count(when("duration <= 5000", "duration")))
	add("short_calls", "Total Short Call Count", r, "", Plain, distinct("call_key", when("duration <= 5000", "duration")))
	add("short_pct", "Total Short Call Percentage", r, "%", Percent, distinct("call_key", when("duration <= 5000", "duration")), distinct("call_key", When{}))
	add("sessions", "Session Count", r, "", Plain, distinct("leg_key", When{}))
	add("avg_duration", "Avg Call Duration", r, "s", Ratio, sum("duration", When{}, "duration"), count(When{})).Scale = 1000
	add("audio_minutes", "Total Audio Stream Duration (Minutes)", r, "min", Plain, sum("duration", When{Media: metric.Audio}, "duration")).Scale = 60000
	add("first.users", "First User Count", "Users", "", Plain, distinct("first_user", whenKnown(When{}, "first_user")))
	add("second.users", "Second User Count", "Users", "", Plain, distinct("second_user", whenKnown(When{}, "second_user")))
	add("endpoints", "Second Endpoint Count", "Users", "", Plain, distinct("second_endpoint", whenKnown(When{}, "second_endpoint")))
	add("coverage_pct", "QoE Coverage Percentage", "Data", "%", Percent, count(when("second_told = 1 OR first_told = 1", "first_told", "second_told")), count(When{}))
	add("both_told_pct", "QoE Both Ends Percentage", "Data", "%", Percent, count(when("first_told + second_told = 2", "first_told", "second_told")), count(When{}))
	add("repaired", "Clock Repaired Stream Count", "Data", "", Plain, count(when("clock = 1", "clock")))
	add("quarantined", "Clock Quarantined Stream Count", "Data", "", Plain, count(when("clock = 2", "clock")))
	add("remarked", "Streams With Values Left Out", "Data", "", Plain, count(when("remarks > 0", "remarks")))
	add("unmapped", "Streams Without Building", "Data", "", Plain, count(when("second_building = 0", "second_building")))
	add("mapped_pct", "Mapping Coverage Percentage", "Data", "%", Percent, count(when("second_building <> 0", "second_building")), count(When{}))
	rated := when("stars > 0", "stars")
	badly := when("stars > 0 AND stars <= 2", "stars")
	add("feedback", "Second Feedback Rating Count", "Feedback", "", Plain, count(rated)).In = []Dataset{Streams, Ratings}
	add("feedback_avg", "Second Feedback Rating Avg", "Feedback", "", Ratio, sum("stars", rated, "stars"), count(rated)).In = []Dataset{Streams, Ratings}
	add("feedback_poor", "Second Feedback Rating Poor Count", "Feedback", "", Plain, count(badly)).In = []Dataset{Streams, Ratings}
	add("feedback_poor_pct", "Second Feedback Rating Poor Percentage", "Feedback", "%", Percent, count(badly), count(rated)).In = []Dataset{Streams, Ratings}
	return all
}

// callMeasures are of the dataset of calls.
func callMeasures() []Measure {
	var all []Measure
	add := func(key, name, unit string, form Form, atoms ...Atom) *Measure {
		all = append(all, Measure{Key: key, Name: name, Category: "Calls", Unit: unit, In: []Dataset{Calls}, Form: form, Atoms: atoms})
		return &all[len(all)-1]
	}
	when := func(cond string, columns ...string) When { return When{Cond: cond, Columns: columns} }
	recorded := when("call_known = 1", "call_known")
	answered := when("call_answered > 0", "call_answered")
	setup := when("call_failure = 1", "call_failure")
	dropped := when("call_failure = 2", "call_failure")
	add("call.count", "Calls", "", Plain, count(When{}))
	add("call.recorded", "Calls With Record", "", Plain, count(recorded))
	add("call.answered", "Answered Calls", "", Plain, count(answered))
	add("call.asr", "Total Answer Seizure Ratio", "%", Percent, count(answered), count(recorded))
	add("call.setup_failed", "Calls Failed In Setup", "", Plain, count(setup))
	add("call.setup_failed_pct", "Call Setup Failure Percentage", "%", Percent, count(setup), count(recorded))
	add("call.dropped", "Calls Dropped", "", Plain, count(dropped))
	add("call.dropped_pct", "Call Dropped Percentage", "%", Percent, count(dropped), count(answered))
	add("call.minutes", "Call Minutes", "min", Plain, sum("call_talk", When{}, "call_talk")).Scale = 60000
	add("call.avg_duration", "Avg Answered Call Duration", "s", Ratio, sum("call_talk", answered, "call_talk", "call_answered"), count(answered)).Scale = 1000
	add("call.setup_delay", "Avg Setup Delay", "s", Ratio, sum("call_answered - started", answered, "call_answered", "started"), count(answered)).Scale = 1000
	short := when("call_answered > 0 AND call_talk <= 5000", "call_answered", "call_talk")
	add("call.short", "Short Calls", "", Plain, count(short))
	add("call.short_pct", "Short Call Percentage", "%", Percent, count(short), count(answered))
	add("call.callers", "Callers", "", Plain, distinct("call_caller", whenKnown(When{}, "call_caller")))
	add("call.callees", "Callees", "", Plain, distinct("call_callee", whenKnown(When{}, "call_callee")))
	return all
}
