package registrar

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/diag"
	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Register handles a REGISTER whose sender has proved to be r.User (RFC 3261 section 10.3). prepare may change the
// success response before it is sent.
func (r *Registrar) Register(req *frontend.Request) {
	if unknown := unsupported(req.Message); len(unknown) > 0 {
		req.Reply(420, "", func(res *sip.Message) { res.Add("Unsupported", strings.Join(unknown, ", ")) })
		return
	}
	contacts, err := req.Contacts()
	if err != nil {
		req.Refuse(diag.New(diag.ContactInvalid, err))
		return
	}
	if lacksOutbound(req, contacts) {
		req.Reply(439, "First Hop Lacks Outbound Support", nil)
		return
	}
	seconds, err := r.lifetimes(req, contacts)
	if err != nil {
		req.Reply(423, "", func(res *sip.Message) {
			res.Add("Min-Expires", strconv.Itoa(int(r.config.MinExpires/time.Second)))
		})
		return
	}
	changes, fault := r.apply(req, contacts, seconds)
	if fault != nil {
		req.Refuse(fault)
		return
	}
	r.succeed(req, contacts, seconds)
	r.tell(changes)
}

// unsupported are the extensions in Require that registration here does not have.
func unsupported(m *sip.Message) (unknown []string) {
	for _, tag := range m.List("Require") {
		switch strings.ToLower(tag) {
		case "path", "outbound", "gruu", "gruu-10", "adhoclist", "msrtc-event-categories":
		default:
			unknown = append(unknown, tag)
		}
	}
	return unknown
}

// lacksOutbound says whether a device asks for a flow of its own through a proxy that keeps none: the one nearest to it, which
// wrote the last Path, must say ob (RFC 5626 section 6).
func lacksOutbound(req *frontend.Request, contacts []sip.Addr) bool {
	if len(req.List("Via")) < 2 || !req.HasToken("Supported", "outbound") {
		return false
	}
	if !slices.ContainsFunc(contacts, func(c sip.Addr) bool { return c.Params.Has("reg-id") }) {
		return false
	}
	path := req.List("Path")
	if len(path) == 0 {
		return true
	}
	first, err := sip.ParseAddr(path[len(path)-1])
	return err != nil || !first.URI.Params.Has("ob")
}

// lifetimes gives the granted seconds of each contact: its expires parameter, else the Expires field, else the default.
// The error stands for 423.
func (r *Registrar) lifetimes(req *frontend.Request, contacts []sip.Addr) ([]int, error) {
	overall := int(r.config.DefaultExpires / time.Second)
	if req.Dialect == dialect.Lync {
		overall = int(r.config.MaxExpires / time.Second)
	}
	if n, ok := req.Expires(); ok {
		overall = n
	}
	granted := make([]int, len(contacts))
	for i, c := range contacts {
		n := overall
		if text, ok := c.Params.Get("expires"); ok {
			if v, err := strconv.Atoi(text); err == nil && v >= 0 {
				n = v
			}
		}
		n = min(n, int(r.config.MaxExpires/time.Second))
		// RFC 3261 section 10.3 step 7 lets a registrar refuse short intervals, but not those of an hour and more.
		if n > 0 && n < int(r.config.MinExpires/time.Second) {
			return nil, errBrief
		}
		granted[i] = n
	}
	return granted, nil
}

var errBrief = diag.New(diag.ContactInvalid, nil)

