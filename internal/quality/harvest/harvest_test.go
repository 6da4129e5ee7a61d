package harvest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"parley/internal/wire/qoe"
)

// all reads a file: its records, and the lines of its errors.
func all(t testing.TB, file io.Reader) (records []Record, wrong []int, kind string) {
	t.Helper()
	r, err := New(file)
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for {
		rec, err := r.Next()
		var line *LineError
		switch {
		case errors.Is(err, io.EOF):
			return records, wrong, r.Kind()
		case errors.As(err, &line):
			wrong = append(wrong, line.Line)
			continue
		case err != nil:
			t.Fatal(err)
		}
		if rec.End < last {
			t.Errorf("the end of a record is at %d, that of the one before at %d", rec.End, last)
		}
		last = rec.End
		records = append(records, rec)
	}
}

func report(id string) string {
	return `<VQReportEvent xmlns="ms-rtcp-metrics"><VQSessionReport SessionId="s"><Endpoint Name="Büro"/><DialogInfo CallId="` + id + `" FromTag="a" ToTag="b"><FromURI>sip:a@b</FromURI><ToURI>sip:c@d</ToURI><Caller>true</Caller></DialogInfo>` +
		`<MediaLine Label="main-audio"><InboundStream><Network><Jitter><InterArrival>12</InterArrival></Jitter></Network></InboundStream></MediaLine></VQSessionReport></VQReportEvent>`
}

const rating = `<CallQualityFeedbackReport CallId="x"><ReportingUserURI>sip:a@b</ReportingUserURI><Rating>3</Rating></CallQualityFeedbackReport>`

func utf16le(s string) []byte {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func TestReportsInText(t *testing.T) {
	doc := `<?xml version="1.0"?>` + "\n" + report("1") + report("2") + "\n" + rating + "\n"
	log := "07/21/2016|09:15 INFO :: SERVICE sip:x\r\nContent-Length: 1\r\n\r\n" + strings.ReplaceAll(report("3"), "><", ">\r\n<") + "\r\nnext line\r\n" + report("4")
	for name, c := range map[string]struct {
		file []byte
		want int
	}{
		"documents": {[]byte(doc), 3}, "a client's log": {[]byte(log), 2}, "UTF-16": {utf16le(doc), 3},
		"windows-1252": {bytes.ReplaceAll([]byte(doc), []byte("ü"), []byte{0xfc}), 3}, "mark": {append([]byte("\xef\xbb\xbf"), doc...), 3},
		"nothing": {[]byte("just a text\n"), 0}, "empty": {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			records, wrong, _ := all(t, bytes.NewReader(c.file))
			if len(records) != c.want || len(wrong) != 0 {
				t.Fatalf("%d records, errors in lines %v", len(records), wrong)
			}
			for _, r := range records {
				if r.Format == FormatFeedback {
					continue
				}
				e, err := qoe.Parse(r.Body)
				if err != nil || e.Reports[0].Endpoint.Name != "Büro" {
					t.Errorf("%v: %.200s", err, r.Body)
				}
			}
		})
	}
}

// Logs cut long lines: what is whole of a report is used.
func TestCutReports(t *testing.T) {
	whole := report("1")
	cut := whole[:strings.Index(whole, "</MediaLine>")+len("</MediaLine>")]
	records, wrong, _ := all(t, strings.NewReader(cut+"\n"+report("2")+"\n"+"<VQReportEvent x\n"))
	if len(records) != 2 || len(wrong) != 1 || wrong[0] != 3 {
		t.Fatalf("%d records, errors in %v", len(records), wrong)
	}
	if e, err := qoe.Parse(records[0].Body); err != nil || e.Reports[0].Dialog.CallID != "1" {
		t.Errorf("%v: %s", err, records[0].Body)
	}
}

func TestMacLog(t *testing.T) {
	body := report("1")
	media := body[strings.Index(body, "<MediaLine"):strings.Index(body, "</VQSessionReport>")]
	file := "x QoE endpoint: <Endpoint Name=\"Mac\"/>\ny QoE media: " + media + "\nz QoE media: " + strings.Replace(media, "main-audio", "main-video", 1) +
		"\nQoE endpoint: <Endpoint Name=\"Mac2\"/>\nQoE media: " + media + "\n"
	records, wrong, kind := all(t, strings.NewReader(file))
	if len(records) != 2 || len(wrong) != 0 || kind != "a Mac client's log" {
		t.Fatalf("%d records, %v, %s", len(records), wrong, kind)
	}
	e, err := qoe.Parse(records[0].Body)
	if err != nil || len(e.Reports[0].Lines) != 2 || e.Reports[0].Endpoint.Name != "Mac" {
		t.Errorf("%v: %s", err, records[0].Body)
	}
}

