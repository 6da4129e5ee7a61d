package sip

import (
	"fmt"
	"strings"
)

// CallID is the Call-ID's value.
func (m *Message) CallID() string { return m.Get("Call-ID") }

// CSeq is the sequence number, below 2^31 (RFC 3261 section 8.1.1.5), and method.
func (m *Message) CSeq() (num uint32, method string, err error) {
	if m.known.hasCSeq {
		return m.known.number, m.known.method, nil
	}
	value := m.Get("CSeq")
	number, method, _ := strings.Cut(value, " ")
	if tab := indexAny(number, &blankByte); tab >= 0 {
		number, method = value[:tab], value[tab:]
	}
	method = trim(method)
	n, ok := digits(number, 1<<31-1)
	if !ok || !isToken(method) {
		return 0, "", fmt.Errorf("%w: CSeq %q", ErrHeader, clip(value))
	}
	return uint32(n), method, nil
}

// From is the From field.
func (m *Message) From() (Addr, error) {
	if m.known.hasFrom {
		return m.known.from, nil
	}
	return m.addr("From")
}

// To is the To field.
func (m *Message) To() (Addr, error) {
	if m.known.hasTo {
		return m.known.to, nil
	}
	return m.addr("To")
}

// Contact is the first Contact; its absence is an error.
func (m *Message) Contact() (Addr, error) {
	i := m.find("Contact", 0)
	if i < 0 {
		return Addr{}, fmt.Errorf("%w: no Contact", ErrAddr)
	}
	first, _ := cutItem(m.fields[i].value(), ',')
	return ParseAddr(first)
}

// Contacts are all Contact values in order.
func (m *Message) Contacts() ([]Addr, error) { return m.addrs("Contact") }

// Routes are the Route values, the next hop first.
func (m *Message) Routes() ([]Addr, error) { return m.addrs("Route") }

// RecordRoutes are the Record-Route values, the last proxy first.
func (m *Message) RecordRoutes() ([]Addr, error) { return m.addrs("Record-Route") }

func (m *Message) addr(name string) (Addr, error) {
	i := m.find(name, 0)
	if i < 0 {
		return Addr{}, fmt.Errorf("%w: no %s", ErrAddr, name)
	}
	a, err := ParseAddr(m.fields[i].value())
	if err != nil {
		return Addr{}, fmt.Errorf("read %s: %w", name, err)
	}
	return a, nil
}

func (m *Message) addrs(name string) ([]Addr, error) {
	var all []Addr
	for i := m.find(name, 0); i >= 0; i = m.find(name, i+1) {
		for rest := m.fields[i].value(); rest != ""; {
			var item string
			item, rest = cutItem(rest, ',')
			if item = trim(item); item == "" {
				continue
			}
			a, err := ParseAddr(item)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
			all = append(all, a)
		}
	}
	return all, nil
}

// Expires is the Expires field in seconds; ok is false when it is absent or no number. Values over 2^32-1 count as that
// (RFC 4475 section 3.1.2.4 has one).
func (m *Message) Expires() (seconds int, ok bool) { return m.seconds("Expires") }

// MinExpires is the Min-Expires field in seconds.
func (m *Message) MinExpires() (seconds int, ok bool) { return m.seconds("Min-Expires") }

func (m *Message) seconds(name string) (int, bool) {
	value := m.Get(name)
	if semi := strings.IndexByte(value, ';'); semi >= 0 {
		value = trim(value[:semi])
	}
	return digits(value, 1<<32-1)
}

// MaxForwards is the Max-Forwards field, 0 to 255; ok is false when it is absent.
func (m *Message) MaxForwards() (n int, ok bool) { return digits(m.Get("Max-Forwards"), 255) }

// MediaType is the Content-Type without parameters, in lower case, or "".
func (m *Message) MediaType() string {
	kind, _, _ := strings.Cut(m.Get("Content-Type"), ";")
	return lower(trim(kind))
}

// EventPackage is the Event field without parameters, in lower case, or "".
func (m *Message) EventPackage() string {
	kind, _, _ := strings.Cut(m.Get("Event"), ";")
	return lower(trim(kind))
}
