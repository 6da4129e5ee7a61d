package app

import (
	"context"
	"fmt"
	"time"

	"parley/internal/event"
	"parley/internal/frontend/call"
	"parley/internal/stack/relay"
)

// openCalls runs the media relay and the call service on it. Stopping, calls are hung up while the transports and the relay
// still stand.
func (s *server) openCalls(context.Context) error {
	var err error
	s.relay, err = relay.New(relay.Config{
		Addresses: mediaAddresses(s.cfg, localAddresses()), Ports: [2]uint16{s.cfg.Media.Ports.First, s.cfg.Media.Ports.Last},
		Report: s.measured, Interval: mediaInterval, Log: s.log.With("comp", "relay"),
	})
	if err != nil {
		return fmt.Errorf("media relay: %w", err)
	}
	s.calls = call.New(call.Config{
		Network: s.layer, Media: call.Relayed(s.relay), Location: s.registrar, Exists: s.identity.exists, Host: s.cfg.Name,
		Sink: s, Events: &s.bus, InCall: func(user string, talking bool) { s.presence.InCall(user, talking) },
		Encryption: encryptionOf(s.cfg.Media.Encryption), Log: s.log.With("comp", "call"),
	})
	s.task("media relay", s.relay.Run)
	s.task("calls", s.calls.Run)
	return nil
}

func encryptionOf(word string) call.Encryption {
	switch word {
	case "required":
		return call.EncryptionRequired
	case "off":
		return call.EncryptionOff
	}
	return call.EncryptionOptional
}

// CallEnded takes the record of a finished call.
func (s *server) CallEnded(r call.Record) {
	for _, l := range r.Legs {
		s.log.Debug("leg of a call", "comp", "call", "call", r.ID, "leg", l.Name, "user", l.User, "dialect", l.Dialect.String(),
			"agent", l.UserAgent, "changes", len(l.Changes), "stat", l.RTPStat)
	}
	s.recordQuality(r)
}

// mediaInterval is how often a stream is reported on while it runs.
const mediaInterval = 5 * time.Second

// measured tells the event spine what the relay measured of a stream that has ended.
func (s *server) measured(r relay.Report) {
	if !r.Final {
		if s.quality != nil {
			s.quality.joiner.interval(r, time.Now())
		}
		return
	}
	if s.quality != nil {
		s.quality.joiner.report(r, time.Now())
	}
	if r.SSRC == 0 {
		return
	}
	leg := "callee"
	if r.Leg == "caller" {
		leg = "caller"
	}
	s.bus.Publish(event.StreamMeasured{
		CallID: r.Session, Leg: leg, Source: "relay", Media: string(r.Kind), Codec: r.Codec, ClockRate: r.ClockRate, SSRC: r.SSRC,
		Local: r.Local, Remote: r.Remote, Start: r.Begin, End: r.End,
		Packets: r.Totals.Packets, Bytes: r.Totals.Bytes, Lost: r.Totals.Lost(), Late: r.Totals.TooLate, Duplicates: r.Totals.Duplicates,
		Reordered: r.Totals.Reordered, JitterMean: milliseconds(r.Totals.JitterAvg()), JitterMax: milliseconds(r.Totals.JitterMax),
		RoundTripMean: milliseconds(r.RoundTrip.Avg()), RoundTripMax: milliseconds(r.RoundTrip.Max),
		BurstLosses: lossRuns(r.Totals.Pattern.Runs), BurstDensity: 100 * r.Totals.Pattern.BurstDensity(),
		GapDensity: 100 * r.Totals.Pattern.GapDensity(), BurstDuration: r.Totals.Pattern.BurstLength() * milliseconds(r.Ptime),
		GapDuration: r.Totals.Pattern.GapLength() * milliseconds(r.Ptime),
		MOS:         r.Rating.Listening, MOSMin: r.Worst,
	})
}

// lossRuns counts the longest runs together: the event has fewer lengths than the relay.
func lossRuns(runs [10]uint32) (out [8]uint32) {
	for i, n := range runs {
		out[min(i, len(out)-1)] += n
	}
	return out
}

func milliseconds(d time.Duration) float64 {
	return float64(d) / float64(time.Millisecond)
}
