package contact

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/state/statetest"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/sip"
)

// world is a service with endpoints in memory.
type world struct {
	t     *testing.T
	svc   *Service
	lists *statetest.Table[List]
}

func inWorld(t *testing.T, test func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, lists: &statetest.Table[List]{}}
		w.start()
		test(w)
		w.svc.Close()
	})
}

func (w *world) start() {
	w.svc = New(Config{Network: network{}, Lists: w.lists, Directory: w, Host: "fe.parley.test",
		Contact:      func(string, transport.Flow) string { return "sip:fe.parley.test" },
		Provisioning: func() Provisioning { return Provisioning{Encryption: "RequireEncryption"} }})
}

func (w *world) Search(terms []msrtc.Term, limit int) ([]msrtc.Person, bool) {
	if len(terms) == 0 || terms[0].Value != "Bo" {
		return nil, false
	}
	return []msrtc.Person{{User: "bob@parley.test", DisplayName: "Bob"}}, limit == 1
}

type network struct{}

func (network) Request(req *sip.Message, dst transaction.Target, on func(*sip.Message, error)) (*transaction.ClientTx, error) {
	dst.Flow.(*endpoint).take(req)
	res := sip.NewResponse(req, 200, "")
	go on(res, nil)
	return nil, nil
}

func (network) Send(req *sip.Message, dst transaction.Target) error {
	dst.Flow.(*endpoint).take(req)
	return nil
}

// endpoint is a client and its flow.
type endpoint struct {
	transport.Flow
	w     *world
	user  string
	epid  string
	cseq  int
	mu    sync.Mutex
	inbox []string
	got   chan *sip.Message
}

func (w *world) endpoint(user, epid string) *endpoint {
	return &endpoint{w: w, user: user + "@parley.test", epid: epid, got: make(chan *sip.Message, 10)}
}

func (e *endpoint) take(m *sip.Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inbox = append(e.inbox, m.Method()+" "+m.BodyString())
}

func (e *endpoint) received() []string {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	got := e.inbox
	e.inbox = nil
	return got
}

func (e *endpoint) Respond(res *sip.Message) error {
	parsed, err := sip.Parse(res.Bytes())
	if err != nil {
		return err
	}
	e.got <- parsed
	return nil
}
func (e *endpoint) ID() uint64             { return uint64(len(e.epid)) }
func (e *endpoint) Proto() transport.Proto { return transport.TLS }
func (e *endpoint) Remote() netip.AddrPort { return netip.AddrPort{} }

type tx struct{ *endpoint }

func (x tx) Flow() transport.Flow { return x.endpoint }

func (e *endpoint) request(method, uri, contentType, body string, fields ...string) Request {
	e.cseq++
	m := sip.NewRequest(method, uri)
	m.Set("Via", "SIP/2.0/TLS 10.0.0.1;branch=z9hG4bK1")
	m.Set("From", "<sip:"+e.user+">;tag=f"+e.epid+";epid="+e.epid)
	m.Set("To", "<"+uri+">")
	m.Set("Call-ID", "c"+e.epid)
	m.Set("CSeq", fmt.Sprintf("%d %s", e.cseq, method))
	m.Set("Contact", "<sip:"+e.user+";gruu>")
	for i := 0; i+1 < len(fields); i += 2 {
		m.Add(fields[i], fields[i+1])
	}
	if body != "" {
		m.SetBody(contentType, []byte(body))
	}
	return Request{Message: m, Tx: tx{e}, User: e.user}
}

func (e *endpoint) answer() *sip.Message {
	e.w.t.Helper()
	synctest.Wait()
	select {
	case res := <-e.got:
		return res
	default:
		e.w.t.Fatal("no answer")
		return nil
	}
}

func (e *endpoint) subscribe(event, body string, expires string) *sip.Message {
	e.w.svc.Subscribe(e.request("SUBSCRIBE", "sip:"+e.user, "application/xml", body, "Event", event, "Expires", expires,
		"Supported", "ms-benotify", "Supported", "ms-piggyback-first-notify"))
	return e.answer()
}

