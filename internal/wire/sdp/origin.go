package sdp

import (
	"fmt"
	"strings"
)

// Origin is the o= line. A changed Version tells that the description changed (RFC 3264 section 8).
type Origin struct {
	Username, SessionID, Version string
	Address                      string
}

// Origin reads the o= line (RFC 8866 section 5.2).
func (d *Description) Origin() (Origin, error) {
	v, _ := d.Session.Value('o')
	f := strings.Fields(v)
	if len(f) != 6 {
		return Origin{}, fmt.Errorf("o=%.60s: want 6 fields, have %d", v, len(f))
	}
	return Origin{Username: f[0], SessionID: f[1], Version: f[2], Address: f[5]}, nil
}

// String returns the value of the o= line.
func (o Origin) String() string {
	return o.Username + " " + o.SessionID + " " + o.Version + " IN " + family(o.Address) + " " + o.Address
}

// Connection returns the address of the c= line in a section, without multicast's TTL and count; ok is false when there
// is none or it is not an Internet address.
func (s Section) Connection() (address string, ok bool) {
	v, ok := s.Value('c')
	if !ok {
		return "", false
	}
	f := strings.Fields(v)
	if len(f) != 3 || f[0] != "IN" || (f[1] != "IP4" && f[1] != "IP6") {
		return "", false
	}
	address, _, _ = strings.Cut(f[2], "/")
	return address, address != ""
}

// ConnectionLine returns the value of a c= line for an address.
func ConnectionLine(address string) string { return "IN " + family(address) + " " + address }

func family(address string) string {
	if strings.Contains(address, ":") {
		return "IP6"
	}
	return "IP4"
}

// Address returns where a stream's media is to be sent: its own c= line, else the session's.
func (d *Description) Address(m *Media) (address string, ok bool) {
	if address, ok = m.Connection(); ok {
		return address, true
	}
	return d.Session.Connection()
}

// Inherited returns a media attribute, else the session's one of the same name: ICE credentials, fingerprints, setup
// and directions may stand at either level.
func (d *Description) Inherited(m *Media, name string) (value string, ok bool) {
	if value, ok = m.Attribute(name); ok {
		return value, true
	}
	return d.Session.Attribute(name)
}
