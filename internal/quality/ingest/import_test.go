package ingest

import (
	"errors"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
	"parley/internal/wire/qoe"
)

func (w *world) take(format string, body []byte) (err error) {
	w.Import(format, body, func(e error) { err = e })
	return err
}

const exported = `{"callId":"qoemetrics:1/5","caller":"sip:Alice@parley.test","callee":"bob@parley.test","label":"main-audio","fromCaller":true,"started":"2016-07-21 09:15:00","ended":"2016-07-21 09:20:00",
"text":{"codec":"SILKWide","samplerate":"16000","caller.ip":"10.0.0.1","callee.inside":"1","callee.network":"1","callee.useragent":"UCCAPI/16","direction":"told"},
"values":{"jitter":"12","loss":"0,5","packets":"many","network_mos":"9","burst_density":"0.25"}}`

// What is years old is no wrong clock when it comes from a file.
func TestImportOfOldData(t *testing.T) {
	w := open(t)
	old := report(func(r *qoe.Report) {
		r.Dialog.Start, r.Dialog.End = noon(0).AddDate(-3, 0, 0), noon(5).AddDate(-3, 0, 0)
	})
	for format, body := range map[string][]byte{formatQoE: old, formatTable: []byte(exported)} {
		for range 2 { // twice changes nothing
			if err := w.take(format, body); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.settleAll()
	if n := w.count("streams"); n != 3 {
		t.Errorf("%d streams, want two of the report and one of the table", n)
	}
	if n := w.Status().Formats[formatQoE].Quarantined; n != 0 {
		t.Errorf("%d quarantined", n)
	}
	rows := w.legs(Dialog{CallID: "qoemetrics:1/5"})
	if len(rows.Streams) != 1 {
		t.Fatalf("%d streams", len(rows.Streams))
	}
	s := rows.Streams[0]
	if s.Started.Year() != 2016 || s.Clock != archive.ClockOK || s.Sender != archive.Initiator || s.Codec != "SILKWide" || s.ClockRate != 16000 ||
		s.Of(archive.Initiator).User != "alice@parley.test" || s.Of(archive.Initiator).IP != "10.0.0.1" || s.Of(archive.Responder).Network != "wifi" ||
		s.Of(archive.Responder).Inside != archive.Yes || s.Remarks != 2 {
		t.Errorf("%+v", s)
	}
	for id, want := range map[metric.ID]float64{metric.Jitter: 12, metric.LossRate: 0.5, metric.BurstDensity: 25} {
		if v, _ := s.Values.Get(id); v != want {
			t.Errorf("%s is %v, want %v", id, v, want)
		}
	}
}

func TestImportRefusesWhatCannotBeRead(t *testing.T) {
	w := open(t)
	for format, body := range map[string]string{formatQoE: "<x", formatTable: `{"callId":""}`, formatCall: "[]", formatStream: "x", formatProbe: "", "hologram": "x"} {
		if err := w.take(format, []byte(body)); !errors.Is(err, ErrUnusable) {
			t.Errorf("%s: %v", format, err)
		}
	}
	if err := w.take(formatTable, []byte(`{"callId":"1","ended":"yesterday"}`)); !errors.Is(err, ErrUnusable) {
		t.Errorf("a time: %v", err)
	}
	w.journal.fail = errors.New("disk full")
	if err := w.take(formatTable, []byte(exported)); err == nil || errors.Is(err, ErrUnusable) {
		t.Errorf("a full disk: %v", err)
	}
}
