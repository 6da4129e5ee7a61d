package sip

import "strings"

// NewRequest returns a request with a start line, Max-Forwards and an empty body; the caller adds the other fields.
func NewRequest(method, uri string) *Message {
	m := &Message{method: method, end: "\r\n"}
	m.fields = m.room[:0]
	m.SetRequestURI(uri)
	m.Add("Max-Forwards", "70")
	m.fields = append(m.fields, noBody)
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
	if strings.IndexByte(reason, '\n') >= 0 || strings.IndexByte(reason, '\r') >= 0 {
		reason = strings.NewReplacer("\r", " ", "\n", " ").Replace(reason)
	}
	m.start = statusLine(code, reason)
	m.fields = m.room[:0]
	for i := range req.fields {
		if copied(req.fields[i].kind, req.method, code) {
			m.fields = append(m.fields, req.fields[i])
		}
	}
	m.fields = append(m.fields, noBody)
	k := &req.known
	m.known = known{to: k.to, hasTo: k.hasTo, number: k.number, method: k.method, hasCSeq: k.hasCSeq}
	return m
}

// noBody is the Content-Length of a message without a body.
var noBody = newField("Content-Length", "0")

func statusLine(code int, reason string) string {
	switch {
	case code == 200 && reason == "OK":
		return "SIP/2.0 200 OK\r\n"
	case code == 100 && reason == "Trying":
		return "SIP/2.0 100 Trying\r\n"
	case code == 401 && reason == "Unauthorized":
		return "SIP/2.0 401 Unauthorized\r\n"
	}
	return "SIP/2.0 " + code3(code) + " " + reason + "\r\n"
}

func copied(k kind, method string, code int) bool {
	switch k {
	case kindVia, kindFrom, kindTo, kindCallID, kindCSeq:
		return true
	case kindTimestamp:
		return code == 100 // RFC 3261 section 8.2.6.1
	case kindRecordRoute:
		return code > 100 && code < 300 && CreatesDialog(method)
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
	if addr, err := m.To(); err == nil && addr.Tag() != "" {
		return
	}
	i := m.findKind(kindTo, 0)
	if i < 0 {
		m.Add("To", ";tag="+tag)
		return
	}
	m.known.hasTo = false
	f := &m.fields[i]
	head := f.line[:f.valEnd]
	if strings.IndexByte(head, '\n') >= 0 { // folded, or empty: its value then ends behind the line's end
		m.Set("To", f.value()+";tag="+tag)
		return
	}
	f.line = head + ";tag=" + tag + "\r\n"
	f.valEnd = uint32(len(f.line) - 2)
}
