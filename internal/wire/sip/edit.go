package sip

import (
	"slices"
	"strconv"
	"strings"
)

// newField writes a field line. A line end inside a value would start a field of the writer's choosing, so it is folded
// into a blank: nothing from outside can inject a field.
func newField(name, value string) field {
	if strings.IndexByte(value, '\n') >= 0 || strings.IndexByte(value, '\r') >= 0 {
		value = strings.NewReplacer("\r\n ", " ", "\r\n\t", " ", "\r", " ", "\n", " ").Replace(value)
	}
	line := name + ": " + value + "\r\n"
	from := len(name) + 2
	return field{line: line, kind: kindOf(name), nameEnd: uint16(len(name)), valStart: uint32(from), valEnd: uint32(from + len(value))}
}

// Field is a header field that is written once and added to many messages.
type Field struct{ field }

// NewField returns a header field.
func NewField(name, value string) Field { return Field{newField(name, value)} }

// AddField appends a field after the last one.
func (m *Message) AddField(f Field) {
	m.changed(f.name())
	m.fields = append(m.fields, f.field)
}

// Set replaces the first field called name, where it stands, and removes the others; it adds one at the end if there is none.
func (m *Message) Set(name, value string) {
	m.changed(name)
	i := m.find(name, 0)
	if i < 0 {
		m.Add(name, value)
		return
	}
	m.fields[i] = newField(name, value)
	for j := m.find(name, i+1); j >= 0; j = m.find(name, j) {
		m.fields = slices.Delete(m.fields, j, j+1)
	}
}

// Add appends a field after the last one.
func (m *Message) Add(name, value string) {
	m.changed(name)
	m.fields = append(m.fields, newField(name, value))
}

// Prepend puts a field before the first one of that name, or before all fields when there is none; as a proxy does
// with its Via and Record-Route (RFC 3261 section 16.6).
func (m *Message) Prepend(name, value string) {
	m.changed(name)
	i := max(m.find(name, 0), 0)
	m.fields = slices.Insert(m.fields, i, newField(name, value))
}

// Remove deletes all fields called name.
func (m *Message) Remove(name string) {
	m.changed(name)
	for i := m.find(name, 0); i >= 0; i = m.find(name, i) {
		m.fields = slices.Delete(m.fields, i, i+1)
	}
}

// RemoveFirst deletes the first comma-separated value of the first field called name: the top Via or Route. The other
// values of that field keep their bytes.
func (m *Message) RemoveFirst(name string) {
	m.changed(name)
	i := m.find(name, 0)
	if i < 0 {
		return
	}
	f := &m.fields[i]
	if _, rest := cutItem(f.value(), ','); trim(rest) != "" {
		*f = newField(f.name(), trim(rest))
		return
	}
	m.fields = slices.Delete(m.fields, i, i+1)
}

// SetFirst replaces the first comma-separated value of the first field called name and leaves the others alone.
func (m *Message) SetFirst(name, value string) {
	m.changed(name)
	i := m.find(name, 0)
	if i < 0 {
		m.Add(name, value)
		return
	}
	f := &m.fields[i]
	if _, rest := cutItem(f.value(), ','); trim(rest) != "" {
		value += ", " + trim(rest)
	}
	*f = newField(f.name(), value)
}

// SetRequestURI changes the target of a request.
func (m *Message) SetRequestURI(uri string) {
	if strings.ContainsAny(uri, " \r\n") {
		uri = strings.NewReplacer(" ", "%20", "\r", "", "\n", "").Replace(uri)
	}
	m.uri = uri
	m.start = m.method + " " + uri + " SIP/2.0\r\n"
}

// SetBody replaces the body and keeps Content-Type and Content-Length true. With an empty contentType the field
// Content-Type is removed.
func (m *Message) SetBody(contentType string, body []byte) {
	m.body = string(body)
	if contentType == "" {
		m.Remove("Content-Type")
	} else {
		m.Set("Content-Type", contentType)
	}
	m.Set("Content-Length", strconv.Itoa(len(body)))
}
