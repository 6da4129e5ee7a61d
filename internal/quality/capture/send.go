package capture

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"parley/internal/wire/hep"
)

// sendQueue is how many packets may wait to be sent; a collector is told less
// rather than the server held up.
const sendQueue = 4096

// Sender sends HEP version 3 to a collector, such as Homer.
type Sender struct {
	to      string
	key     string
	node    string
	log     *slog.Logger
	queue   chan *hep.Packet
	dropped atomic.Uint64
}

// agentNumber is the server's as a capturing agent.
const agentNumber = 2060

// NewSender makes a sender to host:port by UDP. key may be empty; node is the
// name that the collector shows.
func NewSender(to, key, node string, log *slog.Logger) *Sender {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Sender{to: to, key: key, node: node, log: log.With("comp", "hep"), queue: make(chan *hep.Packet, sendQueue)}
}

// Send queues a packet; it does not block. Who sends and when is filled in where
// it is missing.
func (s *Sender) Send(p *hep.Packet) {
	p.Agent, p.Node, p.Key = agentNumber, s.node, s.key
	if p.Time.IsZero() {
		p.Time = time.Now()
	}
	select {
	case s.queue <- p:
	default:
		s.dropped.Add(1)
	}
}

// Run sends until ctx ends. A collector that is away loses packets.
func (s *Sender) Run(ctx context.Context) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "udp", s.to)
	if err != nil {
		return fmt.Errorf("reach the HEP collector %s: %w", s.to, err)
	}
	defer func() { _ = conn.Close() }() // UDP has nothing left to say
	var buf []byte
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case p := <-s.queue:
			if buf, err = p.Append(buf[:0]); err != nil {
				continue // larger than a datagram can be
			}
			_, err = conn.Write(buf)
			if failed := err != nil; failed != failing {
				failing = failed
				s.log.Info("HEP collector", "addr", s.to, "reachable", !failed, "dropped", s.dropped.Load())
			}
		}
	}
}
