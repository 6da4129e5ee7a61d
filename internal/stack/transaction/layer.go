package transaction

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"

	"parley/internal/stack/locate"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// Errors that end a client transaction without a response.
var (
	ErrTimeout   = errors.New("no response in time")        // counts as 408, RFC 3261 section 8.1.3.1
	ErrTransport = errors.New("request could not be sent")  // counts as 503
	ErrState     = errors.New("transaction has its answer") // a response came too late to be sent
)

// Handler is the transaction user.
type Handler interface {
	// ServeRequest gets every request that begins a transaction. It must respond, at once or later.
	ServeRequest(tx *ServerTx)
	// ServeAck gets an ACK to a success response, which is no part of a transaction (RFC 3261 section 13.2.2.4).
	ServeAck(flow transport.Flow, ack *sip.Message)
	// FlowClosed says that a connection has ended.
	FlowClosed(flow transport.Flow, reason error)
}

// Guard stands between transactions and flows: it verifies what arrives and signs what leaves, hop by hop.
type Guard interface {
	// Incoming says whether m may be acted upon. When not, it has dealt with m itself.
	Incoming(flow transport.Flow, m *sip.Message) bool
	// Outgoing changes m as the flow's security association asks, as the last thing before it is serialised.
	Outgoing(flow transport.Flow, m *sip.Message)
}

// Network is what flows come from; [transport.Manager] is one.
type Network interface {
	// Flow returns a connection to addr ("host:port"), or a datagram flow to it; it does not wait.
	Flow(proto transport.Proto, addr, name string) (transport.Flow, error)
	// Connection returns the open connection with that ID, or nil.
	Connection(id uint64) transport.Flow
	// SentBy is our address as the peer at the other end of flow reaches it.
	SentBy(flow transport.Flow) netip.AddrPort
	// Owns says whether addr is one that we listen on, seen from flow, which may be nil.
	Owns(addr netip.AddrPort, flow transport.Flow) bool
}

// Layer holds all transactions of a server.
type Layer struct {
	handler Handler
	guard   Guard
	network Network
	log     *slog.Logger
	timers  *timers
	sweep   timer // of held
	keys    keys

	mu      sync.Mutex
	servers map[key]*ServerTx
	invites map[key]*ServerTx
	clients map[clientKey]*ClientTx
	held    held
	lookups int // of names, under way
	stopped bool

	locator Locator
	ctx     context.Context // of look-ups
	cancel  context.CancelFunc
	work    sync.WaitGroup // look-ups
}

// Config is what a Layer is made from. All but Handler may be nil.
type Config struct {
	Handler Handler
	Guard   Guard
	Locator Locator // nil asks the system's DNS servers
	Log     *slog.Logger
}

// New returns a Layer. Give it to the transport as its receiver, then [Layer.Attach] the transport.
func New(c Config) *Layer {
	l := &Layer{
		handler: c.Handler, guard: c.Guard, log: c.Log, timers: newTimers(), keys: newKeys(),
		servers: map[key]*ServerTx{}, clients: map[clientKey]*ClientTx{},
		invites: map[key]*ServerTx{}, locator: c.Locator,
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.locator == nil {
		l.locator = locate.New(locate.Config{Log: l.log})
	}
	return l
}

// Attach names the transport that requests leave by.
func (l *Layer) Attach(n Network) { l.network = n }

// SetHandler names the transaction user, for one that needs the layer to be made first.
func (l *Layer) SetHandler(h Handler) { l.handler = h }

// SetGuard names the guard, for one that needs the layer to be made first.
func (l *Layer) SetGuard(g Guard) { l.guard = g }

// Stop ends all timers and look-ups. Transactions that wait are forgotten.
func (l *Layer) Stop() {
	l.mu.Lock()
	l.stopped = true
	l.mu.Unlock()
	l.cancel()
	l.work.Wait()
	l.timers.close()
}

// Pending counts the transactions that are not over.
func (l *Layer) Pending() (servers, clients int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.servers) + l.held.count, len(l.clients)
}

