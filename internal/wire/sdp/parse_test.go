package sdp

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus returns the recorded descriptions with CRLF line ends, by file name.
func corpus(tb testing.TB) map[string][]byte {
	tb.Helper()
	names, err := filepath.Glob("testdata/*.sdp")
	if err != nil || len(names) == 0 {
		tb.Fatalf("no corpus: %v", err)
	}
	out := make(map[string][]byte)
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		out[filepath.Base(name)] = []byte(strings.ReplaceAll(string(raw), "\n", "\r\n"))
	}
	return out
}

func parse(tb testing.TB, name string) *Description {
	tb.Helper()
	d, err := Parse(corpus(tb)[name])
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return d
}

func TestRoundTripKeepsEveryByte(t *testing.T) {
	for name, raw := range corpus(t) {
		d, err := Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := string(d.Bytes()); got != string(raw) {
			t.Errorf("%s changed:\n%s\nwant:\n%s", name, got, raw)
		}
	}
}

func TestParseTolerates(t *testing.T) {
	for name, text := range map[string]string{
		"LF line ends":      "v=0\no=- 0 0 IN IP4 10.0.0.1\ns=-\n",
		"no last line end":  "v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=-",
		"empty lines after": "v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=-\r\n\r\n\r\n",
		"port count":        "v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\nm=audio 4000/2 RTP/AVP 0\r\n",
		"media no formats":  "v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\nm=audio 0 RTP/AVP\r\n",
	} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const head = "v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\n"
	for name, tt := range map[string]struct{ text, want string }{
		"nothing":            {"", "empty"},
		"no version":         {"o=- 0 0 IN IP4 10.0.0.1\r\n", "starts with v=0"},
		"other version":      {"v=1\r\n", "starts with v=0"},
		"no origin":          {"v=0\r\ns=-\r\n", "no o= line"},
		"no equals sign":     {head + "audio\r\n", "x=value"},
		"upper-case type":    {head + "M=audio 1 RTP/AVP 0\r\n", "x=value"},
		"empty line inside":  {head + "\r\nt=0 0\r\n", "empty line"},
		"bare CR":            {head + "s=a\rb\r\n", "carriage return"},
		"NUL":                {head + "s=\x00\r\n", "UTF-8"},
		"not UTF-8":          {head + "s=\xff\xfe\r\n", "UTF-8"},
		"short media":        {head + "m=audio 1\r\n", "kind, port"},
		"negative port":      {head + "m=audio -1 RTP/AVP 0\r\n", "port"},
		"port above 65535":   {head + "m=audio 65536 RTP/AVP 0\r\n", "port"},
		"port count zero":    {head + "m=audio 1/0 RTP/AVP 0\r\n", "port count"},
		"too many media":     {head + strings.Repeat("m=audio 0 RTP/AVP 0\r\n", MaxMedia+1), "media sections"},
		"too many lines":     {head + strings.Repeat("a=x\r\n", MaxLines), "lines"},
		"too many bytes":     {head + "s=" + strings.Repeat("x", MaxSize), "bytes"},
		"a whole other body": {"<xml/>", "x=value"},
	} {
		_, err := Parse([]byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, tt.want)
		}
	}
	if _, err := Parse(make([]byte, MaxSize+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("oversize: %v is not ErrTooLarge", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, raw := range corpus(f) {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := Parse(raw)
		if err != nil {
			return
		}
		once := d.Bytes()
		again, err := Parse(once)
		if err != nil {
			if errors.Is(err, ErrTooLarge) {
				return // LF became CRLF
			}
			t.Fatalf("own output refused: %v\n%q", err, once)
		}
		if twice := again.Bytes(); string(twice) != string(once) {
			t.Fatalf("not stable:\n%q\n%q", once, twice)
		}
		for _, m := range d.Media {
			_ = m.Codecs()
			_, _, _ = m.RTCP()
			_ = d.Direction(m)
			_, _ = d.Address(m)
			for _, v := range m.Attributes("candidate") {
				roundTrip(t, v, ParseCandidate)
			}
			for _, v := range m.Attributes("crypto") {
				roundTrip(t, v, ParseCrypto)
			}
			for _, v := range m.Attributes("fingerprint") {
				roundTrip(t, v, ParseFingerprint)
			}
			for _, v := range m.Attributes("remote-candidates") {
				_, _ = ParseRemoteCandidates(v)
			}
		}
	})
}

// roundTrip checks that what a value was read as is written as something that reads the same.
func roundTrip[T interface{ String() string }](t *testing.T, value string, read func(string) (T, error)) {
	t.Helper()
	first, err := read(value)
	if err != nil {
		return
	}
	second, err := read(first.String())
	if err != nil || second.String() != first.String() {
		t.Fatalf("%q reads as %q, which reads as %q, %v", value, first.String(), second.String(), err)
	}
}
