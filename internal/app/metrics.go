package app

import (
	"context"
	"net/http"

	"parley/internal/metrics"
)

// MetricDocs lists every metric, for the reference page.
func MetricDocs() []metrics.Doc {
	s := &server{}
	return metrics.New("", &s.bus, s.metricSources()...).Docs()
}

func (s *server) openMetrics(context.Context) error {
	m := metrics.New(Version(), &s.bus, s.metricSources()...)
	s.onStop(func() error { m.Close(); return nil })
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	return s.serveHTTP("metrics", s.cfg.Listen.Metrics, mux, nil)
}
