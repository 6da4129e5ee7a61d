package notifier

import (
	"bytes"
	"compress/zlib"
	"testing"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

type answers struct{ last *sip.Message }

func (a *answers) Respond(res *sip.Message) error { a.last = res; return nil }
func (a *answers) Flow() transport.Flow           { return nil }

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func TestDecode(t *testing.T) {
	n := New(Config{Host: "fe.parley.test"})
	for _, c := range []struct {
		encoding string
		body     []byte
		want     string
		code     int
	}{
		{"", []byte("<a/>"), "<a/>", 0},
		{"identity", []byte("<a/>"), "<a/>", 0},
		{"deflate", deflated([]byte("<a/>")), "<a/>", 0},
		{"deflate", []byte("<a/>"), "", 400},
		{"deflate", deflated([]byte("<a/>"))[:6], "", 400},
		{"deflate", deflated(make([]byte, maxDecoded+1)), "", 400},
		{"br", []byte("<a/>"), "", 415},
	} {
		m := sip.NewRequest("SUBSCRIBE", "sip:rls@parley.test")
		m.Set("From", "<sip:a@parley.test>;tag=1")
		m.Set("To", "<sip:rls@parley.test>")
		m.SetBody("application/resource-lists+xml", c.body)
		if c.encoding != "" {
			m.Set("Content-Encoding", c.encoding)
		}
		var got answers
		req, ok := n.Decode(Request{Message: m, Tx: &got, User: "a@parley.test"})
		switch {
		case c.code == 0:
			if !ok || req.BodyString() != c.want || req.Has("Content-Encoding") && c.encoding == "deflate" {
				t.Errorf("%s: %v %q", c.encoding, ok, req.BodyString())
			}
		case ok || got.last.StatusCode() != c.code:
			t.Errorf("%s %.10q: accepted %v", c.encoding, c.body, ok)
		case c.code == 415 && got.last.Get("Accept-Encoding") == "":
			t.Error("415 does not say what is understood")
		}
	}
}

func FuzzInflate(f *testing.F) {
	f.Add(deflated([]byte("<resource-lists/>")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if plain, err := inflate(b); err == nil && len(plain) > maxDecoded {
			t.Error("limit exceeded")
		}
	})
}
