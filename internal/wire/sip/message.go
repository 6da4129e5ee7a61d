package sip

import (
	"strings"
)

// Message is one SIP request or response. The zero value is empty; use [Parse], [NewRequest] or [NewResponse].
// Strings that its methods return alias the received bytes. A Message is not safe for concurrent change; concurrent
// reading is.
type Message struct {
	lead   string // line ends before the start line, RFC 3261 section 7.5
	start  string // start line with its line end
	fields []field
	end    string // the empty line
	body   string

	method string // of a request
	uri    string // of a request
	reason string // of a response
	status int    // of a response; 0 for a request

	known known

	room [inlineFields]field
}

// known is what Check read, kept because every element that handles the message asks for it again. A change of the field
// forgets it.
type known struct {
	from, to        Addr
	via             Via
	number          uint32
	method          string
	hasFrom, hasTo  bool
	hasVia, hasCSeq bool
}

// changed forgets what is known of the fields called name.
func (m *Message) changed(name string) {
	switch len(name) {
	case 1:
		m.known = known{}
	case 2:
		m.known.hasTo = false
	case 3:
		m.known.hasVia = false
	case 4:
		m.known.hasFrom, m.known.hasCSeq = false, false
	}
}

// inlineFields is how many header fields a message holds before it needs a second allocation. Most requests of clients
// have 10 to 18.
const inlineFields = 20

// field is one header field as it arrived: possibly several folded lines, with the line ends.
type field struct {
	line     string
	kind     kind
	nameEnd  uint16
	valStart uint32
	valEnd   uint32
}

func (f *field) name() string  { return f.line[:f.nameEnd] }
func (f *field) value() string { return f.line[f.valStart:f.valEnd] }

// IsRequest says whether m is a request.
func (m *Message) IsRequest() bool { return m.status == 0 }

// Method is the request's method, or the method in CSeq of a response; "" when a response has no readable CSeq.
func (m *Message) Method() string {
	if m.status == 0 {
		return m.method
	}
	_, method, _ := m.CSeq()
	return method
}

// RequestURI is the target of a request as it was written.
func (m *Message) RequestURI() string { return m.uri }

// StatusCode is 100 to 699 for a response and 0 for a request.
func (m *Message) StatusCode() int { return m.status }

// Reason is the reason phrase of a response.
func (m *Message) Reason() string { return m.reason }

// Get returns the value of the first field called name, without surrounding white space, or "". Names compare without
// case and the compact forms of RFC 3261 section 20 count as their long ones. Folded lines are kept as they arrived.
func (m *Message) Get(name string) string {
	if i := m.find(name, 0); i >= 0 {
		return m.fields[i].value()
	}
	return ""
}

// Has says whether a field called name is present.
func (m *Message) Has(name string) bool { return m.find(name, 0) >= 0 }

// Values returns the value of each field called name, in order, one for each field line.
func (m *Message) Values(name string) []string {
	var values []string
	for i := m.find(name, 0); i >= 0; i = m.find(name, i+1) {
		values = append(values, m.fields[i].value())
	}
	return values
}

// Count is the number of field lines called name.
func (m *Message) Count(name string) int {
	n := 0
	for i := m.find(name, 0); i >= 0; i = m.find(name, i+1) {
		n++
	}
	return n
}

// List returns the comma-separated values of all fields called name, in order; commas inside quotes and angle brackets
// do not separate. Use it for fields whose grammar is a list (RFC 3261 section 7.3.1).
func (m *Message) List(name string) []string {
	var values []string
	for i := m.find(name, 0); i >= 0; i = m.find(name, i+1) {
		rest := m.fields[i].value()
		for rest != "" {
			var item string
			item, rest = cutItem(rest, ',')
			if item = trim(item); item != "" {
				values = append(values, item)
			}
		}
	}
	return values
}

// HasToken says whether the list-valued field name holds token, without regard to case; as in Supported and Require.
func (m *Message) HasToken(name, token string) bool {
	for i := m.find(name, 0); i >= 0; i = m.find(name, i+1) {
		rest := m.fields[i].value()
		for rest != "" {
			var item string
			item, rest = cutItem(rest, ',')
			if strings.EqualFold(trim(item), token) {
				return true
			}
		}
	}
	return false
}

// Fields calls visit with name and value of each header field in order, until it returns false.
func (m *Message) Fields(visit func(name, value string) bool) {
	for i := range m.fields {
		if !visit(m.fields[i].name(), m.fields[i].value()) {
			return
		}
	}
}

// Body is what follows the empty line, as long as Content-Length says.
func (m *Message) Body() []byte { return []byte(m.body) }

// BodyString is the body without a copy.
func (m *Message) BodyString() string { return m.body }

// Append appends the message's bytes to dst.
func (m *Message) Append(dst []byte) []byte {
	dst = append(dst, m.lead...)
	dst = append(dst, m.start...)
	for i := range m.fields {
		dst = append(dst, m.fields[i].line...)
	}
	dst = append(dst, m.end...)
	return append(dst, m.body...)
}

// Bytes returns the message as it goes on the wire, in a buffer of its own.
func (m *Message) Bytes() []byte { return m.Append(make([]byte, 0, m.Len())) }

// Len is the length of the message on the wire in bytes.
func (m *Message) Len() int {
	n := len(m.lead) + len(m.start) + len(m.end) + len(m.body)
	for i := range m.fields {
		n += len(m.fields[i].line)
	}
	return n
}

// Clone returns a copy that can be changed without changing m. The bytes of unchanged fields are shared.
func (m *Message) Clone() *Message {
	c := &Message{
		lead: m.lead, start: m.start, end: m.end, body: m.body,
		method: m.method, uri: m.uri, reason: m.reason, status: m.status, known: m.known,
	}
	c.fields = append(c.room[:0], m.fields...)
	return c
}

// find returns the index of the first field called name at or after from, or -1.
func (m *Message) find(name string, from int) int {
	if k := kindOf(name); k != 0 {
		return m.findKind(k, from)
	}
	for i := from; i < len(m.fields); i++ {
		if n := m.fields[i].name(); len(n) == len(name) && m.fields[i].kind == 0 && (n == name || strings.EqualFold(n, name)) {
			return i
		}
	}
	return -1
}

func (m *Message) findKind(k kind, from int) int {
	for i := from; i < len(m.fields); i++ {
		if m.fields[i].kind == k {
			return i
		}
	}
	return -1
}
