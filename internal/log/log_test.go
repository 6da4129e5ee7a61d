package log

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// planted is in every secret of the tests, in its own form or in base64.
const planted = "S3cr3tPlanted"

var (
	plantedBase64 = base64.StdEncoding.EncodeToString([]byte(planted + planted + planted))
	ntlmBlob      = base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x03\x00\x00\x00" + planted))
	kerberosBlob  = base64.StdEncoding.EncodeToString([]byte("\x60\x82\x05\x10" + planted + planted + planted))
)

// holders are texts with a secret, as they could come to a log line.
func holders() map[string]string {
	return map[string]string{
		"digest": "REGISTER sip:parley.test SIP/2.0\r\nAuthorization: Digest username=\"alice\",\r\n realm=\"parley.test\", response=\"" + planted + "\"\r\nCSeq: 1 REGISTER\r\n",
		"proxy":  "Proxy-Authorization: NTLM qop=\"auth\", gssapi-data=\"" + plantedBase64 + "\", version=4\r\nVia: x",
		"basic":  "authorization : Basic " + plantedBase64, "bearer": "Authorization: Bearer " + planted,
		"challenge": `WWW-Authenticate: NTLM opaque="1", gssapi-data="` + plantedBase64 + `", targetname="x"`,
		"ntlm blob": "token " + ntlmBlob + " refused", "kerberos blob": "ticket " + kerberosBlob,
		"sdes":    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + plantedBase64 + "|2^31|1:1\r\n",
		"mikey":   "v=0\r\na=key-mgmt:mikey " + plantedBase64 + "\r\n",
		"k line":  "v=0\r\nk=clear:" + planted + "\r\n",
		"ice":     "a=ice-ufrag:abcd\r\na=ice-pwd:" + planted + "\r\n",
		"json":    `{"user":"alice","password":"` + planted + `"}`,
		"in json": `{\"password\":\"` + planted + `\"}`,
		"xml":     "<credentials><password>" + planted + "</password></credentials>",
		"form":    "user=alice&password=" + planted + "&x=1",
		"struct":  fmt.Sprintf("%+v", struct{ User, Password string }{"alice", planted}),
		"sip uri": "INVITE sip:alice:" + planted + "@parley.test SIP/2.0", "nats url": "dial nats://parley:" + planted + "@nats.parley.test:4222",
		"cookie":     "GET / HTTP/1.1\r\nCookie: session=" + planted + "\r\n",
		"first text": "ms-text-format: text/plain; charset=UTF-8;msgr=abc;ms-body=" + plantedBase64 + "\r\n",
	}
}

func TestPlantedSecretsNeverReachTheLog(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		for name, text := range holders() {
			t.Run(format+"/"+name, func(t *testing.T) {
				t.Parallel()
				var out bytes.Buffer
				logger, _ := New(&out, Options{Level: "debug", Format: format})
				logger.Info(text)
				logger.Info("string", "text", text)
				logger.Info("error", "err", fmt.Errorf("outer: %w", errors.New(text)))
				logger.Info("bytes", "raw", []byte(text))
				logger.Info("struct", "value", struct{ Text string }{text})
				logger.Info("pointer", "value", &struct{ Text string }{text})
				logger.Info("valuer", "value", valuer(text))
				logger.With("text", text).Info("with")
				logger.WithGroup("g").With(slog.Group("h", "text", text)).Info("group")
				logger.Debug("wire", "msg", Message([]byte(text), true))
				assertClean(t, out.String())
			})
		}
	}
}

func TestSecretAttributesAreNeverWritten(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger, _ := New(&out, Options{})
	logger.Info("x", "password", planted, "bindPassword", planted, "session_token", planted, "client_secret", []byte(planted), slog.Group("g", "credentials", planted))
	assertClean(t, out.String())
}

func assertClean(t *testing.T, out string) {
	t.Helper()
	for _, secret := range []string{planted, plantedBase64[:20], ntlmBlob[14:30], kerberosBlob[8:24]} {
		if strings.Contains(out, secret) {
			t.Errorf("the log has the secret %q:\n%s", secret, out)
		}
	}
	if !strings.Contains(out, redacted) {
		t.Errorf("nothing is marked as taken out:\n%s", out)
	}
}

func TestRedactKeepsTheRest(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"call 7 with sip:bob@parley.test answered":                  "call 7 with sip:bob@parley.test answered",
		"Authorization: Digest username=\"a\"\r\nCSeq: 1 REGISTER":  "Authorization: Digest" + redacted + "\r\nCSeq: 1 REGISTER",
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA|2^31|1:1":   "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + redacted + "|2^31|1:1",
		"Contact: <sip:a@192.0.2.1:5060;transport=tcp>;expires=600": "Contact: <sip:a@192.0.2.1:5060;transport=tcp>;expires=600",
		"dial ldaps://dc1.parley.test:636: refused":                 "dial ldaps://dc1.parley.test:636: refused",
		"m=audio 40000 RTP/AVP 0\r\na=ice-ufrag:abcd\r\n":           "m=audio 40000 RTP/AVP 0\r\na=ice-ufrag:abcd\r\n",
		"ms-body=SGVsbG8=;x=1":                                      "ms-body=" + redacted + ";x=1",
	}
	got, want := map[string]string{}, map[string]string{}
	for text, clean := range tests {
		got[text], want[text] = Redact(text), clean
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("redacted (-want +got):\n%s", diff)
	}
}

func TestMessageWithoutBody(t *testing.T) {
	t.Parallel()
	got := Message([]byte("MESSAGE sip:b SIP/2.0\r\nCSeq: 1 MESSAGE\r\n\r\nhello bob"), false)
	if strings.Contains(got, "hello") || !strings.Contains(got, "CSeq: 1") {
		t.Errorf("headers only: %q", got)
	}
}

func TestControlChangesARunningLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger, control := New(&out, Options{Level: "warn", Wire: "off"})
	logger.Info("early")
	control.Set(Options{Level: "debug", Wire: "full"})
	logger.Debug("late")
	if strings.Contains(out.String(), "early") || !strings.Contains(out.String(), "late") || control.Wire() != "full" {
		t.Errorf("wire %q, log:\n%s", control.Wire(), out.String())
	}
}

type valuer string

func (v valuer) LogValue() slog.Value { return slog.GroupValue(slog.String("inner", string(v))) }

func BenchmarkRedactShortLine(b *testing.B) {
	for b.Loop() {
		Redact("sip:alice@parley.test")
	}
}
