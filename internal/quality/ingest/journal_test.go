package ingest

import (
	"bytes"
	"encoding/json"
	"testing"

	"parley/internal/quality/archive"
	"parley/internal/quality/archive/archivetest"
	"parley/internal/state"
)

// The journal is a stream of the state store, on disk: what was accepted before
// a stop is in the archive after the start.
func TestAcceptedRecordsSurviveARestart(t *testing.T) {
	archivetest.Open(t, archive.Config{Engine: archive.EngineDuckDB}) // skips in the build without it
	dir := t.TempDir()
	path := dir + "/quality.duckdb"
	store, err := state.Open(t.Context(), state.Config{Dir: dir + "/state"})
	if err != nil {
		t.Fatal(err)
	}
	journal, err := state.OpenStream(t.Context(), store, "quality", state.StreamOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := archive.Open(t.Context(), archive.Config{Engine: archive.EngineDuckDB, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Config{Journal: journal, Archive: a})
	if err != nil {
		t.Fatal(err)
	}
	stored := make(chan error, 1)
	s.Call(record(), func(err error) { stored <- err })
	if err := <-stored; err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}

	store, err = state.Open(t.Context(), state.Config{Dir: dir + "/state"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	journal, err = state.OpenStream(t.Context(), store, "quality", state.StreamOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, archive: archivetest.Open(t, archive.Config{Engine: archive.EngineDuckDB, Path: path}), now: noon(30)}
	w.Service, err = New(t.Context(), Config{Journal: journal, Archive: w.archive})
	if err != nil {
		t.Fatal(err)
	}
	second := record()
	second.ID, second.Legs = "call-2", nil
	s2 := make(chan error, 1)
	w.Call(second, func(err error) { s2 <- err })
	if err := <-s2; err != nil {
		t.Fatal(err)
	}
	w.settleAll()
	if n := w.count("calls"); n != 2 {
		t.Errorf("%d calls, want the one from before the restart and the new one", n)
	}
}

func FuzzDecodeEntry(f *testing.F) {
	good, err := (&entry{Format: formatCall, Received: noon(1), Reporter: "a@b", Leg: &bobLeg, Body: []byte("body\x00")}).encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEntry(b)
		if err != nil {
			return
		}
		again, err := e.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeEntry(again)
		if err != nil || !bytes.Equal(back.Body, e.Body) {
			t.Fatalf("%v: %q and %q", err, e.Body, back.Body)
		}
		translate(1, b)
	})
}

// The records of this version are read by the next: their form is pinned.
func TestFormOfRecords(t *testing.T) {
	b, err := json.Marshal(relayed(bobLeg, true, 7))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"callId":"call-1","dialog":{"callId":"b-call","tagA":"s2","tagB":"b1"},"label":"main-audio","fromEndpoint":true,"initiated":false,"user":"bob@parley.test","source":3,"started":"2026-11-22T12:00:06Z","ended":"2026-11-22T12:05:00Z","codec":"PCMU","clockRate":8000,"local":"192.0.2.1:40000","remote":"10.0.0.5:50000","transport":"UDP","security":"SRTP","mosModel":"g107/1","values":{"jitter":7,"loss":0.01,"mos_lq":4.2,"packets":14700}}`
	if string(b) != want {
		t.Errorf("stream measurement is now\n%s\nand was\n%s", b, want)
	}
	b, err = json.Marshal(record())
	if err != nil {
		t.Fatal(err)
	}
	const call = `{"id":"call-1","caller":"alice@parley.test","callee":"bob@parley.test","started":"2026-11-22T12:00:00Z","answered":"2026-11-22T12:00:06Z","ended":"2026-11-22T12:05:00Z","outcome":"answered","sipCode":200,"hungUpBy":"caller","legs":[{"role":"caller","callId":"a-call","tagA":"a1","tagB":"s1","user":"alice@parley.test","userAgent":"UCCAPI/16 OC/16","dialect":"lync","endpoint":"epid1","initiated":true},{"role":"callee","callId":"b-call","tagA":"s2","tagB":"b1","user":"bob@parley.test","userAgent":"linphone","dialect":"standard","endpoint":"uuid2","initiated":false}]}`
	if string(b) != call {
		t.Errorf("call record is now\n%s\nand was\n%s", b, call)
	}
}
