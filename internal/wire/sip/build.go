package sip

import "strings"

// NewRequest returns a request with a start line, Max-Forwards and an empty body; the caller adds the other fields.
func NewRequest(method, uri string) *Message {
	m := &Message{method: method, end: "\r\n"}
	m.fields = m.room[:0]
	m.SetRequestURI(uri)
	m.Add("Max-Forwards", "70")
	m.Add("Content-Length", "0")
	return m
}

// NewResponse returns a response to req with the fields that RFC 3261 section 8.2.6.2 copies: every Via, From, To,
// Call-ID and CSeq, and Record-Route where the response can create a dialog. An empty reason stands for the registered
// one. The caller adds the To tag.
func NewResponse(req *Message, code int, reason string) *Message {
	if reason == "" {
		reason = StatusText(code)
	}
	m := &Message{status: code, reason: reason, end: "\r\n"}
	if strings.ContainsAny(reason, "\r\n") {
		reason = strings.NewReplacer("\r", " ", "\n", " ").Replace(reason)
	}
	m.start = "SIP/2.0 " + code3(code) + " " + reason + "\r\n"
	m.fields = m.room[:0]
	for i := range req.fields {
		if copied(req.fields[i].name(), req.method, code) {
			m.fields = append(m.fields, req.fields[i])
		}
	}
	m.Add("Content-Length", "0")
	return m
}

func copied(name, method string, code int) bool {
	switch len(name) {
	case 1:
		switch name[0] | 0x20 {
		case 'v', 'f', 't', 'i':
			return true
		}
	case 2:
		return strings.EqualFold(name, "To")
	case 3:
		return strings.EqualFold(name, "Via")
	case 4:
		return strings.EqualFold(name, "From") || strings.EqualFold(name, "CSeq")
	case 7:
		return strings.EqualFold(name, "Call-ID")
	case 9:
		return code == 100 && strings.EqualFold(name, "Timestamp") // RFC 3261 section 8.2.6.1
	case 12:
		return code > 100 && code < 300 && CreatesDialog(method) && strings.EqualFold(name, "Record-Route")
	}
	return false
}

// CreatesDialog says whether a success to method can create a dialog: RFC 3261 section 12.1, RFC 6665, RFC 3515.
func CreatesDialog(method string) bool {
	return method == "INVITE" || method == "SUBSCRIBE" || method == "REFER" || method == "NOTIFY" || method == "UPDATE"
}

func code3(code int) string {
	return string([]byte{byte('0' + code/100%10), byte('0' + code/10%10), byte('0' + code%10)})
}

// SetTag puts a tag on the To field if it has none, as the first response of a server must (RFC 3261 section 8.2.6.2).
func (m *Message) SetTag(tag string) {
	to := m.Get("To")
	if addr, err := ParseAddr(to); err == nil && addr.Tag() != "" {
		return
	}
	m.Set("To", to+";tag="+tag)
}