func TestNDJSON(t *testing.T) {
	file := `{"report":"<x/>"}` + "\n\n" + `{"cdr":{"id":"1"}}` + "\n{bad\n" + `{"other":1}` + "\n" + `{"stream":{}}`
	records, wrong, _ := all(t, strings.NewReader(file))
	if len(records) != 3 || records[0].Format != FormatQoE || records[1].Format != FormatCall || string(records[1].Body) != `{"id":"1"}` || records[2].Line != 6 {
		t.Fatalf("%+v", records)
	}
	if fmt.Sprint(wrong) != "[4 5]" {
		t.Errorf("errors in lines %v", wrong)
	}
}

const export = `"SessionTime","SessionSeq","StreamId","StartTime","EndTime","Caller","Callee","CallerUserAgent","CalleeOS","CallerIPAddr","CalleeSubnet","JitterInterArrival","PacketLossRate","RoundTrip","OverallAvgNetworkMOS","PayloadDescription","SenderIsCallerPAI","Transport","Unknown"
"2016-07-21 09:15:00.123","5","0","2016-07-21 09:15:00","2016-07-21 09:20:00","alice@parley.test","bob@parley.test","UCCAPI/16","Windows","10.0.0.1","10.1.0.0","12","0.0123","NULL","3.9","SILKWide","1","0","x"
"2016-07-21 09:15:00.123","5","1","2016-07-21 09:15:00","2016-07-21 09:20:00","alice@parley.test","bob@parley.test","UCCAPI/16","Windows","10.0.0.1","10.1.0.0","7","","","","SILKWide","0","0","x"
"","","","","","","","","","","","","","","","","","",""
`

func TestExportOfTheOriginalsDatabase(t *testing.T) {
	for _, sep := range []string{",", ";", "\t"} {
		file := strings.ReplaceAll(export, `","`, `"`+sep+`"`)
		records, wrong, kind := all(t, strings.NewReader(file))
		if len(records) != 2 || fmt.Sprint(wrong) != "[4]" || !strings.Contains(kind, "AudioStreamDetail") {
			t.Fatalf("%q: %d records, errors in %v, %s", sep, len(records), wrong, kind)
		}
		var r Row
		if err := json.Unmarshal(records[0].Body, &r); err != nil {
			t.Fatal(err)
		}
		if r.CallID != "qoemetrics:2016-07-21 09:15:00.123/5" || !r.FromCaller || r.Values["jitter"] != "12" || r.Values["rtt"] != "" || r.Text["caller.ip"] != "10.0.0.1" ||
			r.Text["codec"] != "SILKWide" || r.Text["callee.os"] != "Windows" || r.Caller != "alice@parley.test" || r.Label != "main-audio" || r.Text["transport"] != "UDP" {
			t.Errorf("%+v", r)
		}
	}
	if _, err := New(strings.NewReader("SessionTime,Caller,A,B\n1,2,3,4\n")); err == nil {
		t.Error("an export without metrics is taken")
	}
}

// A file of any size is read in little memory, a line of any length too.
func TestMemoryIsBounded(t *testing.T) {
	const lines = 40_000 // of 1 KB, then one of 40 MB
	file := io.MultiReader(strings.NewReader("x\n"), io.LimitReader(&repeat{text: strings.Repeat("y", 1000) + "\n"}, lines*1001),
		io.LimitReader(&repeat{text: "z"}, 40<<20), strings.NewReader("\n"+report("1")+"\n"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	records, wrong, _ := all(t, file)
	runtime.ReadMemStats(&after)
	if len(records) != 1 || len(wrong) != 1 || records[0].Line != lines+3 {
		t.Errorf("%d records, errors in %v", len(records), wrong)
	}
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 16<<20 {
		t.Errorf("%d MB were allocated for 80 MB of file", grown>>20)
	}
}

// repeat repeats a text without an end.
type repeat struct {
	text string
	at   int
}

func (r *repeat) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	return len(b), nil
}

func TestARecordOfATableThatDoesNotEnd(t *testing.T) {
	r, err := New(io.MultiReader(strings.NewReader(strings.SplitAfter(export, "\n")[0]+`"`), io.LimitReader(&repeat{text: "y"}, 40<<20)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("a field of 40 MB: %v", err)
	}
}

func FuzzReader(f *testing.F) {
	for _, s := range []string{report("1") + "\n" + rating, export, `{"report":"x"}`, "QoE media: <MediaLine a>\nQoE endpoint: <Endpoint/>", "\xff\xfe<\x00V\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := New(bytes.NewReader(b))
		if err != nil {
			return
		}
		for range len(b) + 10 {
			rec, err := r.Next()
			var line *LineError
			if err != nil && !errors.As(err, &line) {
				return
			}
			if len(rec.Body) > 2*MaxRecord {
				t.Fatalf("a record of %d bytes", len(rec.Body))
			}
		}
		t.Fatal("there is no end")
	})
}
