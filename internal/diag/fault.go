// Package diag is the registry of what can go wrong for a user or a peer: each diagnostic has a number that never changes, a SIP status and a
// public text. registry.toml is its source; the table here and docs/reference/diagnostics.md are generated from it.
package diag

//go:generate go run ./gen

import (
	"errors"
	"strconv"
	"strings"
)

// ID numbers a diagnostic. Numbers below 90000 mean what they mean in MS-OCER, so that clients and tools know them; the rest are this
// server's own.
type ID int

// Entry is one row of the registry.
type Entry struct {
	ID     ID
	Name   string
	Area   string // the part of the server: "auth", "im", ...
	SIP    int    // status code of the response
	Public string // for everybody to read: no names, addresses or paths
	Help   string // for the administrator: what it means and what to do
}

// Lookup finds a diagnostic.
func Lookup(id ID) (Entry, bool) {
	for _, e := range table {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, false
}

// All lists the registry by area and number.
func All() []Entry { return append([]Entry(nil), table[:]...) }

// Fault is an error that may cross to a peer: ID, SIP and Public are told, Err is for the log only.
type Fault struct {
	ID     ID
	SIP    int
	Public string
	Err    error
}

// New is the fault of a registered diagnostic. err says what happened, for the log; nil is allowed.
func New(id ID, err error) *Fault {
	e, ok := Lookup(id)
	if !ok {
		panic("BUG: diagnostic " + strconv.Itoa(int(id)) + " is not in the registry")
	}
	return &Fault{ID: id, SIP: e.SIP, Public: e.Public, Err: err}
}

// Of is the fault that err carries, or an internal error around it.
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return New(Internal, err)
}

// Error is for the log.
func (f *Fault) Error() string {
	text := "diagnostic " + strconv.Itoa(int(f.ID)) + ": " + f.Public
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Header is the value of an ms-diagnostics or ms-diagnostics-public header field (MS-OCER section 2.2.1) of a response from the server named
// source.
func (f *Fault) Header(source string) string {
	return strconv.Itoa(int(f.ID)) + `;reason="` + quoted(f.Public) + `";source="` + quoted(source) + `"`
}

// ReasonHeader is the value of a Reason header field (RFC 3326) with the fault's status, for standard endpoints.
func (f *Fault) ReasonHeader() string {
	return "SIP;cause=" + strconv.Itoa(f.SIP) + `;text="` + quoted(f.Public) + `"`
}

// quoted makes text fit for a quoted string (RFC 3261 section 25.1): control characters cannot be in one.
func quoted(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f:
			return ' '
		case r == '"' || r == '\\':
			return '\''
		}
		return r
	}, s)
}
