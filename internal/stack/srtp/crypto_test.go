package srtp

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const testKey = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz" // RFC 4568 section 9.1's shape: 30 bytes

func TestParseCrypto(t *testing.T) {
	for _, c := range []struct {
		in  string
		mki string
	}{
		{"1 AES_CM_128_HMAC_SHA1_80 " + testKey + "|2^31", ""},
		{"2 AES_CM_128_HMAC_SHA1_80 " + testKey + "|2^31|1:1", "\x01"},
		{"3 AES_CM_128_HMAC_SHA1_32 " + testKey + "|2^31|66051:4", "\x00\x01\x02\x03"},
	} {
		got, err := ParseCrypto(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got.Line() != c.in || string(got.MKI) != c.mki {
			t.Errorf("%q became %q, MKI %x", c.in, got.Line(), got.MKI)
		}
	}
	for _, in := range []string{testKey + "|1048576", testKey + "|2^20|1:4", testKey + "|1:4"} {
		if _, err := ParseCrypto("1 AES_CM_128_HMAC_SHA1_80 " + in); err != nil {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestParseBadCrypto(t *testing.T) {
	for _, c := range []struct {
		in       string
		unusable bool
	}{
		{"", false},
		{"x AES_CM_128_HMAC_SHA1_80 " + testKey, false},
		{"1 F8_128_HMAC_SHA1_80 " + testKey, true},
		{"1 AES_CM_128_HMAC_SHA1_80 " + testKey + ";" + testKey, true},
		{"1 AES_CM_128_HMAC_SHA1_80 " + testKey + " UNENCRYPTED_SRTP", true},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ=", false},
		{"1 AES_CM_128_HMAC_SHA1_80 " + testKey + "|2^99", false},
		{"1 AES_CM_128_HMAC_SHA1_80 " + testKey + "|2^31|256:1", false},
		{"1 AES_CM_128_HMAC_SHA1_80 " + testKey + "|2^31|1:200", false},
	} {
		_, err := ParseCrypto(c.in)
		if err == nil || errors.Is(err, ErrUnusable) != c.unusable {
			t.Errorf("%q: %v", c.in, err)
		}
	}
}

// The usual offer of a Microsoft endpoint: a scale-SRTP line to ignore, one with MKI, one without.
// The answer has the tag and suite of the offer's line, and a key of its own: two of the dialect's clients that started in the same
// second offer the same one.
func TestAnswerHasItsOwnKey(t *testing.T) {
	offered, err := ParseCrypto("3 AES_CM_128_HMAC_SHA1_80 " + testKey + "|2^31|1:1")
	if err != nil {
		t.Fatal(err)
	}
	first, second := offered.Answer(), offered.Answer()
	if first.Tag != 3 || first.Suite != AES80 || first.MKI != nil || !strings.HasSuffix(first.Line(), "|2^31") {
		t.Errorf("answer %s", first.Line())
	}
	if first.Key == offered.Key || first.Key == second.Key || first.Salt == second.Salt {
		t.Error("a key is used twice")
	}
}

func TestKeyIsNotLogged(t *testing.T) {
	var b bytes.Buffer
	c := NewCrypto(1, AES80)
	slog.New(slog.NewTextHandler(&b, nil)).Info("leg", "crypto", c)
	secret := strings.SplitN(strings.SplitN(c.Line(), "inline:", 2)[1], "|", 2)[0]
	if strings.Contains(b.String(), secret) || strings.Contains(b.String(), fmt.Sprint(c.Key)) {
		t.Errorf("key in log: %s", b.String())
	}
}

func FuzzParseCrypto(f *testing.F) {
	f.Add("2 AES_CM_128_HMAC_SHA1_80 " + testKey + "|2^31|1:1")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCrypto(s)
		if err != nil {
			return
		}
		again, err := ParseCrypto(c.Line())
		if err != nil || again.Key != c.Key || !bytes.Equal(again.MKI, c.MKI) && len(c.MKI) <= 8 {
			t.Fatalf("%q: %+v then %+v, %v", s, c, again, err)
		}
	})
}
