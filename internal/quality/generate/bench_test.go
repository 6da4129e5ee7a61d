package generate

import (
	"testing"
	"time"

	"parley/internal/quality/archive"
)

func BenchmarkStreams(b *testing.B) {
	g, err := New(Config{Streams: 1_000_000, Seed: 1, From: time.Date(2026, 4, 22, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		b.Fatal(err)
	}
	fill := g.Months()[3].Streams
	var rows []archive.Stream
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		rows = fill.Fill(n%fill.Count, rows[:0])
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*len(rows)), "ns/stream")
}
