package im

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/stack/memnet"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/richtext"
	"parley/internal/wire/sip"
)

// world is a server with the service under test, and clients on a network in memory.
type world struct {
	t       *testing.T
	net     memnet.Network
	layer   *transaction.Layer
	service *Service
	store   memoryStore
	events  events

	mu      sync.Mutex
	devices map[string][]frontend.Binding
	clients []*client
}

// inWorld runs a test in the fake time of synctest.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, devices: map[string][]frontend.Binding{"bob@x.test": nil, "alice@x.test": nil}}
		w.layer = transaction.New(transaction.Config{Handler: w})
		w.service = New(Config{Sender: w.layer, Location: w, Exists: w.known, Store: &w.store, Events: &w.events})
		test(t, w)
		synctest.Wait()
		w.net.Close()
		w.layer.Stop()
		for _, c := range w.clients {
			c.layer.Stop()
		}
		w.service.stopTyping()
	})
}

func (w *world) ServeRequest(tx *transaction.ServerTx) {
	kind := dialect.Standard
	w.mu.Lock()
	for _, c := range w.clients {
		if c.server == tx.Flow() {
			kind = c.dialect
		}
	}
	w.mu.Unlock()
	r := &frontend.Request{Message: tx.Request(), Tx: tx, Flow: tx.Flow(), Dialect: kind, Host: "fe.x.test"}
	if from, err := r.From(); err == nil {
		r.User = from.URI.Account()
	}
	to, _ := r.To()
	switch {
	case to.Tag() != "":
		if !w.service.Dialog(r) {
			r.Reply(481, "", nil)
		}
	case r.Method() == "INVITE":
		w.service.Invite(r)
	default:
		w.service.Message(r)
	}
}
func (w *world) ServeAck(f transport.Flow, ack *sip.Message) { w.service.Ack(f, ack) }
func (w *world) FlowClosed(f transport.Flow, _ error)        { w.service.FlowClosed(f) }

func (w *world) known(account string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.devices[account]
	return ok
}

func (w *world) Lookup(account string) []frontend.Binding {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.devices[account]
}

// memoryStore keeps records, a millisecond after they came.
type memoryStore struct {
	mu      sync.Mutex
	records []Record
	err     error
}

func (m *memoryStore) AppendAsync(payload []byte, done func(uint64, error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		done(0, m.err)
		return
	}
	r, err := ParseRecord(append([]byte(nil), payload...))
	if err != nil {
		panic(err)
	}
	m.records = append(m.records, r)
	n := len(m.records)
	time.AfterFunc(time.Duration(n)*time.Microsecond, func() { done(uint64(n), nil) })
}

type events struct {
	mu  sync.Mutex
	all []event.Event
}

func (e *events) Publish(v event.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, v)
}

// client is a registered device that answers as the real ones do.
type client struct {
	w       *world
	account string
	epid    string
	dialect dialect.Kind
	layer   *transaction.Layer
	flow    *memnet.End // to the server
	server  *memnet.End // the server's end
	cseq    int

	answerAfter time.Duration // of an INVITE
	showsHeader bool          // takes the message in the INVITE
	neverAcks   bool
	refuse      int // answers MESSAGE and INVITE with this

	mu       sync.Mutex
	seen     []string          // texts shown, with the content type of rich ones in front
	other    []string          // what else arrived: "INFO type", "BYE"
	dialogs  map[string]string // Call-ID to our tag
	lastFrom *sip.Message      // last INVITE that arrived
}

// join signs a device in that behaves as set up.
func (w *world) join(account, epid string, kind dialect.Kind, setUp ...func(*client)) *client {
	c := &client{w: w, account: account, epid: epid, dialect: kind, dialogs: map[string]string{}}
	for _, set := range setUp {
		set(c)
	}
	c.layer = transaction.New(transaction.Config{Handler: c})
	c.flow, c.server = w.net.Pair(transport.TLS, c.layer, w.layer)
	b := frontend.Binding{
		Account: account, Contact: "sip:" + c.flow.Local().String() + ";transport=tls", Epid: epid, Dialect: kind,
		Proto: transport.TLS, Flow: c.server, Remote: c.flow.Local(),
	}
	w.mu.Lock()
	w.devices[account] = append(w.devices[account], b)
	w.clients = append(w.clients, c)
	w.mu.Unlock()
	return c
}

// leave cuts a device's connection, as its registrar notices at once; false when it was cut before.
func (w *world) leave(c *client) bool {
	w.mu.Lock()
	bindings := w.devices[c.account]
	at := slices.IndexFunc(bindings, func(b frontend.Binding) bool { return b.Flow == c.server })
	if at >= 0 {
		w.devices[c.account] = slices.Delete(slices.Clone(bindings), at, at+1)
	}
	w.mu.Unlock()
	c.flow.Close(nil)
	return at >= 0
}

func (c *client) setRefusal(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = code
}

func (c *client) refusal() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refuse
}

