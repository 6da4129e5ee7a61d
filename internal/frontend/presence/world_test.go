package presence

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"parley/internal/dialect"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/state/statetest"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/pidf"
	"parley/internal/wire/sip"
)

// world is a service with clients in memory. Everything in it runs in a synctest bubble.
type world struct {
	t        *testing.T
	svc      *Service
	profiles *statetest.Table[Profile]
	contacts map[string][]string
	limits   Limits
}

func inWorld(t *testing.T, test func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, profiles: &statetest.Table[Profile]{}, contacts: map[string][]string{}}
		w.start()
		test(w)
		synctest.Wait()
		w.svc.Close()
	})
}

func (w *world) start() {
	w.svc = New(Config{Network: fakeNetwork{}, Directory: w, Profiles: w.profiles, Contacts: w, Domains: []string{"parley.test"}, Host: "fe.parley.test", Limits: w.limits,
		Contact: func(user string, _ transport.Flow) string { return "sip:fe.parley.test:5061;transport=tls" }})
}

func (w *world) Card(user string) (msrtc.ContactCard, bool) {
	name, domain, _ := strings.Cut(user, "@")
	return msrtc.ContactCard{DisplayName: strings.ToUpper(name[:1]) + name[1:], Email: user}, domain == "parley.test" && name != "nobody"
}

func (w *world) Watched(user, group string) []string { return w.contacts[user+group] }

// fakeNetwork delivers notifications to the client that the target's flow belongs to.
type fakeNetwork struct{}

func (fakeNetwork) Request(req *sip.Message, dst transaction.Target, on func(*sip.Message, error)) (*transaction.ClientTx, error) {
	c := dst.Flow.(*client)
	c.take(req)
	if c.replies == 0 {
		c.silent = func() { on(sip.NewResponse(req, 200, ""), nil) }
		return nil, nil
	}
	res := sip.NewResponse(req, c.replies, "")
	go on(res, nil)
	return nil, nil
}

func (fakeNetwork) Send(req *sip.Message, dst transaction.Target) error {
	dst.Flow.(*client).take(req)
	return nil
}

// client is an endpoint and its flow.
type client struct {
	w       *world
	user    string
	kind    dialect.Kind
	epid    string
	replies int    // code for each NOTIFY; 0 for none
	silent  func() // answers the last NOTIFY that got no answer

	mu    sync.Mutex
	inbox []*sip.Message
	cseq  int
}

func (w *world) client(user string, kind dialect.Kind) *client {
	return &client{w: w, user: user + "@parley.test", kind: kind, epid: "epid" + user, replies: 200}
}

func (c *client) ID() uint64             { return 1 }
func (c *client) Proto() transport.Proto { return transport.TLS }
func (c *client) Local() netip.AddrPort  { return netip.AddrPort{} }
func (c *client) Remote() netip.AddrPort { return netip.AddrPort{} }
func (c *client) Send([]byte) error      { return nil }
func (c *client) Close(error)            {}
func (c *client) Done() <-chan struct{}  { return nil }
func (c *client) Get(any) any            { return nil }
func (c *client) Set(any, any)           {}

