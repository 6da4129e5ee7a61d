package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"parley/internal/wire/stun"
)

const coturnPort = 42978

// TURN's methods and attributes (RFC 8656 sections 17 and 18).
const (
	allocate           stun.Type = 0x0003
	channelBind        stun.Type = 0x0009
	channelNumber      stun.Attr = 0x000C
	xorPeerAddress     stun.Attr = 0x0012
	xorRelayedAddress  stun.Attr = 0x0016
	requestedTransport stun.Attr = 0x0019
	firstChannel                 = 0x4000
)

// coturn is Debian's TURN server: the first side of each stream holds an allocation with a channel to the second.
type coturn struct{ process }

func (c *coturn) start(ctx context.Context, l *load) error {
	err := c.launch(ctx, "turnserver", "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", fmt.Sprintf("--listening-port=%d", coturnPort),
		"--min-port=48000", "--max-port=49999", "--no-auth", "--no-tls", "--no-dtls", "--no-cli", "--allow-loopback-peers", "--log-file=/dev/null",
		"--pidfile=/dev/null", "--realm=bench")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for i := 0; i+1 < len(l.sides); i += 2 {
		s := &l.sides[i]
		l.aim(i, coturnPort)
		if err := retry(ctx, func() error {
			relayed, err := c.allocate(s)
			l.aim(i+1, relayed)
			return err
		}); err != nil {
			return err
		}
		if err := c.bind(s, l.sides[i+1].port); err != nil {
			return err
		}
		s.channel = firstChannel
	}
	return nil
}

func (c *coturn) allocate(s *side) (uint16, error) {
	w := stun.Write(nil, allocate, stun.ID{byte(s.ssrc), 1}, stun.Standard)
	w.Uint32(requestedTransport, 17<<24)
	var m stun.Message
	if err := c.ask(s, w.Sign(nil), &m); err != nil {
		return 0, err
	}
	v, ok := m.Get(xorRelayedAddress)
	if !ok || len(v) < 8 {
		return 0, fmt.Errorf("coturn refuses the allocation: %d", m.Code())
	}
	return binary.BigEndian.Uint16(v[2:]) ^ 0x2112, nil
}

func (c *coturn) bind(s *side, peer uint16) error {
	w := stun.Write(nil, channelBind, stun.ID{byte(s.ssrc), 2}, stun.Standard)
	w.Uint32(channelNumber, firstChannel<<16)
	ip := loopback.As4()
	v := []byte{0, 1, 0, 0, ip[0] ^ 0x21, ip[1] ^ 0x12, ip[2] ^ 0xA4, ip[3] ^ 0x42}
	binary.BigEndian.PutUint16(v[2:], peer^0x2112)
	w.Add(xorPeerAddress, v)
	var m stun.Message
	if err := c.ask(s, w.Sign(nil), &m); err != nil {
		return err
	}
	if m.Type != channelBind|0x100 {
		return fmt.Errorf("coturn refuses the channel: %d", m.Code())
	}
	return nil
}

// ask sends a request and waits half a second for its answer.
func (c *coturn) ask(s *side, req []byte, m *stun.Message) error {
	if err := unix.Sendto(s.fd, req, 0, s.to); err != nil {
		return fmt.Errorf("ask coturn: %w", err)
	}
	poll := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}
	for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); {
		if n, err := unix.Poll(poll, 100); err != nil || n == 0 {
			continue
		}
		buf := make([]byte, 1500)
		n, err := unix.Read(s.fd, buf)
		if err != nil {
			continue // refused, as long as it does not listen
		}
		if m.Parse(buf[:n]) == nil {
			return nil
		}
	}
	return errors.New("coturn does not answer")
}
