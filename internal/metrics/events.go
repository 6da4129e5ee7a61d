package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"parley/internal/event"
)

// eventMetrics are the metrics that follow from events.
type eventMetrics struct {
	registrations, unregistrations, authFailures     *prometheus.CounterVec
	messages, deliveries, presence                   *prometheus.CounterVec
	callsStarted, callsAnswered, callsEnded, changes *prometheus.CounterVec
	streams, packets, lost                           *prometheus.CounterVec
	deliveryTime, setupTime, talkTime, mos           *prometheus.HistogramVec
}

func newEventMetrics(m *Metrics) *eventMetrics {
	return &eventMetrics{
		registrations:   m.counter("parley_registrar_registrations_total", "Registrations, new and refreshed.", "dialect", "refresh"),
		unregistrations: m.counter("parley_registrar_unregistrations_total", "Registrations that ended.", "reason"),
		authFailures:    m.counter("parley_auth_failures_total", "Refused sign-in attempts.", "scheme"),
		presence:        m.counter("parley_presence_changes_total", "Changes of a user's aggregated presence."),
		messages:        m.counter("parley_im_messages_total", "Instant messages that were stored."),
		deliveries:      m.counter("parley_im_deliveries_total", "Instant messages by the final SIP status class of each device.", "status"),
		deliveryTime: m.histogram("parley_im_delivery_seconds", "From storing an instant message to a device's answer.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}),
		callsStarted:  m.counter("parley_call_started_total", "Calls that were routed.", "dialect"),
		callsAnswered: m.counter("parley_call_answered_total", "Calls that were answered.", "dialect"),
		callsEnded:    m.counter("parley_call_ended_total", "Calls that ended, by the SIP status class of their setup.", "status"),
		setupTime: m.histogram("parley_call_setup_seconds", "From the invitation to the answer, ringing included.",
			[]float64{.1, .5, 1, 2, 5, 10, 20, 30, 60}),
		talkTime: m.histogram("parley_call_talk_seconds", "Length of answered calls.", []float64{10, 30, 60, 120, 300, 600, 1800, 3600, 7200}),
		changes:  m.counter("parley_dialect_changes_total", "Things that a translation between the dialects changed or dropped."),
		streams:  m.counter("parley_media_streams_total", "Measured media streams.", "media", "source"),
		packets:  m.counter("parley_media_packets_total", "Media packets received on measured streams.", "media"),
		lost:     m.counter("parley_media_packets_lost_total", "Media packets lost on measured streams.", "media"),
		mos:      m.histogram("parley_media_mos_score", "Listening quality of measured audio streams by the E-model.", []float64{1.5, 2, 2.5, 3, 3.3, 3.6, 3.8, 4, 4.2, 4.4}),
	}
}

// observe counts events where they are published. SIPMessage is not among them: asking for it would have every message copied for a number
// that the transport has anyway.
func (m *eventMetrics) observe(bus *event.Bus) *event.Subscription {
	return bus.Observe("metrics", func(r event.Record) { m.count(r.Event) }, event.KindRegistered, event.KindUnregistered, event.KindAuthFailed, event.KindMessageStored,
		event.KindMessageDelivered, event.KindPresenceChanged, event.KindCallStarted, event.KindCallAnswered, event.KindCallEnded,
		event.KindTranslationChanged, event.KindStreamMeasured)
}

// Close ends the counting.
func (m *Metrics) Close() { m.events.Close() }

func (m *eventMetrics) count(e event.Event) {
	switch e := e.(type) {
	case event.Registered:
		m.registrations.WithLabelValues(e.Dialect, strconv.FormatBool(e.Refresh)).Inc()
	case event.Unregistered:
		m.unregistrations.WithLabelValues(e.Reason).Inc()
	case event.AuthFailed:
		m.authFailures.WithLabelValues(e.Scheme).Inc()
	case event.PresenceChanged:
		m.presence.WithLabelValues().Inc()
	case event.MessageStored:
		m.messages.WithLabelValues().Inc()
	case event.MessageDelivered:
		m.deliveries.WithLabelValues(class(e.Status)).Inc()
		m.deliveryTime.WithLabelValues().Observe(e.Delay.Seconds())
	case event.TranslationChanged:
		m.changes.WithLabelValues().Inc()
	default:
		m.countMedia(e)
	}
}

func (m *eventMetrics) countMedia(e event.Event) {
	switch e := e.(type) {
	case event.CallStarted:
		m.callsStarted.WithLabelValues(e.FromDialect).Inc()
	case event.CallAnswered:
		m.callsAnswered.WithLabelValues(e.ToDialect).Inc()
		m.setupTime.WithLabelValues().Observe(e.Setup.Seconds())
	case event.CallEnded:
		m.callsEnded.WithLabelValues(class(e.Status)).Inc()
		if e.Talk > 0 {
			m.talkTime.WithLabelValues().Observe(e.Talk.Seconds())
		}
	case event.StreamMeasured:
		m.streams.WithLabelValues(e.Media, e.Source).Inc()
		m.packets.WithLabelValues(e.Media).Add(float64(e.Packets))
		m.lost.WithLabelValues(e.Media).Add(float64(e.Lost))
		if e.MOS > 0 {
			m.mos.WithLabelValues().Observe(e.MOS)
		}
	}
}

// class is the status class of a SIP response, such as "4xx"; the codes themselves would be too many series.
func class(status int) string {
	if status < 100 || status > 699 {
		return "other"
	}
	return strconv.Itoa(status/100) + "xx"
}
