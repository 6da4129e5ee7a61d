package sip

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// torture lists all 49 messages of RFC 4475. code is what Check refuses a request with, 0 when it accepts it; -1 stands for
// a response that is dropped. Messages of section 3.3 that a transport or parser must accept are refused by the element
// that acts upon them; their tests are with those elements and the note says where.
var torture = []struct {
	name, section string
	code          int
	parseErr      error
	verify        func(t *testing.T, m *Message)
}{
	{name: "wsinv", section: "3.1.1.1", verify: func(t *testing.T, m *Message) {
		equal(t, "From tag", mustAddr(t, m.Get("From")).Tag(), "98asjd8")
		equal(t, "From display", mustAddr(t, m.Get("From")).Display, `J Rosenberg \"`)
		equal(t, "To tag", mustAddr(t, m.Get("To")).Tag(), "1918181833n")
		num, method, _ := m.CSeq()
		equal(t, "CSeq", method, "INVITE")
		equal(t, "CSeq number", num, uint32(9))
		mf, _ := m.MaxForwards()
		equal(t, "Max-Forwards", mf, 68)
		vias := m.List("Via")
		equal(t, "Vias", len(vias), 3)
		v, err := ParseVia(vias[0])
		equal(t, "Via error", err, nil)
		equal(t, "branch", v.Branch(), "390skdjuw")
		v, _ = ParseVia(vias[2])
		equal(t, "third Via", v.Host, "192.168.255.111")
		equal(t, "Subject", m.Get("Subject"), "")
		equal(t, "s", m.Get("s"), "")
	}},
	{name: "intmeth", section: "3.1.1.2", verify: func(t *testing.T, m *Message) {
		equal(t, "method", m.Method(), "!interesting-Method0123456789_*+`.%indeed'~")
		u, err := ParseURI(m.RequestURI())
		equal(t, "URI error", err, nil)
		equal(t, "host", u.Host, "example.com")
		equal(t, "password", u.Password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
	}},
	{name: "esc01", section: "3.1.1.3", verify: func(t *testing.T, m *Message) {
		u, _ := ParseURI(m.RequestURI())
		equal(t, "user", u.UserText(), "sips:user@example.com")
		equal(t, "host", u.Host, "example.net")
	}},
	{name: "escnull", section: "3.1.1.4", verify: func(t *testing.T, m *Message) {
		cs, err := m.Contacts()
		equal(t, "error", err, nil)
		equal(t, "contacts", len(cs), 2)
		equal(t, "first", cs[0].URI.User, "%00")
	}},
	{name: "esc02", section: "3.1.1.5", verify: func(t *testing.T, m *Message) {
		equal(t, "method", m.Method(), "RE%47IST%45R")
	}},
	{name: "lwsdisp", section: "3.1.1.6", verify: func(t *testing.T, m *Message) {
		equal(t, "display", mustAddr(t, m.Get("From")).Display, "caller")
	}},
	{name: "longreq", section: "3.1.1.7", verify: func(t *testing.T, m *Message) {
		equal(t, "Vias", len(m.List("Via")), 34)
	}},
	{name: "dblreq", section: "3.1.1.8", verify: func(t *testing.T, m *Message) {
		equal(t, "method", m.Method(), "REGISTER")
		equal(t, "body", len(m.BodyString()), 0)
	}},
	{name: "semiuri", section: "3.1.1.9", verify: func(t *testing.T, m *Message) {
		u, _ := ParseURI(m.RequestURI())
		equal(t, "user", u.User, "user;par=u%40example.net")
		equal(t, "host", u.Host, "example.com")
	}},
	{name: "transports", section: "3.1.1.10", verify: func(t *testing.T, m *Message) {
		equal(t, "Vias", len(m.List("Via")), 5)
	}},
	{name: "mpart01", section: "3.1.1.11", verify: func(t *testing.T, m *Message) {
		equal(t, "type", m.MediaType(), "multipart/mixed")
	}},
	{name: "unreason", section: "3.1.1.12", verify: func(t *testing.T, m *Message) {
		equal(t, "status", m.StatusCode(), 200)
		equal(t, "reason", strings.Contains(m.Reason(), "= 2**3 * 5**2"), true)
	}},
	{name: "noreason", section: "3.1.1.13", verify: func(t *testing.T, m *Message) {
		equal(t, "status", m.StatusCode(), 100)
		equal(t, "reason", m.Reason(), "")
	}},
	{name: "badinv01", section: "3.1.2.1", code: 400},
	{name: "clerr", section: "3.1.2.2", parseErr: ErrBody},
	{name: "ncl", section: "3.1.2.3", code: 400},
	{name: "scalar02", section: "3.1.2.4", code: 400},
	{name: "scalarlg", section: "3.1.2.5", code: -1},
	{name: "quotbal", section: "3.1.2.6", code: 400},
	{name: "ltgtruri", section: "3.1.2.7", code: 400},
	{name: "lwsruri", section: "3.1.2.8", code: 400},
	{name: "lwsstart", section: "3.1.2.9", code: 400},
	{name: "trws", section: "3.1.2.10", code: 400},
	{name: "escruri", section: "3.1.2.11", code: 400},
	{name: "baddate", section: "3.1.2.12"}, // the section allows to ignore Date
	{name: "regbadct", section: "3.1.2.13", code: 400},
	{name: "badaspec", section: "3.1.2.14", code: 400},
	{name: "baddn", section: "3.1.2.15", verify: func(t *testing.T, m *Message) {
		// The section lets a liberal element infer the missing quotes.
		equal(t, "display", mustAddr(t, m.Get("From")).Display, "Bell, Alexander")
	}},
	{name: "badvers", section: "3.1.2.16", code: 505},
	{name: "mismatch01", section: "3.1.2.17", code: 400},
	{name: "mismatch02", section: "3.1.2.18", code: 400},
	{name: "bigcode", section: "3.1.2.19", parseErr: ErrStartLine},
	{name: "badbranch", section: "3.2.1", verify: func(t *testing.T, m *Message) {
		v, _ := m.TopVia()
		equal(t, "branch", v.Branch(), MagicCookie)
	}},
	{name: "insuf", section: "3.3.1", code: 400},
	{name: "unkscm", section: "3.3.2", code: 416},
	{name: "novelsc", section: "3.3.3", code: 416},
	{name: "unksm2", section: "3.3.4", verify: func(t *testing.T, m *Message) {
		equal(t, "To scheme", mustAddr(t, m.Get("To")).URI.Scheme, "isbn")
	}},
	{name: "bext01", section: "3.3.5", verify: func(t *testing.T, m *Message) {
		equal(t, "Require", m.HasToken("Require", "nothingSupportsThis"), true)
	}},
	{name: "invut", section: "3.3.6", verify: func(t *testing.T, m *Message) {
		equal(t, "type", m.MediaType(), "application/unknownformat")
	}},
	{name: "regaut01", section: "3.3.7", verify: func(t *testing.T, m *Message) {
		equal(t, "scheme", strings.HasPrefix(m.Get("Authorization"), "NoOneKnowsThisScheme"), true)
	}},
	{name: "multi01", section: "3.3.8", code: 400},
	{name: "mcl01", section: "3.3.9", code: 400},
	{name: "bcast", section: "3.3.10", verify: func(t *testing.T, m *Message) {
		v, err := ParseVia(m.List("Via")[1])
		equal(t, "error", err, nil)
		equal(t, "second Via", v.Host, "255.255.255.255")
	}},
	{name: "zeromf", section: "3.3.11", verify: func(t *testing.T, m *Message) {
		n, ok := m.MaxForwards()
		equal(t, "present", ok, true)
		equal(t, "Max-Forwards", n, 0)
	}},
	{name: "cparam01", section: "3.3.12", verify: func(t *testing.T, m *Message) {
		c, _ := m.Contact()
		equal(t, "header parameter", c.Params.Has("unknownparam"), true)
		equal(t, "URI parameter", c.URI.Params.Has("unknownparam"), false)
	}},
	{name: "cparam02", section: "3.3.13", verify: func(t *testing.T, m *Message) {
		c, _ := m.Contact()
		equal(t, "URI parameter", c.URI.Params.Has("unknownparam"), true)
	}},
	{name: "regescrt", section: "3.3.14", verify: func(t *testing.T, m *Message) {
		c, _ := m.Contact()
		equal(t, "headers", c.URI.Headers, "Route=%3Csip:sip.example.com%3E")
	}},
	{name: "sdp01", section: "3.3.15", verify: func(t *testing.T, m *Message) {
		equal(t, "Accept", m.Get("Accept"), "text/nobodyKnowsThis")
	}},
	{name: "inv2543", section: "3.4.1", verify: func(t *testing.T, m *Message) {
		v, _ := m.TopVia()
		equal(t, "branch", v.Branch(), "")
	}},
}

func TestRFC4475(t *testing.T) {
	t.Parallel()
	if len(torture) != 49 {
		t.Fatalf("%d messages, RFC 4475 has 49", len(torture))
	}
	for _, tt := range torture {
		t.Run(tt.section+"_"+tt.name, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(filepath.Join("testdata", "rfc4475", tt.name+".dat"))
			if err != nil {
				t.Fatal(err)
			}
			m, err := Parse(raw)
			if tt.parseErr != nil {
				if !errors.Is(err, tt.parseErr) {
					t.Fatalf("Parse error %v, want %v", err, tt.parseErr)
				}
				return
			}
			if err != nil {
				t.Fatalf("Parse: %v", err)
			}
			if got := string(m.Bytes()); !strings.HasPrefix(string(raw), got) || (tt.name != "dblreq" && got != string(raw) && tt.code == 0) {
				t.Errorf("serialised differently:\n%q\n%q", got, raw)
			}
			refusal := Check(m)
			switch {
			case tt.code == 0 && refusal != nil:
				t.Fatalf("refused: %v", refusal)
			case tt.code == -1 && (m.IsRequest() || refusal == nil):
				t.Fatal("response was not dropped")
			case tt.code > 0 && refusal == nil:
				t.Fatalf("accepted, want %d", tt.code)
			case tt.code > 0 && refusal.Code != tt.code:
				t.Fatalf("refused with %d %s, want %d", refusal.Code, refusal.Reason, tt.code)
			}
			if tt.verify != nil {
				tt.verify(t, m)
			}
		})
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func mustAddr(t *testing.T, s string) Addr {
	t.Helper()
	a, err := ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
