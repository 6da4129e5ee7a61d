package capture

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"parley/internal/wire/hep"
)

const (
	// sweep is the time between two looks for calls that are over.
	sweep = 5 * time.Second
	// idleAgent is how long a connection may be silent; agents send more often.
	idleAgent = 10 * time.Minute
	// maxAgents bounds the connections at a time.
	maxAgents = 256
	// receiveBuffer is asked for from the system: agents send in bursts.
	receiveBuffer = 4 << 20
)

func (c *Collector) serveUDP(u *net.UDPConn) {
	if err := u.SetReadBuffer(receiveBuffer); err != nil {
		c.cfg.Log.Warn("could not enlarge the receive buffer", "err", err)
	}
	buf := make([]byte, hep.MaxPacket)
	for {
		n, from, err := u.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue // an ICMP error of some earlier packet
		}
		if c.allowed(from.Addr()) {
			c.Take(buf[:n])
		}
	}
}

func (c *Collector) serveTCP(ctx context.Context, l net.Listener) {
	var wg sync.WaitGroup
	defer wg.Wait()
	room := make(chan struct{}, maxAgents)
	for {
		conn, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			c.cfg.Log.Warn("could not accept a connection", "err", err)
			continue
		}
		from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
		if err != nil || !c.allowed(from.Addr()) {
			_ = conn.Close() // nothing was written
			continue
		}
		select {
		case room <- struct{}{}:
		default:
			c.refused.Add(1)
			_ = conn.Close() // nothing was written
			continue
		}
		wg.Go(func() {
			defer func() { <-room }()
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer stop()
			defer func() { _ = conn.Close() }() // nothing was written
			if err := c.stream(conn); err != nil && ctx.Err() == nil {
				c.cfg.Log.Info("an agent's connection ended", "from", from.String(), "err", err)
			}
		})
	}
}

// stream reads packets from a connection. Where one ends is lost with a damaged
// length, and so is the connection.
func (c *Collector) stream(conn net.Conn) error {
	in := bufio.NewReaderSize(conn, hep.MaxPacket+1)
	for {
		if err := conn.SetReadDeadline(time.Now().Add(idleAgent)); err != nil {
			return err
		}
		head, err := in.Peek(6)
		if err != nil {
			if errors.Is(err, io.EOF) && len(head) == 0 {
				return nil
			}
			return err
		}
		n, err := hep.Length(head)
		if err != nil {
			c.damaged.Add(1)
			return err
		}
		packet, err := in.Peek(n)
		if err != nil {
			return err
		}
		c.Take(packet)
		if _, err := in.Discard(n); err != nil {
			return err
		}
	}
}
