package dialect

import (
	"strings"
	"testing"

	"parley/internal/wire/sip"
)

func message(t *testing.T, head, body string) *sip.Message {
	t.Helper()
	m, err := sip.Parse([]byte(strings.ReplaceAll(strings.TrimSpace(head), "\n", "\r\n") + "\r\n\r\n" + body))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestClassify(t *testing.T) {
	const sipe = "Via: SIP/2.0/tcp 127.0.0.1:48218\nFrom: <sip:alice@parley.test>;tag=1;epid=f42ef11c2d1a\nTo: <sip:bob@parley.test>\nCall-ID: 1\nCSeq: 1 "
	const bare = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa\nFrom: <sip:carol@parley.test>;tag=1\nTo: <sip:bob@parley.test>\nCall-ID: 1\nUser-Agent: baresip v1.0.0 (x86_64/linux)\nCSeq: 1 "
	for name, tt := range map[string]struct {
		head, body string
		dialect    Kind
		class      Class
	}{
		"sipe register": {"REGISTER sip:parley.test SIP/2.0\n" + sipe + "REGISTER\nSupported: gruu-10, adhoclist, msrtc-event-categories", "", Lync, Registration},
		"sipe message session": {"INVITE sip:bob@parley.test SIP/2.0\n" + sipe + "INVITE\nMs-Conversation-ID: 4\nContent-Type: application/sdp",
			"v=0\r\nm=message 15060 sip null\r\n", Lync, Messaging},
		"sipe call": {"INVITE sip:bob@parley.test SIP/2.0\n" + sipe + "INVITE\nContent-Type: application/sdp",
			"v=0\r\nm=audio 4000 RTP/AVP 0\r\n", Lync, AudioVideo},
		"sharing, no header marker": {"INVITE sip:bob@parley.test SIP/2.0\n" + bare + "INVITE\nContent-Type: application/sdp",
			"v=0\r\nm=applicationsharing 4000 TCP/RTP/AVP 127\r\n", Lync, Sharing},
		"file transfer": {"INVITE sip:bob@parley.test SIP/2.0\n" + sipe + "INVITE\nContent-Type: application/sdp",
			"v=0\r\nm=data 4000 TCP/RTP/AVP 127\r\n", Lync, FileTransfer},
		"focus":           {"INVITE sip:a@parley.test;gruu;opaque=app:conf:focus:id:X SIP/2.0\n" + sipe + "INVITE", "", Lync, Conference},
		"publication":     {"SERVICE sip:a@parley.test SIP/2.0\n" + sipe + "SERVICE\nContent-Type: application/msrtc-category-publish+xml", "<publish/>", Lync, Presence},
		"typing":          {"INFO sip:bob@parley.test SIP/2.0\n" + sipe + "INFO\nContent-Type: application/xml", "<KeyboardActivity/>", Lync, Messaging},
		"baresip call":    {"INVITE sip:bob@parley.test SIP/2.0\n" + bare + "INVITE\nContent-Type: application/sdp", "v=0\r\nm=audio 4000 RTP/AVP 0\r\n", Standard, AudioVideo},
		"delayed offer":   {"INVITE sip:bob@parley.test SIP/2.0\n" + bare + "INVITE", "", Standard, AudioVideo},
		"baresip message": {"MESSAGE sip:bob@parley.test SIP/2.0\n" + bare + "MESSAGE\nContent-Type: text/plain", "m=applicationsharing", Standard, Messaging},
		"options":         {"OPTIONS sip:bob@parley.test SIP/2.0\n" + bare + "OPTIONS", "", Standard, Other},
		"anonymous reply": {"SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa\nFrom: <sip:c@p>;tag=1\nTo: <sip:b@p>\nCall-ID: 1\nCSeq: 1 OPTIONS", "", Unknown, Other},
	} {
		v := Classify(message(t, tt.head, tt.body))
		if v.Dialect != tt.dialect || v.Class != tt.class {
			t.Errorf("%s: %v %v by %q, want %v %v", name, v.Dialect, v.Class, v.Evidence, tt.dialect, tt.class)
		}
	}
}
