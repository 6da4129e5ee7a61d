package sip

import "strings"

// Refusal says why an element must not act upon a message, and how it answers a request of that kind. A response that
// is refused is dropped.
type Refusal struct {
	Code   int    // SIP status for a request
	Reason string // what is wrong, safe to show to the sender
}

func (r *Refusal) Error() string { return r.Reason }

func bad(reason string) *Refusal { return &Refusal{Code: 400, Reason: reason} }

// once are the fields that a message has at most one of; their repetition changes what the message means
// (RFC 4475 section 3.3.8).
var once = [...]kind{kindFrom, kindTo, kindCallID, kindCSeq, kindMaxForwards, kindContentLength, kindContentType}

// required are the fields that every message has (RFC 3261 section 8.1.1).
var required = [...]kind{kindVia, kindFrom, kindTo, kindCallID, kindCSeq}

// Check says whether an element may act upon m, nil meaning yes; the message must not be read by others meanwhile. It checks what every element relies on: the start
// line, the fields that identify transaction and dialog, Contact, and lengths. Max-Forwards may be missing: RFC 2543
// elements leave it out.
func Check(m *Message) *Refusal {
	m.known = known{}
	if r := checkStart(m); r != nil {
		return r
	}
	var count [len(names)]uint16
	for i := range m.fields {
		count[m.fields[i].kind]++
	}
	for _, k := range required {
		if count[k] == 0 {
			return bad("Missing " + names[k].long)
		}
	}
	for _, k := range once {
		if count[k] > 1 {
			return bad("More than one " + names[k].long)
		}
	}
	if _, _, err := m.ContentLength(); err != nil {
		return bad("Malformed Content-Length")
	}
	number, method, err := m.CSeq()
	if err != nil {
		return bad("Malformed CSeq")
	}
	if m.IsRequest() && method != m.method {
		return bad("CSeq method does not match the request")
	}
	m.known.number, m.known.method, m.known.hasCSeq = number, method, true
	return checkAddresses(m)
}

func checkStart(m *Message) *Refusal {
	version := m.version()
	if m.status != 0 {
		if version != "SIP/2.0" || m.status > 699 {
			return bad("Malformed status line")
		}
		return nil
	}
	if len(m.uri) > 0 && (m.uri[0] == '<' || hasAny(m.uri, &blankByte)) || version != strings.TrimSpace(version) ||
		len(trimEOL(m.start)) != len(m.method)+len(m.uri)+len(version)+2 {
		return bad("Malformed request line")
	}
	if version != "SIP/2.0" {
		return &Refusal{Code: 505, Reason: "SIP version not supported"}
	}
	u, err := ParseURI(m.uri)
	switch {
	case err != nil:
		return bad("Malformed Request-URI")
	case u.Scheme != "sip" && u.Scheme != "sips" && u.Scheme != "tel":
		return &Refusal{Code: 416, Reason: "Unsupported URI scheme"}
	case u.Headers != "":
		return bad("Header fields in Request-URI") // RFC 3261 section 19.1.5
	}
	return nil
}

func checkAddresses(m *Message) *Refusal {
	var err error
	if m.known.from, err = m.addr("From"); err != nil {
		return bad("Malformed From")
	}
	if m.known.to, err = m.addr("To"); err != nil {
		return bad("Malformed To")
	}
	m.known.hasFrom, m.known.hasTo = true, true
	for i := m.findKind(kindVia, 0); i >= 0; i = m.findKind(kindVia, i+1) {
		for rest := m.fields[i].value(); rest != ""; {
			var item string
			item, rest = cutItem(rest, ',')
			via, err := ParseVia(item)
			if err != nil {
				return bad("Malformed Via")
			}
			if !m.known.hasVia {
				m.known.via, m.known.hasVia = via, true
			}
		}
	}
	for i := m.findKind(kindContact, 0); i >= 0; i = m.findKind(kindContact, i+1) {
		for rest := m.fields[i].value(); rest != ""; {
			var item string
			item, rest = cutItem(rest, ',')
			if _, err := ParseAddr(item); err != nil {
				return bad("Malformed Contact")
			}
		}
	}
	return nil
}
