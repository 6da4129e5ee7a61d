package app

import (
	"bytes"
	"context"
	"net/netip"
	"strings"
	"time"

	"parley/internal/event"
	"parley/internal/log"
	"parley/internal/quality/capture"
	"parley/internal/quality/ingest"
	"parley/internal/quality/metric"
	"parley/internal/wire/hep"
	"parley/internal/wire/sip"
)

// openHEP takes in what capturing agents send, and sends to a collector what this server sees, each where it is configured.
func (s *server) openHEP(ctx context.Context) error {
	q := s.cfg.Quality
	key, err := secret(q.HEPKeyFile)
	if err != nil {
		return err
	}
	if q.HEPSend != "" {
		s.openHEPSender(key)
	}
	if s.quality == nil || len(q.HEPUDP)+len(q.HEPTCP) == 0 {
		return nil
	}
	cfg := capture.Config{UDP: q.HEPUDP, TCP: q.HEPTCP, Key: key, Sink: hepSink{s}, Log: s.log}
	for _, text := range q.HEPAllow {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return err
		}
		cfg.Allow = append(cfg.Allow, p)
	}
	c, err := capture.Open(cfg)
	if err != nil {
		return err
	}
	for i, a := range c.Addrs() {
		name := "hep-udp"
		if i >= len(q.HEPUDP) {
			name = "hep-tcp"
		}
		s.ready.add(name, a)
	}
	s.task("HEP collector", c.Run)
	return nil
}

// hepSink hands readings to the archive's journal.
type hepSink struct{ *server }

func (h hepSink) Read(r capture.Reading) {
	h.quality.ingest.Probe(ingest.ProbeMeasurement{
		Dialog: ingest.Dialog{CallID: r.CallID, TagA: r.TagA, TagB: r.TagB}, Correlation: r.Correlation, Caller: r.Caller, Callee: r.Callee,
		FromInitiator: r.Sender == capture.Initiator, Sender: r.Source, Receiver: r.Receiver, Label: r.Label, Codec: r.Codec, ClockRate: r.ClockRate,
		SSRC: r.SSRC, Agent: r.Agent, Final: r.Final, Started: r.Started, Ended: r.Ended, Values: r.Values,
	}, nil)
}

func (h hepSink) Report(body []byte, agent string) {
	h.quality.ingest.Forwarded(body, agent, func(err error) {
		if err != nil {
			h.log.Info("a report that came by HEP is not usable", "comp", "hep", "agent", agent, "err", err)
		}
	})
}

// hepQueue is how many SIP messages may wait to be sent to the collector.
const hepQueue = 4096

// openHEPSender sends the server's SIP, without credentials and message texts, and what its relay measures.
func (s *server) openHEPSender(key string) {
	out := capture.NewSender(s.cfg.Quality.HEPSend, key, s.cfg.Name, s.log)
	s.task("HEP sender", out.Run)
	sub := s.bus.Subscribe("hep", hepQueue, event.KindSIPMessage)
	s.task("HEP of SIP messages", func(ctx context.Context) error {
		sub.Run(ctx, func(r event.Record) {
			if m, ok := r.Event.(event.SIPMessage); ok {
				out.Send(hepMessage(&m, r.At))
			}
		})
		return nil
	})
	if s.quality == nil {
		return
	}
	emit := s.quality.joiner.out
	s.quality.joiner.out = func(m ingest.StreamMeasurement) {
		emit(m)
		if p := hepStatistics(&m); p != nil {
			out.Send(p)
		}
	}
}

func hepMessage(m *event.SIPMessage, at time.Time) *hep.Packet {
	p := &hep.Packet{Src: m.Remote, Dst: m.Local, Proto: hep.TCP, Time: at, Type: hep.SIP, Payload: []byte(log.Message(m.Raw, false))}
	if m.Direction == event.Out {
		p.Src, p.Dst = m.Local, m.Remote
	}
	if strings.EqualFold(m.Proto, "UDP") {
		p.Proto = hep.UDP
	}
	if parsed, err := sip.Parse(bytes.Clone(m.Raw)); err == nil {
		p.Correlation = parsed.CallID()
	}
	return p
}

// hepStatistics tells of a stream in the form of captagent's RTP agent, nil for one that cannot be written.
func hepStatistics(m *ingest.StreamMeasurement) *hep.Packet {
	value := func(id metric.ID) float64 {
		if v, ok := m.Values.Get(id); ok {
			return v
		}
		return -1
	}
	st := hep.Statistics{
		CallID: m.Dialog.CallID, Src: m.Remote, Dst: m.Local, SSRC: m.SSRC, Codec: m.Codec, Clock: m.ClockRate, Final: m.Part == 0, At: m.Ended,
		Packets: value(metric.Packets), Expected: -1, Lost: value(metric.Lost), Reordered: value(metric.Reordered), Jitter: value(metric.Jitter),
		JitterMax: value(metric.JitterMax), MOS: value(metric.MOSLQ), MOSMin: value(metric.MOSLQMin), R: value(metric.RConversational),
		Duration: m.Ended.Sub(m.Started),
	}
	if !m.FromEndpoint {
		st.Src, st.Dst = m.Local, m.Remote
	}
	if st.Packets >= 0 && st.Lost >= 0 {
		st.Expected = st.Packets + st.Lost
	}
	payload, err := st.JSON()
	if err != nil {
		return nil
	}
	return &hep.Packet{Src: st.Src, Dst: st.Dst, Proto: hep.UDP, Time: m.Ended, Type: hep.AgentStats, Correlation: m.Dialog.CallID, Payload: payload}
}
