// Package capture takes in what capturing agents outside of a call see of it:
// HEP version 3 on UDP and TCP. From captured SIP it learns which dialog uses
// which addresses, and brings the RTCP and the statistics that other packets
// carry to their call.
package capture

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/quality/metric"
	"parley/internal/wire/hep"
	"parley/internal/wire/sip"
)

// Reading is what an agent tells of one stream, for an interval of the call or
// for all of it.
type Reading struct {
	// CallID and the tags are of the dialog, the initiator's tag first; the
	// tags are empty when they are not known.
	CallID, TagA, TagB string
	// Correlation says how the dialog was found: call-id, address, ssrc,
	// correlation-id (which no captured SIP had) or none.
	Correlation string
	// Caller and Callee are addresses of record of the dialog's initiator and
	// of the other end, empty when unknown.
	Caller, Callee string
	// Sender is the end that sent the stream: 1 the initiator, 2 the other, 0
	// unknown.
	Sender           Side
	Source, Receiver netip.AddrPort
	Label            string
	Codec            string
	ClockRate        int
	SSRC             uint32
	Agent            string
	// Final is set for the whole stream.
	Final          bool
	Started, Ended time.Time
	Values         metric.Set
}

// Side is an end of a dialog.
type Side uint8

// The sides.
const (
	Unknown Side = iota
	Initiator
	Responder
)

func (s Side) other() Side {
	switch s {
	case Initiator:
		return Responder
	case Responder:
		return Initiator
	}
	return Unknown
}

// Sink is where readings go. Its methods must not block.
type Sink interface {
	// Read takes one reading.
	Read(Reading)
	// Report takes a report of RFC 6035 that an endpoint sent to somebody.
	Report(body []byte, agent string)
}

// Config is what a Collector is made from.
type Config struct {
	// UDP and TCP are addresses to listen on, host:port.
	UDP, TCP []string
	// Allow are the networks that agents are in; packets from elsewhere are
	// dropped, so that nobody is allowed when it is empty.
	Allow []netip.Prefix
	// Key is the password that each packet must have; empty asks for none.
	Key  string
	Sink Sink
	Log  *slog.Logger
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// Counts are of packets since the start.
type Counts struct {
	Packets, Refused, Damaged, Uncorrelated uint64
}

// Collector listens for agents.
type Collector struct {
	cfg   Config
	udp   []*net.UDPConn
	tcp   []net.Listener
	mu    sync.Mutex // of calls
	calls *calls

	packets, refused, damaged, uncorrelated atomic.Uint64
	warned                                  sync.Map // netip.Addr that was told of in the log
}

// Open opens the sockets; Run serves them.
func Open(cfg Config) (*Collector, error) {
	c := New(cfg)
	for _, a := range cfg.UDP {
		addr, err := net.ResolveUDPAddr("udp", a)
		if err == nil {
			var conn *net.UDPConn
			if conn, err = net.ListenUDP("udp", addr); err == nil {
				c.udp = append(c.udp, conn)
			}
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listen for HEP on UDP %s: %w", a, err), c.close())
		}
	}
	for _, a := range cfg.TCP {
		l, err := net.Listen("tcp", a)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listen for HEP on TCP %s: %w", a, err), c.close())
		}
		c.tcp = append(c.tcp, l)
	}
	return c, nil
}

// New makes a collector without sockets, for packets that Take is given.
func New(cfg Config) *Collector {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Log = cfg.Log.With("comp", "hep")
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Collector{cfg: cfg, calls: newCalls()}
}

// Addrs are the addresses that are listened on, UDP first.
func (c *Collector) Addrs() []net.Addr {
	var out []net.Addr
	for _, u := range c.udp {
		out = append(out, u.LocalAddr())
	}
	for _, l := range c.tcp {
		out = append(out, l.Addr())
	}
	return out
}

// Counts returns the present counts.
func (c *Collector) Counts() Counts {
	return Counts{c.packets.Load(), c.refused.Load(), c.damaged.Load(), c.uncorrelated.Load()}
}

