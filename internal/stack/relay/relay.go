package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/stack/srtp"
)

// defaultInterval is how often a running stream is reported on.
const defaultInterval = 10 * time.Second

// Config makes a Relay.
type Config struct {
	// Addresses are where media is taken: one of IPv4, one of IPv6, or both, the default one first. A leg has sockets of
	// each, and its peer may be of another family than the other leg's.
	Addresses []Address
	// Ports is the inclusive range that pairs of sockets are taken from; a leg needs two ports.
	Ports [2]uint16
	// Workers is the number of goroutines that handle packets, each good for 100,000 a second. Default: one for two processors.
	Workers int
	// Interval is how often streams are reported on while they run. Default: 10 s.
	Interval time.Duration
	// Report takes measurements, in order, off the media path. It must not block for long. Optional.
	Report func(Report)
	// Log takes warnings about strangers and failed handshakes. Default: slog.Default().
	Log *slog.Logger
}

// Address is a local address that media sockets are bound to.
type Address struct {
	Bind netip.Addr
	// Advertise is what SDPs and candidates say instead, on a machine behind static address translation. Default: Bind.
	Advertise netip.Addr
}

// Relay owns the media sockets and the workers that serve them.
type Relay struct {
	cfg      Config
	ports    *ports
	identity *srtp.Identity
	workers  []*worker
	notices  *notices
	start    time.Time
	turn     atomic.Uint32
	idle     sync.WaitGroup // handshakes that are ending
}

// New prepares a relay. Packets flow once Run is called.
func New(cfg Config) (*Relay, error) {
	var err error
	if cfg.Addresses, err = complete(cfg.Addresses); err != nil {
		return nil, err
	}
	if cfg.Workers <= 0 {
		cfg.Workers = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if cfg.Interval <= 0 {
		cfg.Interval = defaultInterval
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	pool, err := newPorts(cfg.Addresses, cfg.Ports[0], cfg.Ports[1])
	if err != nil {
		return nil, err
	}
	r := &Relay{cfg: cfg, ports: pool, notices: newNotices(), start: time.Now()}
	if r.identity, err = srtp.NewIdentity(r.start); err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	for range cfg.Workers {
		w, err := newWorker(r)
		if err != nil {
			r.release()
			return nil, fmt.Errorf("relay: %w", err)
		}
		r.workers = append(r.workers, w)
	}
	return r, nil
}

// complete checks addresses and fills in what is left out.
func complete(given []Address) ([]Address, error) {
	if len(given) == 0 || len(given) > 2 {
		return nil, errors.New("relay: give one address of IPv4, one of IPv6, or both")
	}
	out := make([]Address, len(given))
	for i, a := range given {
		a.Bind, a.Advertise = a.Bind.Unmap(), a.Advertise.Unmap()
		if !a.Advertise.IsValid() {
			a.Advertise = a.Bind
		}
		if !a.Bind.IsValid() || a.Advertise.IsUnspecified() || a.Bind.Is4() != a.Advertise.Is4() {
			return nil, errors.New("relay: give a local address, and when it is a wildcard the one of the same family that peers should use")
		}
		out[i] = a
	}
	if len(out) == 2 && out[0].Bind.Is4() == out[1].Bind.Is4() {
		return nil, errors.New("relay: the two addresses are of one family")
	}
	return out, nil
}

// Run serves media until ctx ends; sessions that are still open then are closed and reported.
func (r *Relay) Run(ctx context.Context) error {
	var serving, telling sync.WaitGroup
	telling.Go(r.notices.run)
	for _, w := range r.workers {
		serving.Go(w.run)
	}
	<-ctx.Done()
	for _, w := range r.workers {
		w.stop()
	}
	serving.Wait()
	for _, w := range r.workers {
		w.closeSessions()
	}
	r.idle.Wait()
	r.notices.stop()
	telling.Wait()
	r.release()
	return nil
}

func (r *Relay) release() {
	for _, w := range r.workers {
		w.release()
	}
}

// now is the relay's clock: time since its start.
func (r *Relay) now() time.Duration { return time.Since(r.start) }

// wall converts the relay's clock to the wall's.
func (r *Relay) wall(d time.Duration) time.Time { return r.start.Add(d) }

// NewSession begins a call's media. The id names it in reports and logs.
func (r *Relay) NewSession(id string) *Session {
	w := r.workers[int(r.turn.Add(1))%len(r.workers)]
	s := &Session{ID: id, worker: w, relay: r}
	w.mu.Lock()
	w.sessions[s] = struct{}{}
	w.mu.Unlock()
	return s
}
