package transaction

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"parley/internal/stack/locate"
	"parley/internal/stack/transport"
)

// Locator finds the servers of a name; a [locate.Resolver] is one.
type Locator interface {
	// Known answers without waiting, when it can.
	Known(q locate.Query) ([]locate.Hop, bool)
	// Locate waits for DNS.
	Locate(ctx context.Context, q locate.Query) ([]locate.Hop, error)
	// Avoid says that a server failed.
	Avoid(proto transport.Proto, addr netip.AddrPort)
}

const (
	// lookupTime bounds a name look-up.
	lookupTime = 10 * time.Second
	// maxLookups bounds how many requests wait for names at once.
	maxLookups = 4096
)

// hop is one attempt to send a request.
type hop struct {
	flow  transport.Flow // wins
	proto transport.Proto
	addr  string
	name  string
	found netip.AddrPort // of one that DNS named
}

// plan gives the hops of a target when no name has to be looked up. Otherwise ready is false, and where says what to look
// up.
func (l *Layer) plan(t Target) (hops []hop, where locate.Query, ready bool, err error) {
	for _, f := range append([]transport.Flow{t.Flow}, t.Spare...) {
		if open(f) {
			hops = append(hops, hop{flow: f})
		}
	}
	if len(hops) > 0 {
		return append(hops, located(t.Hops)...), where, true, nil
	}
	hops, where = located(t.Hops), t.Where
	last := t.Addr
	if last != "" && where.Host == "" && len(hops) == 0 {
		if _, err := netip.ParseAddrPort(last); err != nil {
			if where, err = named(t); err != nil {
				return nil, where, true, err
			}
			last = ""
		}
	}
	if where.Host != "" {
		found, ok := l.locator.Known(where)
		if !ok {
			return nil, where, false, nil
		}
		hops = append(hops, located(found)...)
	}
	if last != "" {
		hops = append(hops, hop{proto: t.Proto, addr: last, name: t.Name})
	}
	if len(hops) == 0 {
		return nil, where, true, fmt.Errorf("%w: %w", ErrTransport, transport.ErrClosed)
	}
	return hops, where, true, nil
}

// open says whether a flow is there and has not ended.
func open(f transport.Flow) bool {
	if f == nil {
		return false
	}
	select {
	case <-f.Done():
		return false
	default:
		return true
	}
}

// named is the look-up of a target whose address has a name as its host.
func named(t Target) (locate.Query, error) {
	host, text, err := net.SplitHostPort(t.Addr)
	if err != nil {
		return locate.Query{}, fmt.Errorf("%w: %w", ErrTransport, err)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return locate.Query{}, fmt.Errorf("%w: port of %s: %w", ErrTransport, t.Addr, err)
	}
	return locate.Query{Host: host, Port: int(port), Proto: t.Proto}, nil
}

func located(found []locate.Hop) []hop {
	if len(found) == 0 {
		return nil
	}
	hops := make([]hop, len(found), len(found)+1)
	for i, h := range found {
		hops[i] = hop{proto: h.Proto, addr: h.Addr.String(), name: h.Name, found: h.Addr}
	}
	return hops
}

// resolve gives the hops of a target. When a name has to be looked up for that, now is false and later is called with them,
// from a goroutine of the layer's.
func (l *Layer) resolve(t Target, later func(hops []hop, err error)) (hops []hop, now bool, err error) {
	hops, where, ready, err := l.plan(t)
	if ready {
		return hops, true, err
	}
	l.mu.Lock()
	busy := l.stopped || l.lookups >= maxLookups
	if !busy {
		l.lookups++
		l.work.Add(1)
	}
	l.mu.Unlock()
	if busy {
		return nil, true, fmt.Errorf("%w: too many name look-ups are under way", ErrTransport)
	}
	go func() {
		defer l.work.Done()
		later(l.lookUp(t, where))
	}()
	return nil, false, nil
}

func (l *Layer) lookUp(t Target, where locate.Query) ([]hop, error) {
	ctx, cancel := context.WithTimeout(l.ctx, lookupTime)
	defer cancel()
	found, err := l.locator.Locate(ctx, where)
	l.mu.Lock()
	l.lookups--
	l.mu.Unlock()
	hops := append(located(t.Hops), located(found)...)
	if t.Addr != "" && t.Where.Host != "" {
		hops = append(hops, hop{proto: t.Proto, addr: t.Addr, name: t.Name})
	}
	if err != nil {
		l.log.Info("cannot find the way to a SIP server", "host", where.Host, "error", err)
	}
	if len(hops) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrTransport, err)
	}
	return hops, nil
}

// flowTo opens the flow of a hop; it does not wait for a connection.
func (l *Layer) flowTo(h hop) (transport.Flow, error) {
	if h.flow != nil {
		return h.flow, nil
	}
	if l.network == nil {
		return nil, fmt.Errorf("%w: no transport", ErrTransport)
	}
	f, err := l.network.Flow(h.proto, h.addr, h.name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTransport, err)
	}
	return f, nil
}

// openFirst opens the first hop that it can and returns those after it.
func (l *Layer) openFirst(hops []hop) (f transport.Flow, rest []hop, err error) {
	for i, h := range hops {
		if f, err = l.flowTo(h); err == nil {
			return f, hops[i+1:], nil
		}
	}
	return nil, nil, err
}

// Reach finds the way to a target: the answer is the target with its Flow open and, as its Hops, what remains to be tried
// when that one fails. When a name has to be looked up first, now is false and later is called with the answer, from
// elsewhere.
func (l *Layer) Reach(t Target, later func(Target, error)) (found Target, now bool, err error) {
	use := func(hops []hop, err error) (Target, error) {
		if err != nil {
			return Target{}, err
		}
		f, rest, err := l.openFirst(hops)
		return t.along(f, rest), err
	}
	hops, now, err := l.resolve(t, func(hops []hop, err error) { later(use(hops, err)) })
	if !now {
		return Target{}, false, nil
	}
	found, err = use(hops, err)
	return found, true, err
}

// along is the target with a flow to it and what else leads there.
func (t Target) along(f transport.Flow, rest []hop) Target {
	t.Flow, t.Where, t.Addr, t.Hops = f, locate.Query{}, "", nil
	t.Spare = nil
	for _, h := range rest {
		if h.flow != nil {
			t.Spare = append(t.Spare, h.flow)
		} else if at, err := netip.ParseAddrPort(h.addr); err == nil {
			t.Hops = append(t.Hops, locate.Hop{Proto: h.proto, Addr: at, Name: h.name})
		}
	}
	return t
}