// Run serves until ctx ends; then what is known of streams that go on is told
// to the sink.
func (c *Collector) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, u := range c.udp {
		wg.Go(func() { c.serveUDP(u) })
	}
	for _, l := range c.tcp {
		wg.Go(func() { c.serveTCP(ctx, l) })
	}
	tick := time.NewTicker(sweep)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.expire(c.cfg.Now())
		case <-ctx.Done():
			err := c.close()
			wg.Wait()
			c.finish()
			return err
		}
	}
}

func (c *Collector) close() error {
	var err error
	for _, u := range c.udp {
		err = errors.Join(err, u.Close())
	}
	for _, l := range c.tcp {
		err = errors.Join(err, l.Close())
	}
	return err
}

// allowed tells whether an address may send, and says in the log once that it
// may not.
func (c *Collector) allowed(from netip.Addr) bool {
	from = from.Unmap()
	for _, p := range c.cfg.Allow {
		if p.Contains(from) {
			return true
		}
	}
	c.refused.Add(1)
	if _, told := c.warned.LoadOrStore(from.String(), true); !told && c.refused.Load() < 1000 {
		c.cfg.Log.Warn("dropped HEP packets from an address that is not in quality.hep-allow", "from", from.String())
	}
	return false
}

// Take handles one packet of an agent that is allowed.
func (c *Collector) Take(raw []byte) {
	c.packets.Add(1)
	p, err := hep.Parse(raw)
	if err != nil {
		c.damaged.Add(1)
		c.cfg.Log.Debug("dropped a HEP packet", "err", err)
		return
	}
	if c.cfg.Key != "" && p.Key != c.cfg.Key {
		c.refused.Add(1)
		c.cfg.Log.Debug("dropped a HEP packet with another key", "agent", p.Agent)
		return
	}
	now := c.cfg.Now()
	if p.Time.Before(now.Add(-24*time.Hour)) || p.Time.After(now.Add(24*time.Hour)) {
		p.Time = now.UTC() // the agent's clock is of no use
	}
	if err := c.handle(p); err != nil {
		c.damaged.Add(1)
		c.cfg.Log.Debug("dropped the payload of a HEP packet", "type", p.Type, "err", err)
	}
}

func (c *Collector) handle(p *hep.Packet) error {
	switch p.Type {
	case hep.SIP:
		m, err := sip.Parse(append([]byte(nil), p.Payload...))
		if err != nil {
			return err
		}
		c.mu.Lock()
		done := c.calls.learn(m, p)
		c.mu.Unlock()
		c.emit(done)
	case hep.RTCP:
		r, err := hep.ParseRTCP(p.Payload)
		if err != nil {
			return err
		}
		c.mu.Lock()
		out := c.calls.rtcp(r, p)
		c.mu.Unlock()
		c.emit(out)
	case hep.AgentStats:
		s, err := hep.ParseStatistics(p.Payload)
		if err != nil {
			return err
		}
		c.mu.Lock()
		out := c.calls.statistics(s, p)
		c.mu.Unlock()
		c.emit([]Reading{out})
	case hep.VQReport:
		c.cfg.Sink.Report(append([]byte(nil), p.Payload...), agent(p))
	}
	if p.MOS > 0 || p.R > 0 || p.Jitter > 0 {
		c.mu.Lock()
		out := c.calls.scores(p)
		c.mu.Unlock()
		c.emit([]Reading{out})
	}
	return nil
}

func (c *Collector) emit(out []Reading) {
	for _, r := range out {
		if r.Correlation == byNothing {
			c.uncorrelated.Add(1)
		}
		c.cfg.Sink.Read(r)
	}
}

func (c *Collector) expire(now time.Time) {
	c.mu.Lock()
	out := c.calls.expire(now)
	c.mu.Unlock()
	c.emit(out)
}

// finish tells of all streams that go on.
func (c *Collector) finish() {
	c.mu.Lock()
	out := c.calls.finish()
	c.mu.Unlock()
	c.emit(out)
}

// agent names the agent of a packet.
func agent(p *hep.Packet) string {
	if p.Node != "" {
		return strings.ToValidUTF8(p.Node, "?")
	}
	return fmt.Sprintf("agent %d", p.Agent)
}
