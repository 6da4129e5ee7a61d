// Package metrics counts what happens, for Prometheus. Most of it follows from the event spine, so that services need not count; what a
// service knows only as a present state, such as its open calls, is read from a Source when it is asked for.
//
// Names are parley_<area>_<noun>_<unit or total>.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"parley/internal/event"
)

// Source is a value that a part of the server keeps itself.
type Source struct {
	Name, Help string
	// Counter says that the value only grows.
	Counter bool
	Read    func() float64
}

// Metrics is the server's metrics.
type Metrics struct {
	registry *prometheus.Registry
	events   *event.Subscription
	docs     []Doc
}

// Doc documents one metric.
type Doc struct {
	Name, Type, Help string
	Labels           []string
}

// New makes the metrics of a server with build version, whose events come over bus.
func New(version string, bus *event.Bus, sources ...Source) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		lossCollector{bus},
	)
	m.docs = append(m.docs, lossDoc)
	m.gauge("parley_server_build_info", "Always 1; the label is the version of this server.", "version").WithLabelValues(version).Set(1)
	m.events = newEventMetrics(m).observe(bus)
	for _, s := range sources {
		m.source(s)
	}
	return m
}

// Handler answers with the metrics in Prometheus' text format or the one that is asked for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Docs lists the metrics in the order of their declaration, without those of the Go runtime and the process.
func (m *Metrics) Docs() []Doc { return m.docs }

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.add(v, Doc{name, "counter", help, labels})
	return v
}

func (m *Metrics) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	m.add(v, Doc{name, "gauge", help, labels})
	return v
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	m.add(v, Doc{name, "histogram", help, labels})
	return v
}

func (m *Metrics) source(s Source) {
	if s.Counter {
		m.add(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: s.Name, Help: s.Help}, s.Read), Doc{Name: s.Name, Type: "counter", Help: s.Help})
		return
	}
	m.add(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: s.Name, Help: s.Help}, s.Read), Doc{Name: s.Name, Type: "gauge", Help: s.Help})
}

func (m *Metrics) add(c prometheus.Collector, d Doc) {
	m.registry.MustRegister(c)
	m.docs = append(m.docs, d)
}
