package locate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/internal/stack/transport"
)

// Config of a Resolver. Every field may be left out.
type Config struct {
	// Servers are the DNS servers to ask, in turn. Empty means those of /etc/resolv.conf.
	Servers []netip.AddrPort
	// Hosts is a table of names that goes before DNS; "" means /etc/hosts.
	Hosts string
	// Supports are the transports that requests can leave by; empty means UDP, TCP and TLS.
	Supports []transport.Proto
	// Reachable says whether there is a route to an address; nil asks the system.
	Reachable func(netip.Addr) bool
	// Wait is for how long one DNS server may take; 2 s when 0. Each is asked twice.
	Wait time.Duration
	Log  *slog.Logger
}

// Bounds of what DNS may make us keep.
const (
	maxEntries  = 4096             // in the cache
	maxRecords  = 64               // of one answer
	maxAliases  = 8                // CNAMEs in a row
	longest     = time.Hour        // that an answer is kept
	negative    = 30 * time.Second // for a name that is not there, when its zone does not say
	unanswered  = 5 * time.Second  // before a silent DNS is asked again for the same
	maxQuestion = 64               // under way at once
)

// Resolver is safe for concurrent use.
type Resolver struct {
	config Config
	log    *slog.Logger
	table  hostTable
	places chan struct{} // one for each question under way

	mu      sync.Mutex
	entries map[question]entry
	pending map[question]*inquiry
	failed  map[place]time.Time // until when a server comes last
}

type question struct {
	name string
	kind recordKind
}

type entry struct {
	answer answer
	err    error
	until  time.Time
}

// inquiry is a question that several wait for.
type inquiry struct {
	done   chan struct{}
	answer answer
	err    error
}

// New returns a Resolver with an empty cache.
func New(c Config) *Resolver {
	if len(c.Supports) == 0 {
		c.Supports = []transport.Proto{transport.UDP, transport.TCP, transport.TLS}
	}
	if c.Wait == 0 {
		c.Wait = 2 * time.Second
	}
	if c.Hosts == "" {
		c.Hosts = "/etc/hosts"
	}
	if c.Reachable == nil {
		c.Reachable = routed
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Resolver{
		config: c, log: c.Log, table: hostTable{path: c.Hosts}, places: make(chan struct{}, maxQuestion),
		entries: map[question]entry{}, pending: map[question]*inquiry{}, failed: map[place]time.Time{},
	}
}

func (r *Resolver) supports(p transport.Proto) bool { return slices.Contains(r.config.Supports, p) }

func (r *Resolver) chance(n int) int { return rand.IntN(n) }

// recall answers from the cache only.
func (r *Resolver) recall(name string, kind recordKind) (answer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.entries[question{name, kind}]
	if !ok || !e.until.After(time.Now()) {
		return answer{}, errUnknown
	}
	return e.answer, e.err
}

// ask answers from the cache, else from DNS; who asks the same meanwhile waits for the same answer.
func (r *Resolver) ask(ctx context.Context, name string, kind recordKind) (answer, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if a, err := r.recall(name, kind); !errors.Is(err, errUnknown) {
		return a, err
	}
	q := question{name, kind}
	r.mu.Lock()
	i := r.pending[q]
	if i == nil {
		i = &inquiry{done: make(chan struct{})}
		r.pending[q] = i
		r.mu.Unlock()
		r.inquire(ctx, q, i)
		return i.answer, i.err
	}
	r.mu.Unlock()
	select {
	case <-i.done:
		return i.answer, i.err
	case <-ctx.Done():
		return answer{}, fmt.Errorf("%s %s: %w: %w", kind, name, ErrNoAnswer, ctx.Err())
	}
}

func (r *Resolver) inquire(ctx context.Context, q question, i *inquiry) {
	var life time.Duration
	select {
	case r.places <- struct{}{}:
		i.answer, life, i.err = r.exchange(ctx, q)
		<-r.places
	case <-ctx.Done():
		i.err = fmt.Errorf("%w: %w", ErrNoAnswer, ctx.Err())
	}
	if i.err != nil {
		i.err = fmt.Errorf("%s %s: %w", q.kind, q.name, i.err)
		r.log.Debug("name look-up failed", "name", q.name, "type", q.kind.String(), "error", i.err)
	}
	r.mu.Lock()
	delete(r.pending, q)
	// A caller that gave up says nothing about the name.
	if ctx.Err() == nil {
		r.keep(q, entry{i.answer, i.err, time.Now().Add(life)})
	}
	r.mu.Unlock()
	close(i.done)
}

// keep is called with mu held. When the cache is full, what has expired goes, and if nothing has, some entry does.
func (r *Resolver) keep(q question, e entry) {
	now := time.Now()
	if !e.until.After(now) {
		return
	}
	if len(r.entries) >= maxEntries {
		for k, old := range r.entries {
			if !old.until.After(now) {
				delete(r.entries, k)
			}
		}
		for k := range r.entries {
			if len(r.entries) < maxEntries {
				break
			}
			delete(r.entries, k)
		}
	}
	r.entries[q] = e
}
