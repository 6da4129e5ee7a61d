package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"parley/internal/stack/dialog"
	"parley/internal/stack/measure"
	"parley/internal/stack/transaction"
	"parley/internal/wire/sdp"
	"parley/internal/wire/sip"
)

// call is one end's part in a call.
type call struct {
	agent    *agent
	dialog   *dialog.Dialog // guarded by agent.mu but for its ID, which stays
	incoming bool
	media    *media
	remote   netip.AddrPort
	peer     string // AOR
	started  time.Time
	ended    chan struct{} // closed when the other end hung up
	over     sync.Once
}

// call invites another user and returns when the call is answered and media flows.
func (a *agent) call(ctx context.Context, to string) (*call, error) {
	m, err := newMedia(a.mediaAddress())
	if err != nil {
		return nil, err
	}
	invite := a.request("INVITE", "sip:"+to, "<sip:"+to+">")
	invite.SetBody("application/sdp", m.offer())
	sent, res, err := a.do(ctx, invite)
	if err != nil {
		m.stop()
		return nil, err
	}
	d, err := dialog.FromResponse(sent, res)
	if err != nil {
		m.stop()
		return nil, err
	}
	c := &call{agent: a, dialog: d, media: m, peer: to, started: time.Now(), ended: make(chan struct{})}
	if err := a.layer.Send(d.Ack(d.Sequence()), a.target); err != nil {
		m.stop()
		return nil, err
	}
	if err := c.talk(res.Body()); err != nil {
		_, byeErr := c.hangUp(ctx)
		return nil, errors.Join(err, byeErr)
	}
	a.add(c)
	return c, nil
}

// answer takes a call. Its error is why it was not taken.
func (a *agent) answer(tx *transaction.ServerTx) error {
	invite := tx.Request()
	if to, err := invite.To(); err == nil && to.Tag() != "" {
		return a.refresh(tx)
	}
	a.mu.Lock()
	busy := len(a.calls) > 0
	a.mu.Unlock()
	if busy {
		return errBusy
	}
	tag := sip.NewTag()
	d, err := dialog.FromRequest(invite, tag)
	if err != nil {
		return err
	}
	from, err := invite.From()
	if err != nil {
		return err
	}
	m, err := newMedia(a.mediaAddress())
	if err != nil {
		return err
	}
	c := &call{agent: a, dialog: d, incoming: true, media: m, peer: from.URI.Account(), started: time.Now(), ended: make(chan struct{})}
	if err := c.talk(invite.Body()); err != nil {
		m.stop()
		return err
	}
	a.add(c)
	res := a.accepted(invite, m)
	res.SetTag(tag)
	return tx.Answer(res, func() { a.finish(c) })
}

// refresh answers an INVITE within a call with what there is.
func (a *agent) refresh(tx *transaction.ServerTx) error {
	c := a.find(tx.Request().CallID())
	if c == nil {
		return errors.New("it belongs to no call")
	}
	if err := c.receive(tx.Request()); err != nil {
		return err
	}
	return tx.Answer(a.accepted(tx.Request(), c.media), func() { a.finish(c) })
}

func (a *agent) accepted(invite *sip.Message, m *media) *sip.Message {
	res := sip.NewResponse(invite, 200, "")
	res.Add("Contact", a.contact())
	res.Add("User-Agent", userAgent)
	res.SetBody("application/sdp", m.offer())
	return res
}

// talk reads where the other end listens and begins to send.
func (c *call) talk(description []byte) error {
	d, err := sdp.Parse(description)
	if err != nil {
		return err
	}
	for _, m := range d.Media {
		if m.Kind != "audio" || m.Refused() {
			continue
		}
		text, ok := d.Address(m)
		if !ok {
			return errors.New("the session description has no address")
		}
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return fmt.Errorf("address of the other end: %w", err)
		}
		c.remote = netip.AddrPortFrom(addr, uint16(m.Port))
		c.media.start(c.remote)
		return nil
	}
	return errors.New("the session description has no audio")
}

// hangUp ends the call, reports what was heard to the server, and returns it.
func (c *call) hangUp(ctx context.Context) (measure.Totals, error) {
	a := c.agent
	select {
	case <-c.ended: // the other end was first
		return c.media.heard(), nil
	default:
	}
	a.mu.Lock()
	bye := c.dialog.Request("BYE")
	a.mu.Unlock()
	bye.Add("User-Agent", userAgent)
	_, _, err := a.do(ctx, bye)
	a.finish(c)
	if err != nil {
		return c.media.heard(), err
	}
	a.tell(ctx, c)
	return c.media.heard(), nil
}

// end takes a BYE; false when it belongs to no call.
func (a *agent) end(bye *sip.Message) bool {
	c := a.find(bye.CallID())
	if c == nil || c.receive(bye) != nil {
		return false
	}
	a.finish(c)
	a.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		a.tell(ctx, c)
	})
	return true
}

// receive checks a request within the call.
func (c *call) receive(req *sip.Message) error {
	c.agent.mu.Lock()
	defer c.agent.mu.Unlock()
	return c.dialog.Receive(req)
}

func (a *agent) add(c *call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[c.dialog.CallID] = c
}

func (a *agent) find(callID string) *call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[callID]
}

func (a *agent) finish(c *call) {
	a.mu.Lock()
	delete(a.calls, c.dialog.CallID)
	a.mu.Unlock()
	c.over.Do(func() {
		c.media.stop()
		close(c.ended)
	})
}

// mediaAddress is the address of this machine towards the server.
func (a *agent) mediaAddress() netip.Addr {
	t, now, err := a.layer.Reach(a.target, func(transaction.Target, error) {})
	if !now || err != nil || !t.Flow.Local().IsValid() {
		return netip.IPv4Unspecified()
	}
	return t.Flow.Local().Addr().Unmap()
}
