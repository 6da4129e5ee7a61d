package dialog

import (
	"errors"
	"strings"
	"testing"

	"parley/internal/wire/sip"
)

func message(t *testing.T, text string) *sip.Message {
	t.Helper()
	m, err := sip.Parse([]byte(strings.ReplaceAll(strings.TrimSpace(text), "\n", "\r\n") + "\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const invite = `
INVITE sip:bob@parley.test SIP/2.0
Via: SIP/2.0/TCP 10.0.0.1
Record-Route: <sip:p2.parley.test;lr>, <sip:p1.parley.test:5061;transport=tls;opaque=state:F;lr;ms-route-sig=x>;ms-rrsig=y;tag=z
From: "Alice" <sip:alice@parley.test>;tag=a1;epid=f42ef11c2d1a
To: <sip:bob@parley.test>
Call-ID: c1
CSeq: 7 INVITE
Contact: <sip:alice@10.0.0.1:5060;transport=tcp>`

func TestServerSide(t *testing.T) {
	d, err := FromRequest(message(t, invite), "b1")
	if err != nil {
		t.Fatal(err)
	}
	if d.ID != (ID{"c1", "b1", "a1"}) {
		t.Errorf("id %+v", d.ID)
	}
	bye := d.Request("BYE")
	if bye.RequestURI() != "sip:alice@10.0.0.1:5060;transport=tcp" || bye.Get("CSeq") != "1 BYE" ||
		bye.Get("From") != "<sip:bob@parley.test>;tag=b1" || bye.Get("To") != `"Alice" <sip:alice@parley.test>;epid=f42ef11c2d1a;tag=a1` {
		t.Errorf("BYE:\n%s", bye.Bytes())
	}
	routes := bye.Values("Route")
	if len(routes) != 2 || routes[1] != "<sip:p1.parley.test:5061;transport=tls;opaque=state:F;lr;ms-route-sig=x>;ms-rrsig=y;tag=z" {
		t.Errorf("routes %q: order as in the request, bytes as they came", routes)
	}
}

func TestClientSide(t *testing.T) {
	req := message(t, invite)
	res := message(t, `
SIP/2.0 200 OK
Via: SIP/2.0/TCP 10.0.0.1
Record-Route: <sip:p2.parley.test;lr>
Record-Route: <sip:p1.parley.test;lr>
From: "Alice" <sip:alice@parley.test>;tag=a1;epid=f42ef11c2d1a
To: <sip:bob@parley.test>;tag=b9
Call-ID: c1
CSeq: 7 INVITE
Contact: <sip:bob@10.0.0.2>`)
	d, err := FromResponse(req, res)
	if err != nil {
		t.Fatal(err)
	}
	ack := d.Ack(7)
	if ack.Get("CSeq") != "7 ACK" || ack.RequestURI() != "sip:bob@10.0.0.2" {
		t.Errorf("ACK:\n%s", ack.Bytes())
	}
	if got := strings.Join(ack.Values("Route"), " "); got != "<sip:p1.parley.test;lr> <sip:p2.parley.test;lr>" {
		t.Errorf("routes %s: reversed for the client", got)
	}
	if d.Request("INVITE").Get("CSeq") != "8 INVITE" || d.Sequence() != 8 {
		t.Error("the next request's number")
	}
	d.Refresh(message(t, "SIP/2.0 200 OK\nCSeq: 8 INVITE\nContact: <sip:bob@10.0.0.3>"))
	if d.Target != "sip:bob@10.0.0.3" {
		t.Errorf("target %s", d.Target)
	}
	if _, err := FromResponse(req, message(t, "SIP/2.0 180 Ringing\nTo: <sip:bob@parley.test>\nCSeq: 7 INVITE")); !errors.Is(err, ErrForeign) {
		t.Errorf("no To tag: %v", err)
	}
}

func TestStrictRouter(t *testing.T) {
	d := &Dialog{ID: ID{"c", "l", "r"}, Local: "<sip:a@x>", Remote: "<sip:b@x>", Target: "sip:b@10.0.0.2", Routes: []string{"<sip:old.parley.test>", "<sip:p;lr>"}}
	m := d.Request("BYE")
	if m.RequestURI() != "sip:old.parley.test" || strings.Join(m.Values("Route"), " ") != "<sip:p;lr> <sip:b@10.0.0.2>" {
		t.Errorf("%s", m.Bytes())
	}
}

func TestReceive(t *testing.T) {
	d, err := FromRequest(message(t, invite), "b1")
	if err != nil {
		t.Fatal(err)
	}
	in := func(method, cseq, fromTag, toTag, contact string) *sip.Message {
		text := method + " sip:x SIP/2.0\nFrom: <sip:alice@parley.test>;tag=" + fromTag + "\nTo: <sip:bob@parley.test>;tag=" + toTag + "\nCall-ID: c1\nCSeq: " + cseq + " " + method
		if contact != "" {
			text += "\nContact: <" + contact + ">"
		}
		return message(t, text)
	}
	for name, tt := range map[string]struct {
		req  *sip.Message
		want error
	}{
		"other From tag":   {in("BYE", "8", "zz", "b1", ""), ErrForeign},
		"other To tag":     {in("BYE", "8", "a1", "zz", ""), ErrForeign},
		"the same number":  {in("INFO", "7", "a1", "b1", ""), ErrOutOfOrder},
		"an older one":     {in("INFO", "6", "a1", "b1", ""), ErrOutOfOrder},
		"ACK of an INVITE": {in("ACK", "7", "a1", "b1", ""), nil},
	} {
		if err := d.Receive(tt.req); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.Receive(in("INFO", "8", "a1", "b1", "sip:ignored@10.0.0.9")); err != nil || strings.Contains(d.Target, "ignored") {
		t.Errorf("INFO is no target refresh: %v, %s", err, d.Target)
	}
	if err := d.Receive(in("INVITE", "10", "a1", "b1", "sip:alice@10.0.0.5")); err != nil || d.Target != "sip:alice@10.0.0.5" {
		t.Errorf("re-INVITE with a gap in the numbers: %v, %s", err, d.Target)
	}
}