func (e *endpoint) soap(body string) *sip.Message {
	e.w.svc.Service(e.request("SERVICE", "sip:"+e.user, "application/SOAP+xml",
		`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body>`+body+`</s:Body></s:Envelope>`))
	return e.answer()
}

func setContact(user, groups string, delta int) string {
	return fmt.Sprintf(`<m:setContact><m:displayName></m:displayName><m:groups>%s</m:groups><m:subscribed>true</m:subscribed><m:URI>sip:%s</m:URI><m:externalURI /><m:deltaNum>%d</m:deltaNum></m:setContact>`, groups, user, delta)
}

func TestListAndChanges(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.endpoint("alice", "1"), w.endpoint("alice", "2")
		res := a.subscribe(eventContacts, "", "3600")
		if got, want := res.BodyString(), `<contactList deltaNum="1" ucsmode="notmigrated"><group id="1" name="~" externalURI=""/></contactList>`; got != want {
			t.Errorf("first list\n%s", got)
		}
		b.subscribe(eventContacts, "", "3600")
		res = a.soap(`<m:addGroup><m:name>New</m:name><m:externalURI /><m:deltaNum>1</m:deltaNum></m:addGroup>`)
		if !strings.Contains(res.BodyString(), "<m:groupID>2</m:groupID>") {
			t.Errorf("addGroup answered %s", res.Bytes())
		}
		want := `BENOTIFY <contactDelta deltaNum="2" prevDeltaNum="1"><addedGroup id="2" name="New" externalURI=""/></contactDelta>`
		for _, e := range []*endpoint{a, b} {
			if diff := cmp.Diff([]string{want}, e.received()); diff != "" {
				t.Error(diff)
			}
		}
		if res = a.soap(setContact("bob@parley.test", "2", 2)); res.StatusCode() != 200 {
			t.Errorf("%s", res.Bytes())
		}
		if got := b.received(); len(got) != 1 || !strings.Contains(got[0], `<addedContact uri="sip:bob@parley.test" name="" groups="2" subscribed="true"`) {
			t.Errorf("got %q", got)
		}
		if diff := cmp.Diff([]string{"bob@parley.test"}, w.svc.Watched("alice@parley.test", "New")); diff != "" {
			t.Error(diff)
		}
		if got := w.svc.Watched("alice@parley.test", "Old"); got != nil {
			t.Errorf("contacts of no group: %q", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.endpoint("alice", "1")
		for name, c := range map[string]struct {
			body string
			code int
		}{
			"stale":           {setContact("bob@parley.test", "1", 7), 409},
			"self":            {setContact("alice@parley.test", "1", 1), 400},
			"unknown contact": {`<m:deleteContact><m:URI>sip:zoe@parley.test</m:URI><m:deltaNum>1</m:deltaNum></m:deleteContact>`, 404},
			"unknown group":   {`<m:deleteGroup><m:groupID>9</m:groupID><m:deltaNum>1</m:deltaNum></m:deleteGroup>`, 404},
			"last group":      {`<m:deleteGroup><m:groupID>1</m:groupID><m:deltaNum>1</m:deltaNum></m:deleteGroup>`, 400},
			"same name":       {`<m:addGroup><m:name>~</m:name><m:deltaNum>1</m:deltaNum></m:addGroup>`, 400},
			"no operation":    {`<m:dance/>`, 400},
		} {
			if res := a.soap(c.body); res.StatusCode() != c.code {
				t.Errorf("%s: want %d, got %s", name, c.code, res.Bytes())
			}
		}
		w.lists.Fail = errors.New("disk full")
		if res := a.soap(setContact("bob@parley.test", "1", 1)); res.StatusCode() != 503 {
			t.Errorf("disk full: %s", res.Bytes())
		}
		if l := w.svc.List("alice@parley.test"); l.Delta != 1 || len(l.Contacts) != 0 {
			t.Errorf("%+v", l)
		}
		eve := w.endpoint("eve", "3")
		req := eve.request("SUBSCRIBE", "sip:alice@parley.test", "", "", "Event", eventContacts)
		if w.svc.Subscribe(req); eve.answer().StatusCode() != 403 {
			t.Error("somebody else's contacts")
		}
		req = eve.request("SERVICE", "sip:alice@parley.test", "application/SOAP+xml", `<Envelope><Body><addGroup><name>x</name></addGroup></Body></Envelope>`)
		if w.svc.Service(req); eve.answer().StatusCode() != 403 {
			t.Error("somebody else's groups")
		}
	})
}