func (c *client) ServeRequest(tx *transaction.ServerTx) {
	req := tx.Request()
	reply := func(code int, edit func(*sip.Message)) {
		res := sip.NewResponse(req, code, "")
		c.mu.Lock()
		if c.dialogs[req.CallID()] == "" {
			c.dialogs[req.CallID()] = sip.NewTag()
		}
		res.SetTag(c.dialogs[req.CallID()])
		c.mu.Unlock()
		if edit != nil {
			edit(res)
		}
		tx.Respond(res)
	}
	switch req.Method() {
	case "INVITE":
		c.mu.Lock()
		c.lastFrom = req
		c.mu.Unlock()
		time.AfterFunc(c.answerAfter, func() {
			if code := c.refusal(); code != 0 {
				reply(code, nil)
				return
			}
			reply(200, func(res *sip.Message) {
				res.Add("Contact", "<sip:"+c.flow.Local().String()+">")
				if c.showsHeader {
					res.Add("Supported", "ms-text-format")
					if p, ok, _ := richtext.ParseEmbedded(req.Get("ms-text-format")); ok {
						c.show(p.ContentType, string(p.Body))
					}
				}
			})
		})
	case "MESSAGE":
		if code := c.refusal(); code != 0 {
			reply(code, nil)
			return
		}
		c.show(req.Get("Content-Type"), string(req.Body()))
		reply(200, nil)
	case "INFO":
		t, _ := richtext.ParseTyping(req.Body())
		c.note(fmt.Sprintf("INFO %v", t.Active))
		reply(200, nil)
	default:
		c.note(req.Method())
		reply(200, nil)
	}
}
func (c *client) ServeAck(transport.Flow, *sip.Message) {}
func (c *client) FlowClosed(transport.Flow, error)      {}

func (c *client) show(contentType, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch richtext.ParseMediaType(contentType).Type {
	case "text/plain":
	case richtext.ComposingType:
		t, _ := richtext.ParseTyping([]byte(text))
		c.other = append(c.other, fmt.Sprintf("composing %v", t.Active))
		return
	default:
		text = contentType + " " + text
	}
	c.seen = append(c.seen, text)
}

func (c *client) note(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.other = append(c.other, what)
}

func (c *client) shown() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.seen, "|")
}

func (c *client) noted() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.other, "|")
}

// result is the final answer to a request of a client.
type result struct {
	code int
	res  *sip.Message
}

// send sends a request and returns where its final answer arrives.
func (c *client) send(req *sip.Message) <-chan result {
	got := make(chan result, 1)
	var once sync.Once
	on := func(res *sip.Message, err error) {
		if err == nil && res.StatusCode() < 200 {
			return
		}
		once.Do(func() {
			if err != nil {
				got <- result{code: transaction.FailureCode(err)}
				return
			}
			if req.Method() == "INVITE" && res.StatusCode() < 300 && !c.neverAcks {
				ack := within(req, res, "ACK", c.cseq)
				cseq, _, _ := req.CSeq()
				ack.Set("CSeq", fmt.Sprintf("%d ACK", cseq))
				c.layer.Send(ack, transaction.Target{Flow: c.flow})
			}
			got <- result{res.StatusCode(), res}
		})
	}
	if _, err := c.layer.Request(req, transaction.Target{Flow: c.flow}, on); err != nil {
		on(nil, err)
	}
	return got
}

// request is a request of this client outside of a dialog.
func (c *client) request(method, to string) *sip.Message {
	c.cseq++
	req := sip.NewRequest(method, "sip:"+to)
	from := "<sip:" + c.account + ">;tag=" + sip.NewTag()
	if c.epid != "" {
		from += ";epid=" + c.epid
	}
	req.Add("From", from)
	req.Add("To", "<sip:"+to+">")
	req.Add("Call-ID", sip.NewCallID())
	req.Add("CSeq", fmt.Sprintf("%d %s", c.cseq, method))
	req.Add("Contact", "<sip:"+c.flow.Local().String()+">")
	return req
}

// page sends a message without a session.
func (c *client) page(to, text string) <-chan result {
	req := c.request("MESSAGE", to)
	req.SetBody("text/plain", []byte(text))
	return c.send(req)
}

const lyncOffer = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5061 sip null\r\na=accept-types:text/plain text/html\r\n"

// invite opens a session as the Lync client does, with its first message in the header.
func (c *client) invite(to, first string) (*sip.Message, <-chan result) {
	req := c.request("INVITE", to)
	req.Add("Supported", "ms-sender")
	if first != "" {
		req.Add("ms-text-format", richtext.Embed(richtext.Part{ContentType: "text/plain; charset=UTF-8", Body: []byte(first)}))
	}
	req.SetBody("application/sdp", []byte(lyncOffer))
	return req, c.send(req.Clone())
}

// within makes a request in the dialog that res answered req for.
func within(req, res *sip.Message, method string, cseq int) *sip.Message {
	m := sip.NewRequest(method, "sip:fe.x.test")
	m.Add("From", req.Get("From"))
	m.Add("To", res.Get("To"))
	m.Add("Call-ID", req.CallID())
	m.Add("CSeq", fmt.Sprintf("%d %s", cseq, method))
	return m
}

// expect waits for a final answer with this status.
func expect(t *testing.T, got <-chan result, code int) *sip.Message {
	t.Helper()
	select {
	case r := <-got:
		if r.code != code {
			t.Fatalf("answered %d, want %d", r.code, code)
		}
		return r.res
	case <-time.After(40 * time.Second):
		t.Fatalf("no answer, want %d", code)
	}
	return nil
}
