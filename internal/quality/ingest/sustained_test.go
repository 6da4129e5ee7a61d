package ingest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/state"
	"parley/internal/wire/qoe"
	"parley/internal/wire/sip"
)

// BenchmarkSustained sends reports of both ends of calls at 5,000 a second, and
// as fast as they are taken; each is parsed, stored on disk with a sync and
// answered, while the consumer brings them into the archive beside it.
// "acked/s" is the rate of 202 answers; "archived/s" counts until the last
// report can be queried; "lag-s" is the worst time that one waited between the
// two; "cpu-us" is the processor time of the whole process for a report.
func BenchmarkSustained(b *testing.B) {
	b.Run("5000", func(b *testing.B) { sustain(b, 5000) })
	b.Run("most", func(b *testing.B) { sustain(b, 0) })
}

func sustain(b *testing.B, rate int) {
	dir := b.TempDir()
	store, err := state.Open(b.Context(), state.Config{Dir: dir + "/state"})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	journal, err := state.OpenStream(b.Context(), store, "quality", state.StreamOptions{})
	if err != nil {
		b.Fatal(err)
	}
	a := archivetest.Open(b, archive.Config{Engine: archive.EngineDuckDB, Path: dir + "/q.duckdb", Threads: 2})
	s, err := New(b.Context(), Config{Journal: journal, Archive: a})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	const group = 100 // reports between two looks at the clock
	requests := sustainedRequests(b, group)
	sent, worst := 0, time.Duration(0)
	var answered sync.WaitGroup
	window := make(chan struct{}, 2000) // transactions that wait for their 202
	began, used := time.Now(), processorTime(b)
	for b.Loop() {
		for i := range requests {
			window <- struct{}{}
			answered.Add(1)
			s.Service(requests[i](sent, func(code int) {
				if code != 202 {
					b.Errorf("answered %d", code)
				}
				<-window
				answered.Done()
			}))
		}
		sent += len(requests)
		worst = max(worst, lag(s))
		if rate > 0 {
			<-time.After(time.Until(began.Add(time.Duration(sent) * time.Second / time.Duration(rate))))
		}
	}
	answered.Wait()
	acked := time.Since(began)
	for s.Status().Pending > 0 {
		worst = max(worst, lag(s))
		<-time.After(time.Millisecond)
	}
	total := time.Since(began)
	b.ReportMetric(float64(sent)/acked.Seconds(), "acked/s")
	b.ReportMetric(float64(sent)/total.Seconds(), "archived/s")
	b.ReportMetric(worst.Seconds(), "lag-s")
	b.ReportMetric(float64((processorTime(b)-used).Microseconds())/float64(sent), "cpu-us")
	b.ReportMetric(float64(len(requests[0](0, nil).Body())), "bytes")
	stop()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

func lag(s *Service) time.Duration {
	if st := s.Status(); st.Pending > 0 {
		return time.Since(st.Oldest)
	}
	return 0
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sustainedRequests makes functions that make SERVICE requests, with a Call-ID
// of their own each time.
func sustainedRequests(b *testing.B, n int) []func(round int, answered func(code int)) Request {
	b.Helper()
	out := make([]func(int, func(int)) Request, n)
	for i := range out {
		who := []string{"alice@parley.test", "bob@parley.test"}[i%2]
		body := report(func(r *qoe.Report) {
			r.Dialog.CallID = fmt.Sprintf("%032d", i/2)
			r.Dialog.FromURI, r.Dialog.LocalPAI = "sip:"+who, "sip:"+who
			r.Dialog.Caller = i%2 == 0
			r.Dialog.Start, r.Dialog.End = time.Now().Add(-5*time.Minute), time.Now()
			video := r.Lines[0]
			video.Label = "main-video"
			r.Lines = append(r.Lines, video)
		})
		at := bytes.Index(body, fmt.Appendf(nil, "%032d", i/2))
		out[i] = func(round int, answered func(int)) Request {
			own := bytes.Clone(body)
			copy(own[at:], fmt.Appendf(nil, "%016d", round+1))
			m := sip.NewRequest("SERVICE", "sip:parley.test")
			m.Set("From", "<sip:"+who+">;tag=1")
			m.SetBody(qoe.ReportType, own)
			return Request{Message: m, User: who,
				Reply:  func(code int, _ string, _ func(*sip.Message)) { answered(code) },
				Refuse: func(error) { answered(500) }}
		}
	}
	return out
}