func TestApply(t *testing.T) {
	l := newList()
	step := func(op msrtc.Operation) msrtc.ContactDelta {
		t.Helper()
		before := l.clone()
		if _, err := l.apply(op, 3, 3); err != nil {
			t.Fatal(err)
		}
		return before.step(l)
	}
	step(msrtc.Operation{Name: msrtc.OpAddGroup, Delta: 1, Group: msrtc.Group{Name: "A"}})
	step(msrtc.Operation{Name: msrtc.OpAddGroup, Delta: 2, Group: msrtc.Group{Name: "B"}})
	if _, err := l.apply(msrtc.Operation{Name: msrtc.OpAddGroup, Delta: -1, Group: msrtc.Group{Name: "C"}}, 3, 3); !errors.Is(err, errFull) {
		t.Error(err)
	}
	for _, c := range []msrtc.Contact{{User: "x@p", Groups: []int{2, 3}}, {User: "y@p", Groups: []int{2}}, {User: "z@p", Groups: []int{99}}} {
		step(msrtc.Operation{Name: msrtc.OpSetContact, Delta: -1, Contact: c})
	}
	if _, err := l.apply(msrtc.Operation{Name: msrtc.OpSetContact, Delta: -1, Contact: msrtc.Contact{User: "w@p"}}, 3, 3); !errors.Is(err, errFull) {
		t.Error(err)
	}
	s := step(msrtc.Operation{Name: msrtc.OpDeleteGroup, Delta: 6, Group: msrtc.Group{ID: 2}})
	if want := (msrtc.ContactDelta{Delta: 7, Previous: 6, DeletedGroups: []int{2}, ModifiedContacts: []msrtc.Contact{{User: "x@p", Groups: []int{3}}, {User: "y@p", Groups: []int{1}}}}); cmp.Diff(want, s) != "" {
		t.Error(cmp.Diff(want, s))
	}
	if got := l.Contacts[2].Groups; len(got) != 1 || got[0] != 1 {
		t.Errorf("a contact of an unknown group is in %v", got)
	}
	s = step(msrtc.Operation{Name: msrtc.OpModifyGroup, Delta: -1, Group: msrtc.Group{ID: 3, Name: "BB"}})
	if len(s.ModifiedGroups) != 1 {
		t.Errorf("%+v", s)
	}
	step(msrtc.Operation{Name: msrtc.OpDeleteContact, Delta: -1, Contact: msrtc.Contact{User: "x@p"}})
	o, _ := l.apply(msrtc.Operation{Name: msrtc.OpAddGroup, Delta: -1, Group: msrtc.Group{Name: "D"}}, 3, 3)
	if o.Group.ID != 4 {
		t.Errorf("a deleted group's number was given again: %d", o.Group.ID)
	}
}

func TestProvisioning(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.endpoint("alice", "1")
		res := a.subscribe(eventProvisioning, `<provisioningGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist"><provisioningGroup name="ServerConfiguration"/><provisioningGroup name="ucPolicy"/></provisioningGroupList>`, "0")
		want := `<provisionGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"><provisionGroup name="ServerConfiguration"><ucPC2PCAVEncryption>RequireEncryption</ucPC2PCAVEncryption></provisionGroup><provisionGroup name="ucPolicy"/></provisionGroupList>`
		if res.StatusCode() != 200 || res.BodyString() != want || res.Get("Content-Type") != msrtc.TypeProvisioning {
			t.Errorf("%s", res.Bytes())
		}
		if n := w.svc.notifier.Count(); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
		for _, name := range []string{"focusFactoryUri", "mrasUri"} {
			if strings.Contains(res.BodyString(), name) {
				t.Errorf("%s although there is none", name)
			}
		}
	})
}