func (c *client) take(m *sip.Message) {
	parsed, err := sip.Parse(m.Bytes())
	if err != nil {
		c.w.t.Errorf("notification does not parse: %v", err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inbox = append(c.inbox, parsed)
}

// received waits until nothing happens any more and returns what came, once.
func (c *client) received() []*sip.Message {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	got := c.inbox
	c.inbox = nil
	return got
}

// last is the only or last notification's body; "" when none came.
func (c *client) last() string {
	got := c.received()
	if len(got) == 0 {
		return ""
	}
	return string(got[len(got)-1].Body())
}

type answerTx struct {
	c   *client
	got chan *sip.Message
}

func (a answerTx) Respond(res *sip.Message) error {
	parsed, err := sip.Parse(res.Bytes())
	if err != nil {
		return err
	}
	a.got <- parsed
	return nil
}
func (a answerTx) Flow() transport.Flow { return a.c }

// do sends a request and returns its answer. fields are pairs.
func (c *client) do(method, uri, contentType, body string, fields ...string) *sip.Message {
	c.w.t.Helper()
	c.cseq++
	m := sip.NewRequest(method, uri)
	m.Set("Via", "SIP/2.0/TLS 10.0.0.1;branch=z9hG4bK1")
	m.Set("From", "<sip:"+c.user+">;tag=from"+c.epid+";epid="+c.epid)
	m.Set("To", "<"+uri+">")
	m.Set("Call-ID", "call-"+c.epid)
	m.Set("CSeq", fmt.Sprintf("%d %s", c.cseq, method))
	m.Set("Contact", "<sip:"+c.user+";gruu;opaque="+c.epid+">")
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == "To" || fields[i] == "Call-ID" || fields[i] == "From" {
			m.Set(fields[i], fields[i+1])
			continue
		}
		m.Add(fields[i], fields[i+1])
	}
	if body != "" {
		m.SetBody(contentType, []byte(body))
	}
	parsed, err := sip.Parse(m.Bytes())
	if err != nil {
		c.w.t.Fatal(err)
	}
	tx := answerTx{c, make(chan *sip.Message, 1)}
	req := Request{Message: parsed, Tx: tx, User: c.user}
	switch method {
	case "SUBSCRIBE":
		c.w.svc.Subscribe(req)
	case "PUBLISH":
		c.w.svc.Publish(req)
	case "SERVICE":
		if !c.w.svc.Service(req) {
			c.w.t.Fatal("SERVICE not taken")
		}
	}
	synctest.Wait()
	select {
	case res := <-tx.got:
		return res
	default:
		c.w.t.Fatalf("%s %s got no answer", method, uri)
		return nil
	}
}

func (c *client) uri() string { return "sip:" + c.user }

// The option fields of a Lync-dialect subscription.
var lyncOptions = []string{"Supported", "ms-benotify", "Proxy-Require", "ms-benotify", "Supported", "ms-piggyback-first-notify", "Expires", "3600"}

var lyncAccept = "application/rlmi+xml, multipart/related, text/xml+msrtc.pidf, application/msrtc-event-categories+xml, application/xpidf+xml, application/pidf+xml"

// batch watches users in one dialog; to continues a dialog.
func (c *client) batch(to string, users ...string) *sip.Message {
	var resources []msrtc.Resource
	for _, u := range users {
		resources = append(resources, msrtc.Resource{URI: "sip:" + u + "@parley.test"})
	}
	body := msrtc.AppendBatchSub(nil, msrtc.BatchSub{URI: c.uri(), Subscribe: resources, Categories: []string{"state", "note"}})
	fields := append(slices.Clone(lyncOptions), "Event", "presence", "Accept", lyncAccept, "Require", "adhoclist, categoryList", "Supported", "eventlist")
	if to != "" {
		fields = append(fields, "To", to)
	}
	return c.do("SUBSCRIBE", c.uri(), msrtc.TypeBatchSub, string(body), fields...)
}

// watch begins a standard subscription.
func (c *client) watch(user string, fields ...string) *sip.Message {
	return c.do("SUBSCRIBE", "sip:"+user+"@parley.test", "", "", append([]string{"Event", "presence", "Accept", "application/pidf+xml", "Expires", "600", "Call-ID", "w-" + c.epid + user}, fields...)...)
}

// roamingSelf subscribes to the client's own data.
func (c *client) roamingSelf() *sip.Message {
	return c.do("SUBSCRIBE", c.uri(), "application/vnd-microsoft-roaming-self+xml",
		`<roamingList xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self"><roaming type="categories"/><roaming type="containers"/><roaming type="subscribers"/></roamingList>`,
		append(slices.Clone(lyncOptions), "Event", "vnd-microsoft-roaming-self", "Accept", "application/vnd-microsoft-roaming-self+xml", "Call-ID", "self-"+c.epid)...)
}

func stateOf(kind string, availability int, token string, container int, version int, life string) msrtc.Publication {
	id := map[string]uint32{"machineState": 0x30000001, "userState": 0x20000000, "calendarState": 0x40000001, "phoneState": 0x80000001}[kind]
	return msrtc.Publication{Category: "state", Instance: id, Container: container, Version: version, ExpireType: life,
		Body: msrtc.State{Kind: kind, Availability: availability, Activity: token, Manual: kind == "userState"}.Node()}
}

func (c *client) publish(list ...msrtc.Publication) *sip.Message {
	return c.do("SERVICE", c.uri(), msrtc.TypePublish, string(msrtc.AppendPublish(nil, c.uri(), list)))
}

// addMember puts a user into a container of the client's.
func (c *client) addMember(container, version int, user string) *sip.Message {
	return c.do("SERVICE", c.uri(), msrtc.TypeContainerMembers, fmt.Sprintf(`<setContainerMembers xmlns="http://schemas.microsoft.com/2006/09/sip/container-management">`+
		`<container id="%d" version="%d"><member action="add" type="user" value="%s"/></container></setContainerMembers>`, container, version, user))
}

// both publishes a state into containers 2 and 3.
func (c *client) both(kind string, availability int, token string, version int, life string) *sip.Message {
	return c.publish(stateOf(kind, availability, token, 2, version, life), stateOf(kind, availability, token, 3, version, life))
}

func note(container, version int, text string) msrtc.Publication {
	return msrtc.Publication{Category: "note", Container: container, Version: version, ExpireType: "static", Body: msrtc.Note{Type: "personal", Text: text}.Node()}
}

func pidfOf(user string, open bool, activities ...string) string {
	p := pidf.Presence{Entity: "sip:" + user, Tuples: []pidf.Tuple{{ID: "t", Open: open}}}
	if len(activities) > 0 {
		p.Person = &pidf.Person{}
		for _, a := range activities {
			p.Person.Activities = append(p.Person.Activities, pidf.Activity{Name: a})
		}
	}
	return string(pidf.AppendPresence(nil, p))
}

// signIn is what a Lync-dialect client does at first.
func (c *client) signIn() {
	c.w.t.Helper()
	c.w.svc.DeviceUp(c.user, c.epid, c.kind)
	res := c.publish(stateOf("machineState", 3500, "", 2, 0, "endpoint"), stateOf("machineState", 3500, "", 3, 0, "endpoint"))
	if res.StatusCode() != 200 {
		c.w.t.Fatalf("publish: %d", res.StatusCode())
	}
}

func (w *world) want(what, got string, parts ...string) {
	w.t.Helper()
	for _, part := range parts {
		if no, ok := strings.CutPrefix(part, "!"); ok {
			if strings.Contains(got, no) {
				w.t.Errorf("%s has %q:\n%s", what, no, got)
			}
		} else if !strings.Contains(got, part) {
			w.t.Errorf("%s lacks %q:\n%s", what, part, got)
		}
	}
}
