// Package dialog keeps the state of SIP dialogs (RFC 3261 section 12): identifiers, sequence numbers, remote target and
// route set. It serves any method that creates one, calls and subscriptions alike, and owns neither timer nor socket.
package dialog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"parley/internal/wire/sip"
)

// Errors of Receive.
var (
	ErrOutOfOrder = errors.New("request is older than one already seen") // answer 500, RFC 3261 section 12.2.2
	ErrForeign    = errors.New("request belongs to no such dialog")      // answer 481
)

// ID identifies a dialog from our side.
type ID struct{ CallID, LocalTag, RemoteTag string }

// Dialog is one dialog. It is not safe for concurrent use: who owns the call or subscription owns it.
type Dialog struct {
	ID
	Local, Remote string   // From and To values without tag, as they are written in our requests
	Target        string   // remote target, a URI
	Routes        []string // route set, first hop first, byte for byte as Record-Route gave them

	localSeq  uint32
	remoteSeq uint32 // 0 when no request was received yet
}

// FromRequest makes the dialog that a server creates by answering req with localTag (RFC 3261 section 12.1.1).
func FromRequest(req *sip.Message, localTag string) (*Dialog, error) {
	from, err := req.From()
	if err != nil {
		return nil, fmt.Errorf("dialog from request: %w", err)
	}
	to, err := req.To()
	if err != nil {
		return nil, fmt.Errorf("dialog from request: %w", err)
	}
	number, _, err := req.CSeq()
	if err != nil {
		return nil, fmt.Errorf("dialog from request: %w", err)
	}
	d := &Dialog{
		ID:    ID{CallID: strings.Clone(req.CallID()), LocalTag: localTag, RemoteTag: strings.Clone(from.Tag())},
		Local: withoutTag(to), Remote: withoutTag(from), remoteSeq: number,
	}
	if err := d.retarget(req); err != nil {
		return nil, fmt.Errorf("dialog from request: %w", err)
	}
	for _, r := range req.List("Record-Route") {
		d.Routes = append(d.Routes, strings.Clone(r))
	}
	return d, nil
}

// FromResponse makes the dialog that a client has with the sender of res, a response with a To tag to its request req
// (RFC 3261 section 12.1.2).
func FromResponse(req, res *sip.Message) (*Dialog, error) {
	from, err := req.From()
	if err != nil {
		return nil, fmt.Errorf("dialog from response: %w", err)
	}
	to, err := res.To()
	if err != nil {
		return nil, fmt.Errorf("dialog from response: %w", err)
	}
	if to.Tag() == "" {
		return nil, fmt.Errorf("dialog from response: %w: no To tag", ErrForeign)
	}
	number, _, err := req.CSeq()
	if err != nil {
		return nil, fmt.Errorf("dialog from response: %w", err)
	}
	d := &Dialog{
		ID:    ID{CallID: strings.Clone(req.CallID()), LocalTag: strings.Clone(from.Tag()), RemoteTag: strings.Clone(to.Tag())},
		Local: withoutTag(from), Remote: withoutTag(to), localSeq: number,
		Target: strings.Clone(req.RequestURI()),
	}
	if res.Has("Contact") {
		if err := d.retarget(res); err != nil {
			return nil, fmt.Errorf("dialog from response: %w", err)
		}
	}
	routes := res.List("Record-Route")
	for i := len(routes) - 1; i >= 0; i-- {
		d.Routes = append(d.Routes, strings.Clone(routes[i]))
	}
	return d, nil
}

func withoutTag(a sip.Addr) string {
	a.Params = a.Params.Without("tag")
	return strings.Clone(a.String())
}

// retarget takes the remote target from a Contact.
func (d *Dialog) retarget(m *sip.Message) error {
	c, err := m.Contact()
	if err != nil {
		return err
	}
	if c.Star {
		return errors.New("the Contact is *")
	}
	d.Target = strings.Clone(c.URI.String())
	return nil
}

// Request makes the next request of a method in the dialog (RFC 3261 section 12.2.1.1). The caller adds Contact and body.
func (d *Dialog) Request(method string) *sip.Message {
	d.localSeq++
	return d.request(method, d.localSeq)
}

// Sequence is the number of the last request that was made.
func (d *Dialog) Sequence() uint32 { return d.localSeq }

// Ack makes the ACK of a success response to the INVITE numbered sequence (RFC 3261 section 13.2.2.4).
func (d *Dialog) Ack(sequence uint32) *sip.Message { return d.request("ACK", sequence) }

func (d *Dialog) request(method string, sequence uint32) *sip.Message {
	target, routes := d.Target, d.Routes
	if len(routes) > 0 && strict(routes[0]) {
		// A strict router finds itself in the Request-URI and the target at the end of Route (RFC 3261 section 12.2.1.1).
		if a, err := sip.ParseAddr(routes[0]); err == nil {
			routes = append(append([]string(nil), routes[1:]...), "<"+target+">")
			target = a.URI.String()
		}
	}
	m := sip.NewRequest(method, target)
	for _, r := range routes {
		m.Add("Route", r)
	}
	m.Add("From", d.Local+";tag="+d.LocalTag)
	to := d.Remote
	if d.RemoteTag != "" {
		to += ";tag=" + d.RemoteTag
	}
	m.Add("To", to)
	m.Add("Call-ID", d.CallID)
	m.Add("CSeq", strconv.FormatUint(uint64(sequence), 10)+" "+method)
	return m
}

func strict(route string) bool {
	a, err := sip.ParseAddr(route)
	return err == nil && !a.URI.Params.Has("lr")
}

// Receive takes a request in the dialog: it checks the identifiers and the order, and follows the target that an INVITE,
// UPDATE, SUBSCRIBE, NOTIFY or REFER names (RFC 3261 section 12.2.2, RFC 3311, RFC 6665). ACK and CANCEL repeat the
// number of their INVITE.
func (d *Dialog) Receive(req *sip.Message) error {
	from, err := req.From()
	if err != nil {
		return err
	}
	to, err := req.To()
	if err != nil {
		return err
	}
	if req.CallID() != d.CallID || from.Tag() != d.RemoteTag || to.Tag() != d.LocalTag {
		return ErrForeign
	}
	number, method, err := req.CSeq()
	if err != nil {
		return err
	}
	if method == "ACK" || method == "CANCEL" {
		return nil
	}
	if d.remoteSeq != 0 && number <= d.remoteSeq {
		return ErrOutOfOrder
	}
	d.remoteSeq = number
	switch method {
	case "INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER":
		if req.Has("Contact") {
			return d.retarget(req)
		}
	}
	return nil
}

// Refresh follows the target that a success response to a target refresh request names.
func (d *Dialog) Refresh(res *sip.Message) {
	if res.Has("Contact") {
		_ = d.retarget(res) // a broken Contact leaves the target that worked so far
	}
}

// Confirm takes the success response to the request that made an early dialog: its target and its route set are the
// dialog's (RFC 3261 section 13.2.2.4).
func (d *Dialog) Confirm(res *sip.Message) {
	d.Refresh(res)
	routes := res.List("Record-Route")
	d.Routes = d.Routes[:0]
	for i := len(routes) - 1; i >= 0; i-- {
		d.Routes = append(d.Routes, strings.Clone(routes[i]))
	}
}