// Receive implements [transport.Receiver].
func (l *Layer) Receive(flow transport.Flow, m *sip.Message, err error) {
	refusal := sip.Check(m)
	if err != nil && refusal == nil {
		refusal = &sip.Refusal{Code: 400, Reason: "Body is shorter than Content-Length"}
	}
	if !m.IsRequest() {
		if refusal != nil {
			l.log.Info("dropped a malformed response", "peer", flow.Remote().String(), "error", refusal)
			return
		}
		if l.guard == nil || l.guard.Incoming(flow, m) {
			l.response(flow, m)
		}
		return
	}
	if refusal != nil {
		l.refuse(flow, m, refusal)
		return
	}
	l.request(flow, m)
}

// Closed implements [transport.Receiver]: requests that wait on the connection fail at once instead of timing out.
func (l *Layer) Closed(flow transport.Flow, reason error) {
	l.mu.Lock()
	var failed []*ClientTx
	for _, c := range l.clients {
		if c.flow.ID() == flow.ID() {
			failed = append(failed, c)
		}
	}
	l.mu.Unlock()
	for _, c := range failed {
		c.fail(fmt.Errorf("%w: %w", ErrTransport, reason))
	}
	l.handler.FlowClosed(flow, reason)
}

// refuse answers a request that cannot be acted upon, without state: it must not cost more than it is worth.
func (l *Layer) refuse(flow transport.Flow, m *sip.Message, r *sip.Refusal) {
	l.log.Info("refused a malformed request", "peer", flow.Remote().String(), "method", m.Method(), "status", r.Code, "error", r)
	if m.Method() == "ACK" || !m.Has("Via") {
		return
	}
	markSource(flow, m)
	res := sip.NewResponse(m, r.Code, r.Reason)
	if m.Has("To") {
		res.SetTag(sip.NewTag())
	}
	l.transmit(l.responseFlow(flow, m), res)
}

// transmit signs, serialises and sends m, and returns the bytes for retransmission.
func (l *Layer) transmit(flow transport.Flow, m *sip.Message) ([]byte, error) {
	if l.guard != nil {
		l.guard.Outgoing(flow, m)
	}
	raw := m.Bytes()
	return raw, flow.Send(raw)
}

// markSource writes into the top Via where the request came from (RFC 3261 section 18.2.1, RFC 3581 section 4).
func markSource(flow transport.Flow, m *sip.Message) {
	via, err := m.TopVia()
	if err != nil {
		return
	}
	remote := flow.Remote()
	port, asks := via.Params.Get("rport")
	wantsPort := asks && port == ""
	host, err := netip.ParseAddr(via.Host)
	if !wantsPort && err == nil && host.Unmap() == remote.Addr().Unmap() {
		return
	}
	via.Params = via.Params.With("received", remote.Addr().Unmap().String())
	if wantsPort {
		via.Params = via.Params.With("rport", itoa(int(remote.Port())))
	}
	m.SetFirst("Via", via.String())
}

// responseFlow is where a response to m goes (RFC 3261 section 18.2.2): back on a connection, to the source for rport
// and to the port of sent-by otherwise.
func (l *Layer) responseFlow(flow transport.Flow, m *sip.Message) transport.Flow {
	if flow.Proto() != transport.UDP || l.network == nil {
		return flow
	}
	via, err := m.TopVia()
	if err != nil || via.Params.Has("rport") {
		return flow
	}
	port := via.Port
	if port == 0 {
		port = 5060
	}
	if port == int(flow.Remote().Port()) {
		return flow
	}
	back, err := l.network.Flow(transport.UDP, netip.AddrPortFrom(flow.Remote().Addr(), uint16(port)).String(), "")
	if err != nil {
		return flow
	}
	return back
}

func itoa(n int) string {
	var b [8]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}
