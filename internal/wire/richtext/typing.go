package richtext

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// Content types of typing notices.
const (
	ComposingType = "application/im-iscomposing+xml" // RFC 3994, standard clients and conferences
	KeyboardType  = "application/xml"                // KeyboardActivity in an INFO request, Lync clients
)

// DefaultRefresh is how long an active state lasts that names no time (RFC 3994 section 3.3).
const DefaultRefresh = 120 * time.Second

// maxNotice is the longest typing or delivery notice in bytes.
const maxNotice = 4 << 10

// Typing says whether a user writes.
type Typing struct {
	Active  bool
	Refresh time.Duration // how long the active state lasts unless it is repeated: 10 s to 1 h
}

// ParseTyping reads a typing notice of either form.
func ParseTyping(body []byte) (Typing, error) {
	if len(body) > maxNotice {
		return Typing{}, fmt.Errorf("read typing notice: longer than %d bytes", maxNotice)
	}
	var notice struct {
		XMLName xml.Name
		State   string `xml:"state"`
		Refresh int    `xml:"refresh"`
		Status  struct {
			Value string `xml:"status,attr"`
		} `xml:"status"`
	}
	if err := xml.Unmarshal(body, &notice); err != nil {
		return Typing{}, fmt.Errorf("read typing notice: %w", err)
	}
	switch notice.XMLName.Local {
	case "isComposing":
		t := Typing{Active: strings.TrimSpace(notice.State) == "active", Refresh: DefaultRefresh}
		if notice.Refresh > 0 {
			t.Refresh = min(max(time.Duration(notice.Refresh)*time.Second, 10*time.Second), time.Hour)
		}
		return t, nil
	case "KeyboardActivity":
		return Typing{Active: notice.Status.Value == "type", Refresh: DefaultRefresh}, nil
	}
	return Typing{}, fmt.Errorf("read typing notice: unknown element %q", notice.XMLName.Local)
}

// Composing writes the notice for standard clients (RFC 3994).
func (t Typing) Composing() []byte {
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\r\n" + `<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing">`
	if !t.Active {
		return []byte(head + `<state>idle</state><contenttype>text/plain</contenttype></isComposing>`)
	}
	return fmt.Appendf(nil, head+`<state>active</state><contenttype>text/plain</contenttype><refresh>%d</refresh></isComposing>`, int(t.Refresh/time.Second))
}

// Keyboard writes the notice for Lync clients.
func (t Typing) Keyboard() []byte {
	status := "idle"
	if t.Active {
		status = "type"
	}
	return []byte(`<?xml version="1.0"?>` + "\r\n" + `<KeyboardActivity><status status="` + status + `"/></KeyboardActivity>`)
}
