package ingest

import (
	"errors"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// page is what Alice's browser tells of what it received.
func page(final bool, jitter float64) EndMeasurement {
	m := EndMeasurement{Dialog: Dialog{CallID: "a-call"}, User: "alice@parley.test", Peer: "bob@parley.test", Initiated: true, UserAgent: "Chromium/120", Label: "main-audio",
		Codec: "opus", ClockRate: 48000, Network: "ethernet", Final: final, Started: noon(1), Ended: noon(2)}
	m.Values.Put(metric.Jitter, jitter)
	m.Values.Put(metric.Concealed, 0.02)
	return m
}

func (w *world) end(m EndMeasurement) (err error) {
	w.End(m, func(e error) { err = e })
	return err
}

func TestEndpointByHTTP(t *testing.T) {
	w := open(t)
	w.feed(record(), relayed(aliceLeg, false, 3))
	for _, m := range []EndMeasurement{page(false, 8), page(true, 9), page(true, 9)} {
		if err := w.end(m); err != nil {
			t.Fatal(err)
		}
	}
	w.settleAll()
	rows := w.legs(aliceLeg.Dialog)
	if len(rows.Streams) != 1 || len(rows.Measurements) != 3 {
		t.Fatalf("%d streams, %d measurements", len(rows.Streams), len(rows.Measurements))
	}
	s := rows.Streams[0]
	near := s.Of(archive.Initiator)
	if near.UserAgent != "Chromium/120" || near.Network != "wired" || !near.Told || s.Sender != archive.Responder {
		t.Errorf("%+v", s)
	}
	for id, want := range map[metric.ID]float64{metric.Jitter: 9, metric.Concealed: 0.02, metric.LossRate: 0.01} {
		if v, _ := s.Values.Get(id); v != want {
			t.Errorf("%s is %v, want %v", id, v, want)
		}
	}
}

func TestEndpointByHTTPOfAForeignCall(t *testing.T) {
	w := open(t)
	w.feed(record())
	m := page(true, 9)
	m.Dialog, m.User = aliceLeg.Dialog, eve
	if err := w.end(m); !errors.Is(err, ErrStranger) {
		t.Errorf("%v", err)
	}
	m.Dialog = Dialog{CallID: "a-call"} // without the tags it is a call of Eve's own
	if err := w.end(m); err != nil {
		t.Fatal(err)
	}
	w.settleAll()
	if rows := w.legs(aliceLeg.Dialog); len(rows.Measurements) != 0 {
		t.Errorf("%+v", rows.Measurements)
	}
}
