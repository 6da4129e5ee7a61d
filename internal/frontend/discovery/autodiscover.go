package discovery

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"parley/internal/wire/sip"
)

// mediaType is the only one that clients accept, [MS-OCDISCWS] section 2.2.
const mediaType = "application/vnd.microsoft.rtc.autodiscover+xml"

// userPath is where the second request of a client goes.
const userPath = "/Autodiscover/AutodiscoverService.svc/root/user"

// Autodiscover answers the requests that clients send to lyncdiscover.DOMAIN and lyncdiscoverinternal.DOMAIN, over HTTP or
// HTTPS. What it tells is in public DNS as well and the same for every user of a domain, so it asks for no sign-in.
type Autodiscover struct{ cfg Config }

// New checks the configuration.
func New(cfg Config) (*Autodiscover, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configure discovery: %w", err)
	}
	cfg.complete()
	return &Autodiscover{cfg: cfg}, nil
}

// Wanted says whether a request is for discovery: one that asks for the document, or goes to a discovery host name. The
// portal, which shares the port, takes all others.
func (a *Autodiscover) Wanted(r *http.Request) bool {
	if strings.EqualFold(r.URL.Path, userPath) || strings.Contains(r.Header.Get("Accept"), mediaType) {
		return true
	}
	host, _, _ := strings.Cut(strings.ToLower(r.Host), ".")
	return r.URL.Path == "/" && (host == "lyncdiscover" || host == "lyncdiscoverinternal" || r.URL.Query().Has("sipuri"))
}

// ServeHTTP implements [http.Handler].
func (a *Autodiscover) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Discovery answers GET requests only.", http.StatusMethodNotAllowed)
		return
	}
	aor, err := a.user(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	answer := response{Access: a.access(r)}
	if strings.EqualFold(r.URL.Path, userPath) {
		answer.User = a.home()
	} else {
		href := a.cfg.Web + userPath
		if a.cfg.Web == "" {
			href = "https://" + r.Host + userPath
		}
		if aor != "" {
			href += "?sipuri=" + url.QueryEscape(aor)
		}
		answer.Root = &root{Links: []link{{Token: "User", Href: href}}}
	}
	body, err := xml.Marshal(answer)
	if err != nil {
		http.Error(w, "The answer cannot be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mediaType+"; v=1")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(append([]byte(xml.Header), body...))
}

// user reads the sipuri parameter: "alice@parley.test" or the same with sip:. Its absence is no error.
func (a *Autodiscover) user(r *http.Request) (string, error) {
	text := r.URL.Query().Get("sipuri")
	if text == "" {
		return "", nil
	}
	if !strings.HasPrefix(strings.ToLower(text), "sip:") {
		text = "sip:" + text
	}
	uri, err := sip.ParseURI(text)
	if err != nil || uri.Account() == "" || !slices.Contains(a.cfg.Domains, strings.ToLower(uri.Host)) {
		return "", fmt.Errorf("this server serves users of %s", strings.Join(a.cfg.Domains, ", "))
	}
	return uri.Account(), nil
}

// access says from which side the client came, by the name that it used.
func (a *Autodiscover) access(r *http.Request) string {
	if strings.HasPrefix(strings.ToLower(r.Host), "lyncdiscoverinternal.") {
		return "Internal"
	}
	return "External"
}

func (a *Autodiscover) home() *user {
	inside := server{FQDN: a.cfg.Host, Port: a.cfg.TLSPort}
	outside := server{FQDN: a.cfg.ExternalHost, Port: a.cfg.ExternalPort}
	return &user{ServerInside: inside, ClientInside: inside, ServerOutside: outside, ClientOutside: outside}
}

// The document, [MS-OCDISCWS] section 2.2.4.
type response struct {
	XMLName xml.Name `xml:"AutodiscoverResponse"`
	Access  string   `xml:"AccessLocation,attr"`
	Root    *root    `xml:"Root"`
	User    *user    `xml:"User"`
}

type root struct {
	Links []link `xml:"Link"`
}

type link struct {
	Token string `xml:"token,attr"`
	Href  string `xml:"href,attr"`
}

type user struct {
	ServerInside  server `xml:"SipServerInternalAccess"`
	ClientInside  server `xml:"SipClientInternalAccess"`
	ServerOutside server `xml:"SipServerExternalAccess"`
	ClientOutside server `xml:"SipClientExternalAccess"`
}

type server struct {
	FQDN string `xml:"fqdn,attr"`
	Port int    `xml:"port,attr"`
}