func TestSearch(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.endpoint("alice", "1")
		req := a.request("SERVICE", "sip:parley.test", "application/SOAP+xml", `<s:Envelope xmlns:s="x"><s:Body><m:directorySearch xmlns:m="y"><m:filter m:href="#searchArray"/><m:maxResults>100</m:maxResults></m:directorySearch><m:Array xmlns:m="y" m:id="searchArray"><m:row m:attrib="givenName" m:value="Bo"/></m:Array></s:Body></s:Envelope>`)
		if !w.svc.Service(req) {
			t.Fatal("not taken")
		}
		if got := a.answer().BodyString(); !strings.Contains(got, `m:uri="sip:bob@parley.test" m:displayName="Bob"`) || !strings.Contains(got, "<m:moreAvailable>false") {
			t.Error(got)
		}
		if w.svc.Service(a.request("SERVICE", "sip:parley.test", "application/sdp", "v=0")) {
			t.Error("took what is not SOAP")
		}
	})
}

func TestStartingContactsAreWatched(t *testing.T) {
	l := Starting("bob@x.test", "carol@x.test")
	if doc := string(msrtc.AppendContactList(nil, l.wire())); strings.Count(doc, `groups="1" subscribed="true"`) != 2 || !strings.Contains(doc, `uri="carol@x.test"`) {
		t.Errorf("%s", doc)
	}
}

// Two nodes that share the bucket: the endpoint at the other one learns of a change as a step, its own changes go on from it.
func TestNodesFollowEachOther(t *testing.T) {
	inWorld(t, func(w *world) {
		other := &world{t: t, lists: w.lists}
		other.start()
		defer other.svc.Close()
		here, there := w.endpoint("alice", "1"), other.endpoint("alice", "2")
		here.subscribe(eventContacts, "", "3600")
		there.subscribe(eventContacts, "", "3600")
		if res := here.soap(setContact("bob@parley.test", "1", 1)); res.StatusCode() != 200 {
			t.Fatalf("%s", res.Bytes())
		}
		for name, e := range map[string]*endpoint{"this node": here, "the other node": there} {
			got := e.received()
			if len(got) != 1 || !strings.Contains(got[0], `deltaNum="2" prevDeltaNum="1"`) || !strings.Contains(got[0], "addedContact") {
				t.Errorf("at %s: %q", name, got)
			}
		}
		if res := there.soap(setContact("carol@parley.test", "1", 1)); res.StatusCode() != 409 {
			t.Errorf("the other node does not know the number of the list: %s", res.Bytes())
		}
		if res := there.soap(setContact("carol@parley.test", "1", 2)); res.StatusCode() != 200 {
			t.Errorf("%s", res.Bytes())
		}
		if got := here.received(); len(got) != 1 || !strings.Contains(got[0], "carol@parley.test") {
			t.Errorf("%q", got)
		}
	})
}

// A closed connection ends its subscriptions at once, and no others.
func TestSubscriptionsEndWithTheirConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		gone, stays := w.endpoint("alice", "1"), w.endpoint("alice", "22")
		gone.subscribe(eventContacts, "", "3600")
		stays.subscribe(eventContacts, "", "3600")
		w.svc.FlowClosed(gone)
		if n := w.svc.notifier.Count(); n != 1 {
			t.Errorf("%d subscriptions are left, want 1", n)
		}
		stays.soap(setContact("bob@parley.test", "1", 1))
		if got := gone.received(); len(got) != 0 {
			t.Errorf("sent into a connection that is gone: %q", got)
		}
		if got := stays.received(); len(got) != 1 {
			t.Errorf("%q", got)
		}
	})
}
