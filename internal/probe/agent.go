package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// registrationTime is what the ends ask for; they refresh it every round.
const registrationTime = 10 * time.Minute

// userAgent names the probe to the server.
const userAgent = "Parley-Probe/1"

// agent is one end: a user agent with a connection to the server.
type agent struct {
	cfg       Config
	account   Account
	instance  string
	transport *transport.Manager
	layer     *transaction.Layer
	target    transaction.Target

	work sync.WaitGroup // reports under way

	mu    sync.Mutex
	calls map[string]*call // by Call-ID
}

func newAgent(cfg Config, account Account) *agent {
	a := &agent{
		cfg: cfg, account: account, instance: sip.NewTag(), calls: map[string]*call{},
		target: transaction.Target{Proto: transport.TLS, Addr: cfg.Server, Name: cfg.Name},
	}
	a.layer = transaction.New(transaction.Config{Handler: a, Log: cfg.Log})
	a.transport = transport.New(transport.Config{Receiver: a.layer, Log: cfg.Log, TLS: &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12}})
	a.layer.Attach(a.transport)
	return a
}

// stop ends what is left of the calls and the connection.
func (a *agent) stop() {
	a.mu.Lock()
	calls := a.calls
	a.calls = map[string]*call{}
	a.mu.Unlock()
	for _, c := range calls {
		c.media.stop()
	}
	a.work.Wait()
	a.transport.Stop()
	a.layer.Stop()
}

func (a *agent) user() string {
	user, _, _ := strings.Cut(a.account.Address, "@")
	return user
}

func (a *agent) domain() string {
	_, domain, _ := strings.Cut(a.account.Address, "@")
	return domain
}

// contact has a host that nobody can reach: requests come down the connection (RFC 5626).
func (a *agent) contact() string {
	return "<sip:" + a.user() + "@" + a.instance + ".invalid;transport=tls>"
}

// request makes a request outside dialogs.
func (a *agent) request(method, uri, to string) *sip.Message {
	m := sip.NewRequest(method, uri)
	m.Add("From", "<sip:"+a.account.Address+">;tag="+sip.NewTag())
	m.Add("To", to)
	m.Add("Call-ID", sip.NewCallID())
	m.Add("CSeq", "1 "+method)
	m.Add("Contact", a.contact())
	m.Add("User-Agent", userAgent)
	return m
}

// register signs in for a time; 0 signs out.
func (a *agent) register(ctx context.Context, expires time.Duration) error {
	m := a.request("REGISTER", "sip:"+a.domain(), "<sip:"+a.account.Address+">")
	m.Set("Contact", a.contact()+";+sip.instance=\"<urn:uuid:"+a.instance+">\";reg-id=1")
	m.Add("Supported", "outbound, path, gruu")
	m.Add("Expires", strconv.Itoa(int(expires/time.Second)))
	_, _, err := a.do(ctx, m)
	return err
}

// message sends a text in page mode.
func (a *agent) message(ctx context.Context, to, text string) error {
	m := a.request("MESSAGE", "sip:"+to, "<sip:"+to+">")
	m.Remove("Contact")
	m.SetBody("text/plain;charset=utf-8", []byte(text))
	_, _, err := a.do(ctx, m)
	return err
}

// do sends a request, with credentials when they are asked for, and returns it as it was sent last with its final response, which is a
// success unless err is set.
func (a *agent) do(ctx context.Context, m *sip.Message) (sent, res *sip.Message, err error) {
	for tries := 0; ; tries++ {
		again := m.Clone()
		res, err := a.once(ctx, m)
		if err != nil {
			return nil, nil, err
		}
		code := res.StatusCode()
		if code < 300 {
			return again, res, nil
		}
		if code != 401 && code != 407 || tries == 2 {
			return nil, nil, fmt.Errorf("%s was answered %d %s", again.Method(), code, res.Reason())
		}
		if err := authorize(again, res, a.user(), a.account.Password); err != nil {
			return nil, nil, err
		}
		n, method, err := again.CSeq()
		if err != nil {
			return nil, nil, err
		}
		again.Set("CSeq", strconv.FormatUint(uint64(n)+1, 10)+" "+method)
		m = again
	}
}

// once sends a request and waits for its final response.
func (a *agent) once(ctx context.Context, m *sip.Message) (*sip.Message, error) {
	type result struct {
		res *sip.Message
		err error
	}
	done := make(chan result, 1)
	tx, err := a.layer.Request(m, a.target, func(res *sip.Message, err error) {
		if err == nil && res.StatusCode() < 200 {
			return
		}
		select {
		case done <- result{res, err}:
		default: // a retransmitted success
		}
	})
	if err != nil {
		return nil, err
	}
	select {
	case r := <-done:
		return r.res, r.err
	case <-ctx.Done():
		tx.Cancel()
		return nil, ctx.Err()
	}
}

// errBusy ends a second call to an end that has one.
var errBusy = errors.New("busy")

// ServeRequest implements [transaction.Handler].
func (a *agent) ServeRequest(tx *transaction.ServerTx) {
	m := tx.Request()
	reply := func(code int) {
		res := sip.NewResponse(m, code, "")
		res.SetTag(sip.NewTag())
		_ = tx.Respond(res) // the connection is gone otherwise
	}
	switch m.Method() {
	case "MESSAGE", "OPTIONS":
		reply(200)
	case "INVITE":
		if err := a.answer(tx); errors.Is(err, errBusy) {
			reply(486)
		} else if err != nil {
			a.cfg.Log.Warn("probe refused a call", "comp", "probe", "user", a.account.Address, "err", err)
			reply(488)
		}
	case "BYE":
		if a.end(m) {
			reply(200)
		} else {
			reply(481)
		}
	default:
		reply(405)
	}
}

// ServeAck implements [transaction.Handler]. Media runs from the answer on, so that there is nothing to do.
func (a *agent) ServeAck(transport.Flow, *sip.Message) {}

// FlowClosed implements [transaction.Handler]. The next round connects and signs in again.
func (a *agent) FlowClosed(transport.Flow, error) {}
