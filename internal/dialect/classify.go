package dialect

import (
	"strings"

	"parley/internal/wire/sip"
)

// Class is what a request is for.
type Class uint8

const (
	Other Class = iota
	AudioVideo
	Sharing
	Messaging
	Presence
	Conference
	FileTransfer
	Registration
)

// Verdict is what Classify found out about a message.
type Verdict struct {
	Dialect  Kind
	Class    Class
	Evidence []string // the markers of the dialect that were found, strongest kind first
}

// Classify tells the dialect and purpose of a message by its header fields first and its body second. One marker of the
// Lync dialect decides, since no standard endpoint writes any of them; a request without one is standard.
func Classify(m *sip.Message) Verdict {
	v := Verdict{Evidence: append(headerMarkers(m), bodyMarkers(m)...), Class: classOf(m)}
	switch {
	case len(v.Evidence) > 0:
		v.Dialect = Lync
	case m.IsRequest() || m.Has("User-Agent") || m.Has("Server"):
		v.Dialect = Standard
	}
	return v
}

func headerMarkers(m *sip.Message) []string {
	var found []string
	mark := func(on bool, what string) {
		if on {
			found = append(found, what)
		}
	}
	agent := m.Get("User-Agent")
	mark(strings.Contains(agent, "UCCAPI/") || strings.Contains(agent, " Sipe/") || strings.HasPrefix(agent, "RTC"), "User-Agent")
	mark(strings.HasPrefix(m.Get("Server"), "RTC/"), "Server: RTC")
	mark(strings.Contains(m.Get("From"), "epid=") || strings.Contains(m.Get("To"), "epid="), "epid")
	contact := m.Get("Contact")
	mark(strings.Contains(contact, "opaque=user:epid:") || strings.Contains(contact, "ms-opaque=") || strings.Contains(contact, "proxy=replace"), "Contact")
	mark(strings.Contains(m.Get("Via"), "ms-received-"), "Via ms-received")
	for _, name := range []string{"Ms-Conversation-ID", "ms-keep-alive", "ms-endpoint-location-data", "ms-text-format", "ms-diagnostics", "ms-client-diagnostics"} {
		mark(m.Has(name), name)
	}
	for _, option := range m.List("Supported") {
		if strings.HasPrefix(option, "ms-") || option == "msrtc-event-categories" || option == "adhoclist" || option == "gruu-10" {
			found = append(found, "Supported: "+option)
			break
		}
	}
	for _, name := range []string{"Authorization", "Authentication-Info", "Proxy-Authorization"} {
		scheme, _, _ := strings.Cut(m.Get(name), " ")
		switch strings.ToUpper(scheme) {
		case "NTLM", "KERBEROS", "TLS-DSK":
			found = append(found, name+": "+scheme)
		}
	}
	if method := m.Method(); method == "SERVICE" || method == "BENOTIFY" || method == "NEGOTIATE" {
		found = append(found, method)
	}
	return found
}

// bodyMarkers looks for lines and content types that only the Lync dialect writes. It reads the body as text: malformed
// bodies are somebody else's finding.
func bodyMarkers(m *sip.Message) []string {
	var found []string
	kind := m.MediaType()
	if strings.HasPrefix(kind, "application/msrtc-") || strings.HasPrefix(kind, "application/vnd-microsoft-") ||
		kind == "application/cccp+xml" || kind == "application/ms-conf-invite+xml" || kind == "application/ms-filetransfer+xml" {
		found = append(found, kind)
	}
	if kind != "application/sdp" && !strings.HasPrefix(kind, "multipart/") {
		return found
	}
	body := m.BodyString()
	for _, marker := range []string{"ms-proxy-2007fallback", " sip null", " sip sip:", "m=applicationsharing", "a=label:main-", "a=label:applicationsharing-video",
		"a=x-ssrc-range", "a=cryptoscale", "a=x-candidate-ipv6", "a=x-applicationsharing", " TCP-PASS "} {
		if strings.Contains(body, marker) {
			found = append(found, strings.TrimSpace(marker))
		}
	}
	return found
}

func classOf(m *sip.Message) Class {
	switch m.Method() {
	case "REGISTER":
		return Registration
	case "MESSAGE":
		return Messaging
	case "SUBSCRIBE", "NOTIFY", "BENOTIFY", "PUBLISH":
		switch strings.ToLower(m.EventPackage()) {
		case "conference":
			return Conference
		case "presence", "presence.winfo", "presence.wpending", "dialog", "vnd-microsoft-roaming-contacts", "vnd-microsoft-roaming-self":
			return Presence
		}
		return Other
	case "INFO":
		if strings.Contains(m.BodyString(), "KeyboardActivity") || m.MediaType() == "application/im-iscomposing+xml" {
			return Messaging
		}
		if m.MediaType() == "application/cccp+xml" {
			return Conference
		}
	case "SERVICE":
		switch m.MediaType() {
		case "application/msrtc-category-publish+xml", "application/msrtc-setcontainermembers+xml", "application/msrtc-presence-setsubscriber+xml":
			return Presence
		case "application/cccp+xml":
			return Conference
		}
		return Other
	}
	return classOfBody(m)
}

func classOfBody(m *sip.Message) Class {
	if strings.Contains(m.RequestURI(), "opaque=app:conf:focus") {
		return Conference
	}
	body := m.BodyString()
	has := func(media string) bool {
		return strings.HasPrefix(body, "m="+media+" ") || strings.Contains(body, "\nm="+media+" ")
	}
	switch {
	case m.MediaType() == "application/ms-conf-invite+xml":
		return Conference
	case has("applicationsharing") || strings.Contains(body, "a=label:applicationsharing-video"):
		return Sharing
	case has("data"), strings.Contains(body, "application/ms-filetransfer+xml"):
		return FileTransfer
	case has("audio"), has("video"):
		return AudioVideo
	case has("message"):
		return Messaging
	case m.Method() == "INVITE" && len(body) == 0 && m.Has("ms-text-format"):
		return Messaging
	case m.Method() == "INVITE" && len(body) == 0:
		return AudioVideo // a delayed offer (RFC 3261 section 13.2.1)
	}
	return Other
}
