package ingest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"parley/internal/quality/archive"
	"parley/internal/wire/qoe"
)

// Whatever comes, there is an answer, and the good report behind it is taken.
func TestHostileReports(t *testing.T) {
	good := string(report(nil))
	deep := strings.Repeat("<x>", 10_000)
	for name, c := range map[string]struct {
		body string
		code int
	}{
		"entity bomb":         {`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>` + good, 400},
		"external entity":     {`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + good, 400},
		"unknown entity":      {strings.Replace(good, "PC-1", "&bomb;", 1), 400},
		"ten megabytes":       {good + strings.Repeat(" ", 10<<20), 413},
		"nested":              {strings.Replace(good, "<MediaLine", deep+"<MediaLine", 1), 400},
		"many elements":       {strings.Replace(good, "<MediaLine", strings.Repeat("<x/>", 60_000)+"<MediaLine", 1), 400},
		"many attributes":     {strings.Replace(good, "<MediaLine", "<MediaLine "+attributes(500), 1), 400},
		"cut":                 {good[:len(good)/2], 400},
		"two roots":           {good + good, 400},
		"UTF-16":              {encode16(good), 400},
		"windows-1252":        {`<?xml version="1.0" encoding="windows-1252"?>` + good, 400},
		"bytes of no text":    {strings.Replace(good, "PC-1", "\xff\xfe", 1), 400},
		"a NUL":               {strings.Replace(good, "PC-1", "a\x00b", 1), 400},
		"number of 1 MB":      {strings.Replace(good, ">41<", ">"+strings.Repeat("9", 200_000)+"<", 1), 400},
		"a date of no day":    {strings.Replace(good, `Start="2026-11-22`, `Start="2026-13-45`, 1), 400},
		"nothing":             {"", 400},
		"SQL in every string": {strings.NewReplacer("PC-1", "&apos;); DROP TABLE streams; --", "Mic", "\\&apos; OR 1=1 --").Replace(good), 202},
		"negative jitter":     {strings.Replace(good, ">41<", ">-41<", 1), 202},
		"NaN":                 {strings.Replace(good, ">41<", ">NaN<", 1), 202},
		"infinite":            {strings.Replace(good, ">41<", ">INF<", 1), 202},
		"too many packets":    {strings.Replace(good, ">41<", ">1e300<", 1), 202},
		"year 9999":           {strings.ReplaceAll(good, "2026-11-22", "9999-12-31"), 202},
		"year 1":              {strings.ReplaceAll(good, "2026-11-22", "0001-01-01"), 202},
		"long name":           {strings.Replace(good, "PC-1", strings.Repeat("x", 300), 1), 400},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			got := w.send("SERVICE", "alice@parley.test", "alice@parley.test", qoe.ReportType, []byte(c.body), nil)
			if got.code != c.code {
				t.Fatalf("answered %d (%.200v), want %d", got.code, got.err, c.code)
			}
			w.accept("alice@parley.test", bytes.Replace(report(nil), []byte("a-call"), []byte("next-call"), 1))
			w.settleAll()
			rows := w.legs(Dialog{"next-call", "a1", "s1"}, aliceLeg.Dialog)
			want := 2
			if c.code == 202 {
				want = 4
			}
			if len(rows.Streams) != want {
				t.Fatalf("%d streams, want %d", len(rows.Streams), want)
			}
			for _, s := range rows.Streams {
				if y := s.Started.Year(); y != 2026 {
					t.Errorf("a stream of the year %d", y)
				}
			}
		})
	}
}

// What cannot be is left out of the row, and the reason is kept.
func TestReasonsAreKept(t *testing.T) {
	w := open(t)
	w.accept("alice@parley.test", []byte(strings.NewReplacer(">41<", ">-41<", "2026-11-22", "1966-11-22").Replace(string(report(nil)))))
	w.settleAll()
	rows := w.legs(aliceLeg.Dialog)
	found := false
	for _, m := range rows.Measurements {
		found = found || strings.Contains(m.Remarks, "jitter is -41")
	}
	if !found {
		t.Error("nothing says why the jitter is missing")
	}
	for _, s := range rows.Streams {
		if s.Clock != archive.ClockQuarantined || s.Skew > -59*365*86400 {
			t.Errorf("%s, %d s", s.Clock, s.Skew)
		}
	}
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d='1' ", i)
	}
	return b.String()
}

func encode16(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}
