package dialect

import (
	"strings"
	"testing"

	"parley/internal/wire/sdp"
)

// codecs reads "9=G722/8000 101=telephone-event/8000"; the rate is 8000 when absent.
func codecs(t *testing.T, text string) []sdp.Codec {
	t.Helper()
	m := &sdp.Media{Kind: "audio", Port: 1, Proto: "RTP/AVP"}
	for _, f := range strings.Fields(text) {
		pt, name, _ := strings.Cut(f, "=")
		m.Formats = append(m.Formats, pt)
		m.AddAttribute("rtpmap", pt+" "+name)
	}
	out := m.Codecs()
	if len(out) != len(m.Formats) {
		t.Fatalf("test codecs %q read as %+v", text, out)
	}
	return out
}

func render(list []sdp.Codec) string {
	var parts []string
	for _, c := range list {
		parts = append(parts, strings.Replace(c.Rtpmap(), " ", "=", 1))
	}
	return strings.Join(parts, " ")
}

func TestAnswerable(t *testing.T) {
	for name, tt := range map[string]struct{ offer, taken, want string }{
		"same codec, offer's number and spelling": {"96=OPUS/48000 0=PCMU/8000", "97=opus/48000/2", "96=OPUS/48000"},
		"the other side's order":                  {"0=PCMU/8000 9=G722/8000", "9=G722/8000 0=PCMU/8000", "9=G722/8000 0=PCMU/8000"},
		"bridged":                                 {"9=G722/8000", "0=PCMU/8000", "9=G722/8000"},
		"not bridged while one is in common":      {"0=PCMU/8000 9=G722/8000", "0=PCMU/8000", "0=PCMU/8000"},
		"digits along":                            {"0=PCMU/8000 102=telephone-event/8000", "0=PCMU/8000 101=telephone-event/8000", "0=PCMU/8000 102=telephone-event/8000"},
		"digits alone are no call":                {"97=SILK/16000 102=telephone-event/8000", "101=telephone-event/8000", ""},
		"stereo is not mono":                      {"117=G722/8000/2", "9=G722/8000", ""},
		"nothing in common":                       {"97=SILK/16000", "96=opus/48000/2", ""},
	} {
		if got := render(Answerable(codecs(t, tt.offer), codecs(t, tt.taken))); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestWithBridge(t *testing.T) {
	for offer, want := range map[string]string{
		"0=PCMU/8000":                 "0=PCMU/8000 9=G722/8000 8=PCMA/8000",
		"96=opus/48000/2":             "96=opus/48000/2",
		"9=G722/8000 0=PCMU/8000":     "9=G722/8000 0=PCMU/8000 8=PCMA/8000",
		"117=G722/8000/2":             "117=G722/8000/2",
		"96=opus/48000/2 8=PCMA/8000": "96=opus/48000/2 8=PCMA/8000 9=G722/8000 0=PCMU/8000",
	} {
		if got := render(WithBridge(codecs(t, offer))); got != want {
			t.Errorf("%s: %q, want %q", offer, got, want)
		}
	}
}

func TestBridgedFirst(t *testing.T) {
	for in, want := range map[string]string{
		"96=opus/48000/2 8=PCMA/8000 97=speex/16000 0=PCMU/8000 101=telephone-event/8000": "8=PCMA/8000 0=PCMU/8000 96=opus/48000/2 97=speex/16000 101=telephone-event/8000",
		"97=speex/16000": "97=speex/16000",
		"":               "",
	} {
		if got := render(BridgedFirst(codecs(t, in))); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestChooseCrypto(t *testing.T) {
	key := make([]byte, 30)
	mki := sdp.Crypto{Tag: 2, Suite: sdp.AESCM128SHA80, Key: key, MKI: 1, MKILength: 1}
	plain := sdp.Crypto{Tag: 3, Suite: sdp.AESCM128SHA80, Key: key}
	short := sdp.Crypto{Tag: 4, Suite: "AES_CM_128_HMAC_SHA1_32", Key: key}
	open := sdp.Crypto{Tag: 5, Suite: sdp.AESCM128SHA80, Key: key, Parameters: "UNENCRYPTED_SRTP"}
	for name, tt := range map[string]struct {
		offered []sdp.Crypto
		want    int
	}{
		"without MKI goes first":   {[]sdp.Crypto{mki, plain}, 3},
		"only with MKI":            {[]sdp.Crypto{mki}, 2},
		"stronger suite":           {[]sdp.Crypto{short, mki}, 2},
		"second suite":             {[]sdp.Crypto{short}, 4},
		"unencrypted is no choice": {[]sdp.Crypto{open}, 0},
		"nothing":                  {nil, 0},
	} {
		got, ok := ChooseCrypto(tt.offered, sdp.AESCM128SHA80, "AES_CM_128_HMAC_SHA1_32")
		if got.Tag != tt.want || ok != (tt.want != 0) {
			t.Errorf("%s: tag %d, %v; want %d", name, got.Tag, ok, tt.want)
		}
	}
}
