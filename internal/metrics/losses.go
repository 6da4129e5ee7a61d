package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"parley/internal/event"
)

var lossDoc = Doc{
	Name: "parley_event_lost_total", Type: "counter", Labels: []string{"subscriber"},
	Help: "Events that a reader of the event spine lost because it was too slow.",
}

// lossCollector reads the bus' losses when metrics are asked for.
type lossCollector struct{ bus *event.Bus }

func (c lossCollector) desc() *prometheus.Desc {
	return prometheus.NewDesc(lossDoc.Name, lossDoc.Help, lossDoc.Labels, nil)
}

// Describe implements prometheus.Collector.
func (c lossCollector) Describe(out chan<- *prometheus.Desc) { out <- c.desc() }

// Collect implements prometheus.Collector.
func (c lossCollector) Collect(out chan<- prometheus.Metric) {
	sum := map[string]uint64{}
	for _, l := range c.bus.Losses() {
		sum[l.Subscriber] += l.Events // two readers may have one name
	}
	for name, events := range sum {
		out <- prometheus.MustNewConstMetric(c.desc(), prometheus.CounterValue, float64(events), name)
	}
}
