package call

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/stack/memnet"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// world is a server with calls on a network in memory, whose devices are scripts.
type world struct {
	t       *testing.T
	net     memnet.Network
	layer   *transaction.Layer
	svc     *Service
	media   *fakeMedia
	stop    context.CancelFunc
	stopped chan struct{}

	mu       sync.Mutex
	devices  []frontend.Binding
	users    map[uint64]string // who is at the other end of a flow
	kinds    map[uint64]dialect.Kind
	records  []Record
	presence []string
}

// inWorld runs a test in fake time with a server in it.
func inWorld(t *testing.T, limits Limits, f func(w *world)) {
	t.Helper()
	inWorldWith(t, limits, EncryptionOptional, f)
}

func inWorldWith(t *testing.T, limits Limits, encryption Encryption, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, media: &fakeMedia{}, users: map[uint64]string{}, kinds: map[uint64]dialect.Kind{}, stopped: make(chan struct{})}
		w.layer = transaction.New(transaction.Config{Handler: w})
		w.svc = New(Config{Network: w.layer, Media: w.media, Location: w, Host: "fe.parley.test", Sink: w, InCall: w.inCall, Limits: limits, Encryption: encryption,
			Exists: func(account string) bool { return account != "nobody@parley.test" }})
		ctx, stop := context.WithCancel(t.Context())
		w.stop = stop
		go func() {
			defer close(w.stopped)
			_ = w.svc.Run(ctx)
		}()
		defer func() {
			stop()
			<-w.stopped
			w.net.Close()
			w.layer.Stop()
			if n := w.svc.Active(); n != 0 && !t.Failed() {
				t.Errorf("%d calls are left", n)
			}
		}()
		f(w)
	})
}

func (w *world) CallEnded(r Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.records = append(w.records, r)
}

func (w *world) inCall(user string, talking bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.presence = append(w.presence, fmt.Sprintf("%s %v", user, talking))
}

// record returns the only record of the world's calls.
func (w *world) record() Record {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.records) != 1 {
		w.t.Fatalf("%d records, want 1: %+v", len(w.records), w.records)
	}
	return w.records[0]
}

// ServeRequest does what the front end does with requests.
func (w *world) ServeRequest(tx *transaction.ServerTx) {
	w.mu.Lock()
	r := &frontend.Request{Message: tx.Request(), Tx: tx, Flow: tx.Flow(), User: w.users[tx.Flow().ID()], Dialect: w.kinds[tx.Flow().ID()]}
	w.mu.Unlock()
	to, _ := r.To()
	switch {
	case to.Tag() == "" && r.Method() == "INVITE":
		w.svc.Invite(r)
	case !w.svc.InDialog(r):
		r.Reply(481, "", nil)
	}
}

func (w *world) ServeAck(flow transport.Flow, ack *sip.Message) { w.svc.Ack(flow, ack) }
func (w *world) FlowClosed(flow transport.Flow, _ error)        { w.svc.FlowClosed(flow) }

func (w *world) Lookup(account string) []frontend.Binding {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []frontend.Binding
	for _, d := range w.devices {
		if d.Account == account {
			out = append(out, d)
		}
	}
	return out
}

func (w *world) Device(u sip.URI) (frontend.Binding, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.devices {
		if d.GRUU == u.String() {
			return d, true
		}
	}
	return frontend.Binding{}, false
}