// apply changes the table, all contacts or none.
func (r *Registrar) apply(req *frontend.Request, contacts []sip.Addr, seconds []int) ([]Change, error) {
	number, _, err := req.CSeq()
	if err != nil {
		return nil, diag.New(diag.ContactInvalid, err)
	}
	if len(contacts) == 0 {
		return nil, nil
	}
	if contacts[0].Star {
		return r.removeAll(req, contacts, number)
	}
	bindings := make([]*frontend.Binding, len(contacts))
	for i, c := range contacts {
		if c.Star || c.URI.Host == "" && c.URI.Scheme != "tel" {
			return nil, diag.New(diag.ContactInvalid, nil)
		}
		bindings[i] = bindingOf(req, c, seconds[i], number)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var changes []Change
	for i, b := range bindings {
		old := r.existing(b)
		if old != nil && old.CallID == b.CallID && number <= old.CSeq && old.Expires.After(time.Now()) && old.Dialect != dialect.Lync {
			return changes, diag.New(diag.ContactInvalid, nil) // RFC 3261 section 10.3 step 7: out of order
		}
		switch {
		case seconds[i] == 0 && old != nil:
			changes = append(changes, r.drop(old, "client"))
		case seconds[i] == 0:
		case old == nil && len(r.users[b.Account]) >= r.config.Devices:
			return changes, diag.New(diag.TooManyDevices, nil)
		default:
			changes = append(changes, r.put(b))
		}
	}
	return changes, nil
}

func (r *Registrar) existing(b *frontend.Binding) *frontend.Binding {
	for _, o := range r.users[b.Account] {
		if same(o, b) {
			return o
		}
	}
	return nil
}

// same says whether two registrations are of one device, and of one flow where it has several.
func same(a, b *frontend.Binding) bool {
	return a.Key() == b.Key() || a.Contact == b.Contact && (a.RegID == 0 || b.RegID == 0)
}

// removeAll is "Contact: *" with Expires 0.
func (r *Registrar) removeAll(req *frontend.Request, contacts []sip.Addr, number uint32) ([]Change, error) {
	n, ok := req.Expires()
	if len(contacts) != 1 || !ok || n != 0 {
		return nil, diag.New(diag.ContactInvalid, nil)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var changes []Change
	for _, b := range append([]*frontend.Binding(nil), r.users[req.User]...) {
		if b.CallID != req.CallID() || b.CSeq < number {
			changes = append(changes, r.drop(b, "client"))
		}
	}
	return changes, nil
}

// bindingOf makes the entry of one contact. Its strings are copies: the message they come from must not stay in memory
// as long as the registration.
func bindingOf(req *frontend.Request, c sip.Addr, seconds int, number uint32) *frontend.Binding {
	now := time.Now()
	b := &frontend.Binding{
		Account: req.User, Contact: c.URI.String(), UserAgent: strings.Clone(req.Get("User-Agent")),
		Dialect: req.Dialect, CallID: strings.Clone(req.CallID()), CSeq: number, Q: 1000,
		Since: now, Expires: now.Add(time.Duration(seconds) * time.Second),
		Proto: req.Flow.Proto(), Remote: req.Flow.Remote(),
	}
	if req.Flow.Proto() != transport.UDP {
		b.Flow = req.Flow
	}
	if instance, ok := c.Params.Get("+sip.instance"); ok {
		b.Instance = strings.Clone(strings.Trim(instance, "<>"))
	}
	if id, ok := c.Params.Get("reg-id"); ok && req.HasToken("Supported", "outbound") {
		b.RegID, _ = strconv.Atoi(id)
	}
	if from, err := req.From(); err == nil {
		epid, _ := from.Params.Get("epid")
		b.Epid = strings.Clone(epid)
	}
	if methods, ok := c.Params.Get("methods"); ok {
		b.Methods = strings.Clone(methods)
	} else {
		b.Methods = strings.Clone(req.Get("Allow"))
	}
	if q, ok := c.Params.Get("q"); ok {
		if f, err := strconv.ParseFloat(q, 64); err == nil && f >= 0 && f <= 1 {
			b.Q = int(f * 1000)
		}
	}
	for _, path := range req.List("Path") {
		b.Path = append(b.Path, strings.Clone(path))
	}
	if b.Dialect == dialect.Lync || req.HasToken("Supported", "gruu") {
		b.GRUU = gruu(b)
		b.Private = b.Instance != "" && req.HasToken("Supported", "gruu")
	}
	return b
}
