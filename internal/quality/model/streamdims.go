package model

import (
	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// Duration is SQL for a row's length in milliseconds.
const Duration = "CASE WHEN started > 0 AND ended > started THEN ended - started ELSE 0 END"

// FirstSends is SQL that is true when the first end sends the stream.
const FirstSends = "((sender = 1 AND server <> 2) OR (sender = 2 AND server = 2))"

// streamDimensions are those of the stream as a whole.
func streamDimensions() []Dimension {
	var all []Dimension
	add := func(key, name, category string, d Dimension) *Dimension {
		d.Key, d.Name, d.Category, d.In = key, name, category, []Dataset{Streams}
		if d.Expr == "" && len(d.Columns) > 0 {
			d.Expr = d.Columns[0]
		}
		all = append(all, d)
		return &all[len(all)-1]
	}
	word := func(key, column, name string) {
		add(key, name, "Stream", Dimension{Kind: Code, Dict: archive.Word, Columns: []string{column}})
	}
	add("media_type", "Media Type", "Stream", Dimension{Kind: Enum, Unknown: -1, Columns: []string{"media"}, Values: []Value{
		{int64(metric.Audio), "audio"}, {int64(metric.Video), "video"}, {int64(metric.VbSS), "vbss"}, {int64(metric.AppShare), "appshare"}, {int64(metric.Other), "data"}}})
	word("label", "label", "Media Line Label Text")
	add("direction", "Stream Direction", "Stream", Dimension{Kind: Enum, Values: []Value{{1, "First-to-Second"}, {2, "Second-to-First"}}, Columns: []string{"sender", "server"},
		Expr: "CASE WHEN sender = 0 THEN 0 WHEN " + FirstSends + " THEN 1 ELSE 2 END"})
	add("first_is_caller", "First Is Caller", "Stream", Dimension{Kind: Enum, Unknown: -1, Values: flag, Columns: []string{"server"}, Expr: "CASE WHEN server <> 2 THEN 1 ELSE 0 END"})
	word("codec", "codec", "Payload Description")
	add("clock_rate", "Sample Rate", "Stream", Dimension{Kind: Number, Unit: "Hz", Columns: []string{"clock_rate"}})
	word("transport", "transport", "Transport")
	word("security", "security", "Security")
	word("bandwidth_source", "bandwidth_source", "Applied Bandwidth Source")
	word("mos_model", "mos_model", "MOS Model")
	add("fec", "Audio FEC Used", "Stream", Dimension{Kind: Enum, Unknown: -1, Values: flag, Columns: []string{"fec"}})
	add("ice_failed", "Ice Failed", "Stream", Dimension{Kind: Enum, Unknown: -1, Values: flag, Columns: []string{"ice_failed"}})
	add("clock", "Clock State", "Data", Dimension{Kind: Enum, Unknown: -1, Columns: []string{"clock"}, Values: []Value{{0, "ok"}, {1, "repaired"}, {2, "quarantined"}}})
	add("skew", "Clock Skew", "Data", Dimension{Kind: Number, Unit: "s", Signed: true, Columns: []string{"skew"}})
	add("remarks", "Remarks", "Data", Dimension{Kind: Number, Signed: true, Columns: []string{"remarks"}})
	add("qoe_available", "QoE Record Available", "Data", Dimension{Kind: Enum, Unknown: -1, Columns: []string{"first_told", "second_told"},
		Expr: "first_told + 2 * second_told", Values: []Value{{0, "None"}, {1, "First"}, {2, "Second"}, {3, "Both"}}})
	add("measured_by_relay", "Measured By Relay", "Data", Dimension{Kind: Enum, Unknown: -1, Columns: []string{"sources"}, Values: flag, Expr: "CASE WHEN sources % 32 >= 8 THEN 1 ELSE 0 END"})
	add("duration", "Duration (Seconds)", "Stream", Dimension{Kind: Number, Signed: true, Unit: "s", Scale: 1000, Columns: []string{"duration"}})
	add("duration_minutes", "Duration (Minutes)", "Stream", Dimension{Kind: Number, Signed: true, Unit: "min", Scale: 60000, Columns: []string{"duration"}})
	add("short", "Duration 5 seconds or less", "Stream", Dimension{Kind: Enum, Unknown: -1, Values: flag, Columns: []string{"duration"}, Expr: "CASE WHEN duration <= 5000 THEN 1 ELSE 0 END"})
	add("long", "Duration 60 seconds or more", "Stream", Dimension{Kind: Enum, Unknown: -1, Values: flag, Columns: []string{"duration"}, Expr: "CASE WHEN duration >= 60000 THEN 1 ELSE 0 END"})
	add("duration_band", "Duration Band", "Stream", Dimension{Kind: Bands, Signed: true, Unit: "s", Scale: 1000, Columns: []string{"duration"}, Bounds: []float64{5, 15, 60, 300, 900, 3600}})

	add("verdict", "Stream Quality", "Quality", Dimension{Kind: Verdict, Unknown: -1})
	add("classified_poor", "ClassifiedPoorCall", "Quality", Dimension{Kind: PoorDue, Metric: metric.Count, Unknown: -1})
	add("poor_reason", "Poor Reason", "Quality", Dimension{Kind: PoorReason})
	for _, due := range PoorDues() {
		add(due.Key(), due.Title, "Quality", Dimension{Kind: PoorDue, Metric: due.Metric, Media: due.Media, Unknown: -1})
	}
	for id := range metric.Count {
		d := id.Get()
		add(d.Name, d.Title, "Metric", Dimension{Kind: Metric, Metric: id, Unit: d.Unit, Columns: []string{d.Name}})
	}
	for _, b := range metricBands {
		d := b.id.Get()
		add(d.Name+"_band", d.Title+" Band", "Metric", Dimension{Kind: Bands, Metric: b.id, Unit: d.Unit, Scale: d.Scale, Columns: []string{d.Name}, Bounds: b.bounds, Unknown: Absent,
			Expr: "coalesce(" + d.Name + ", " + AbsentSQL + ")"})
	}
	return all
}

// Absent stands for a missing metric, so that no value of a dimension is NULL:
// engines differ in what they do with it.
const (
	Absent    int64 = -9_000_000_000_000_000_000
	AbsentSQL       = "-9000000000000000000"
)

// metricBands are the metrics that reports show in ranges; never changed.
var metricBands = []struct {
	id     metric.ID
	bounds []float64
}{
	{metric.Jitter, []float64{5, 10, 15, 30, 60}},
	{metric.LossRate, []float64{0.001, 0.01, 0.05, 0.1, 0.2}},
	{metric.RoundTrip, []float64{50, 100, 250, 500, 1000}},
	{metric.NetworkMOS, []float64{2, 2.5, 3, 3.5, 4}},
	{metric.Degradation, []float64{0.2, 0.6, 1, 2}},
	{metric.Concealed, []float64{0.01, 0.03, 0.07, 0.2}},
	{metric.FrameRate, []float64{2, 7, 12, 20, 30}},
	{metric.SendSignal, []float64{-50, -40, -30, -24, -18}},
}
