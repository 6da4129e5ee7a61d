package discovery

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"parley/internal/wire/sip"
)

func newDiscovery(t *testing.T, edit func(*Config)) *Autodiscover {
	t.Helper()
	cfg := Config{Host: "FE.parley.test", Domains: []string{"Parley.test"}, TLSPort: 5061, TCPPort: 5060, Web: "https://fe.parley.test/"}
	if edit != nil {
		edit(&cfg)
	}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// follow goes the way of a client: from the first answer to the User link, and returns what it says.
func follow(t *testing.T, a *Autodiscover, address string) response {
	t.Helper()
	for range 3 {
		r := httptest.NewRequest(http.MethodGet, address, nil)
		r.Header.Set("Accept", mediaType+";v=1")
		w := httptest.NewRecorder()
		if !a.Wanted(r) {
			t.Fatalf("%s goes to the portal", address)
		}
		a.ServeHTTP(w, r)
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), mediaType) {
			t.Fatalf("%s: %d %s %s", address, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		var answer response
		if err := xml.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.User != nil {
			return answer
		}
		if answer.Root == nil || len(answer.Root.Links) != 1 || answer.Root.Links[0].Token != "User" {
			t.Fatalf("%s: %s", address, w.Body)
		}
		address = answer.Root.Links[0].Href
	}
	t.Fatal("no end")
	return response{}
}

func TestAutodiscover(t *testing.T) {
	a := newDiscovery(t, func(c *Config) { c.ExternalHost, c.ExternalPort = "edge.parley.test", 443 })
	for _, start := range []string{
		"http://LyncDiscoverInternal.parley.test/?sipuri=alice@parley.test",
		"https://lyncdiscover.parley.test/?sipuri=sip:alice@parley.test",
		"https://lyncdiscover.parley.test/",
	} {
		got := follow(t, a, start)
		if got.User.ClientInside != (server{"fe.parley.test", 5061}) || got.User.ClientOutside != (server{"edge.parley.test", 443}) {
			t.Errorf("%s: %+v", start, got.User)
		}
	}
}

func TestAutodiscoverOnAnyPort(t *testing.T) {
	a := newDiscovery(t, func(c *Config) { c.Web = "" })
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://lyncdiscover.parley.test:8443/", nil))
	if want := `href="https://lyncdiscover.parley.test:8443` + userPath + `"`; !strings.Contains(w.Body.String(), want) {
		t.Errorf("%s does not have %s", w.Body, want)
	}
}

func TestAutodiscoverRefuses(t *testing.T) {
	a := newDiscovery(t, nil)
	for address, status := range map[string]int{
		"https://lyncdiscover.parley.test/?sipuri=alice@example.org":             404,
		"https://lyncdiscover.parley.test/?sipuri=%3Cscript%3E":                  404,
		"https://fe.parley.test" + userPath + "?sipuri=mallory@evil.parley.test": 404,
	} {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		if w.Code != status || strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s: %d %s", address, w.Code, w.Body)
		}
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "https://lyncdiscover.parley.test/", nil))
	if w.Code != 405 || w.Header().Get("Allow") == "" {
		t.Errorf("POST: %d", w.Code)
	}
	for _, address := range []string{"https://fe.parley.test/", "https://fe.parley.test/CQD", "https://lyncdiscover.parley.test/CQD"} {
		if a.Wanted(httptest.NewRequest(http.MethodGet, address, nil)) {
			t.Errorf("%s is taken from the portal", address)
		}
	}
}

func TestRecords(t *testing.T) {
	a := newDiscovery(t, func(c *Config) { c.Host = "sip.parley.test" })
	var got []string
	for _, r := range a.Records() {
		got = append(got, r.String())
	}
	want := []string{
		"_sipinternaltls._tcp.parley.test. 3600 IN SRV 0 0 5061 sip.parley.test.",
		"_sip._tls.parley.test. 3600 IN SRV 0 0 5061 sip.parley.test.",
		"_sips._tcp.parley.test. 3600 IN SRV 0 0 5061 sip.parley.test.",
		"_sip._tcp.parley.test. 3600 IN SRV 0 0 5060 sip.parley.test.",
		`parley.test. 3600 IN NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.parley.test.`,
		`parley.test. 3600 IN NAPTR 20 50 "s" "SIP+D2T" "" _sip._tcp.parley.test.`,
		"lyncdiscoverinternal.parley.test. 3600 IN CNAME sip.parley.test.",
		"lyncdiscover.parley.test. 3600 IN CNAME sip.parley.test.",
		"sipinternal.parley.test. 3600 IN CNAME sip.parley.test.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("records:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	names := a.CertificateNames()
	want = []string{"lyncdiscover.parley.test", "lyncdiscoverinternal.parley.test", "parley.test", "sip.parley.test", "sipinternal.parley.test"}
	if !slices.Equal(names, want) {
		t.Errorf("certificate names %v", names)
	}
}

func TestElsewhere(t *testing.T) {
	req, err := sip.Parse([]byte("REGISTER sip:parley.test SIP/2.0\r\nFrom: <sip:a@parley.test>;tag=1\r\nTo: <sip:a@parley.test>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	for home, want := range map[string]string{
		"": "", "fe.parley.test": "", "FE.parley.test:5061": "",
		"fe2.parley.test":           "<sip:fe2.parley.test:5061;transport=tls>",
		"FE2.parley.test:5071":      "<sip:fe2.parley.test:5071;transport=tls>",
		"[2001:db8::1]:5061":        "<sip:[2001:db8::1]:5061;transport=tls>",
		"fe2.parley.test:0":         "",
		"fe2.parley.test>;x=\"evil": "",
	} {
		res := Elsewhere(home, "fe.parley.test", req)
		switch {
		case res == nil && want != "":
			t.Errorf("%q: stays", home)
		case res != nil && (res.StatusCode() != 301 || res.Get("Contact") != want):
			t.Errorf("%q: %s", home, res.Bytes())
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, edit := range map[string]func(*Config){
		"address for a name": func(c *Config) { c.Host = "192.0.2.1" },
		"no domain":          func(c *Config) { c.Domains = nil },
		"no port":            func(c *Config) { c.TLSPort = 0 },
		"plain web":          func(c *Config) { c.Web = "http://fe.parley.test" },
	} {
		cfg := Config{Host: "fe.parley.test", Domains: []string{"parley.test"}, TLSPort: 5061, Web: "https://fe.parley.test"}
		edit(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
