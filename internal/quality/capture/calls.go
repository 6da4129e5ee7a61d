package capture

import (
	"net/netip"
	"strings"
	"time"

	"parley/internal/wire/hep"
	"parley/internal/wire/sdp"
	"parley/internal/wire/sip"
)

// Ways in which a packet was brought to its call.
const (
	byCallID      = "call-id"
	byAddress     = "address"
	bySSRC        = "ssrc"
	byCorrelation = "correlation-id"
	byNothing     = "none"
)

const (
	maxCalls   = 20_000
	maxStreams = 8 // of one side of one call
	// quiet is how long after the last packet a call is over, settled how long
	// after its BYE.
	quiet   = 2 * time.Minute
	settled = 5 * time.Second
)

// calls is what captured SIP told, and the streams of each call.
type calls struct {
	byID map[string]*call
	at   map[netip.AddrPort]place
	ssrc map[uint32]place
}

// place is an end of a media line.
type place struct {
	call *call
	side Side
	line int
}

type call struct {
	id             string
	tagA, tagB     string
	caller, callee string
	// known tells that SIP was captured of it.
	known       bool
	began, last time.Time
	ended       time.Time
	lines       []line
	streams     map[streamKey]*stream
	lastSR      [3]map[uint32]time.Time // by Side: when a sender report came by, by the middle of its NTP time
	half        [3]time.Duration        // by Side: from the agent to that side and back
	addresses   []netip.AddrPort
	ssrcs       []uint32
}

type line struct {
	label string
	codec [3]string // by Side that receives it
	clock [3]int
}

func newCalls() *calls {
	return &calls{byID: map[string]*call{}, at: map[netip.AddrPort]place{}, ssrc: map[uint32]place{}}
}

// open finds or makes a call; the oldest gives way when there are too many.
func (c *calls) open(id string, at time.Time) (found *call, gone []Reading) {
	k := c.byID[id]
	if k == nil {
		if len(c.byID) >= maxCalls {
			gone = c.evict()
		}
		k = &call{id: id, began: at, streams: map[streamKey]*stream{}}
		c.byID[id] = k
	}
	k.last = at
	return k, gone
}

// evict ends the call that was silent for longest.
func (c *calls) evict() []Reading {
	var oldest *call
	for _, k := range c.byID {
		if oldest == nil || k.last.Before(oldest.last) {
			oldest = k
		}
	}
	return c.remove(oldest)
}

func (c *calls) remove(k *call) []Reading {
	delete(c.byID, k.id)
	for _, a := range k.addresses {
		if c.at[a].call == k {
			delete(c.at, a)
		}
	}
	for _, s := range k.ssrcs {
		if c.ssrc[s].call == k {
			delete(c.ssrc, s)
		}
	}
	return k.finals()
}

// expire ends the calls that are over.
func (c *calls) expire(now time.Time) []Reading {
	var out []Reading
	for _, k := range c.byID {
		if !k.ended.IsZero() && now.Sub(k.ended) > settled || now.Sub(k.last) > quiet {
			out = append(out, c.remove(k)...)
		}
	}
	return out
}

// finish ends all calls.
func (c *calls) finish() []Reading {
	var out []Reading
	for _, k := range c.byID {
		out = append(out, c.remove(k)...)
	}
	return out
}

// learn takes what a captured SIP message tells of its dialog and its media.
func (c *calls) learn(m *sip.Message, p *hep.Packet) []Reading {
	id := m.CallID()
	_, method, err := m.CSeq()
	if id == "" || err != nil || method != "INVITE" && method != "ACK" && method != "BYE" && method != "UPDATE" && method != "PRACK" && c.byID[id] == nil {
		return nil
	}
	if c.byID[id] == nil && method != "INVITE" {
		return nil
	}
	k, gone := c.open(id, p.Time)
	k.known = true
	from, errFrom := m.From()
	to, errTo := m.To()
	if errFrom != nil || errTo != nil {
		return gone
	}
	if k.tagA == "" { // the first message is of the initiator's INVITE
		k.tagA, k.caller, k.callee = from.Tag(), aor(from), aor(to)
	}
	fromSide := Initiator
	if from.Tag() != k.tagA {
		fromSide = Responder
	}
	if tag := to.Tag(); fromSide == Initiator && tag != "" && k.tagB == "" && !m.IsRequest() && m.StatusCode() < 300 {
		k.tagB = tag
	}
	author := fromSide
	if !m.IsRequest() {
		author = fromSide.other()
	}
	if method == "BYE" && (m.IsRequest() || m.StatusCode() < 300) {
		k.ended = p.Time
	}
	if method == "INVITE" && !m.IsRequest() && m.StatusCode() >= 300 && m.StatusCode() != 401 && m.StatusCode() != 407 && k.tagB == "" {
		k.ended = p.Time
	}
	if strings.EqualFold(m.MediaType(), "application/sdp") {
		if d, err := sdp.Parse(m.Body()); err == nil {
			c.media(k, author, d)
		}
	}
	return gone
}

// aor is user@domain.
func aor(a sip.Addr) string {
	_, address, _ := strings.Cut(a.URI.AOR(), ":")
	return address
}

// media takes the addresses at which a side receives.
func (c *calls) media(k *call, side Side, d *sdp.Description) {
	for i, m := range d.Media {
		if i >= maxStreams {
			return
		}
		for len(k.lines) <= i {
			k.lines = append(k.lines, line{label: "main-audio"})
		}
		l := &k.lines[i]
		switch m.Kind {
		case "audio":
		case "video":
			l.label = "main-video"
		default:
			l.label = "data"
		}
		if list := m.Codecs(); len(list) > 0 {
			l.codec[side], l.clock[side] = list[0].Name, list[0].ClockRate
		}
		text, ok := d.Address(m)
		addr, err := netip.ParseAddr(text)
		if !ok || err != nil || m.Refused() || addr.IsUnspecified() {
			continue
		}
		addr = addr.Unmap()
		c.put(netip.AddrPortFrom(addr, uint16(m.Port)), k, side, i)
		if host, port, ok := m.RTCP(); ok {
			if a, err := netip.ParseAddr(host); err == nil {
				addr = a.Unmap()
			}
			c.put(netip.AddrPortFrom(addr, uint16(port)), k, side, i)
		} else if m.Port < 65535 {
			c.put(netip.AddrPortFrom(addr, uint16(m.Port+1)), k, side, i)
		}
	}
}

// maxAddresses bounds those of one call: each new offer may bring more.
const maxAddresses = 128

func (c *calls) put(a netip.AddrPort, k *call, side Side, line int) {
	if old, ok := c.at[a]; !ok || old.call != k {
		if len(k.addresses) >= maxAddresses {
			return
		}
		k.addresses = append(k.addresses, a)
	}
	c.at[a] = place{k, side, line}
}

// find brings a packet to its call: where its author is in it, and how that was
// found. SIP of the call may not have been captured; then there is only a name.
func (c *calls) find(p *hep.Packet, callID string, ssrcs ...uint32) (at place, how string, gone []Reading) {
	if callID == "" {
		callID = p.Correlation
	}
	k := c.byID[callID]
	if k != nil && k.known {
		k.last = p.Time
		at, _ = c.where(p, k, ssrcs)
		at.call = k
		return at, byCallID, nil
	}
	if at, how := c.where(p, nil, ssrcs); at.call != nil {
		at.call.last = p.Time
		return at, how, nil
	}
	how = byCorrelation
	if callID == "" {
		// Without anything else the two ends name the call.
		a, b := p.Src, p.Dst
		if b.Compare(a) < 0 {
			a, b = b, a
		}
		callID, how = "rtcp:"+a.String()+"-"+b.String(), byNothing
	}
	k, gone = c.open(callID, p.Time)
	return place{call: k, side: k.ends(p)}, how, gone
}

// where finds the author of a packet by the addresses of the packet, then by
// the SSRCs that it names; want limits it to one call.
func (c *calls) where(p *hep.Packet, want *call, ssrcs []uint32) (at place, how string) {
	if at, ok := c.at[p.Src]; ok && (want == nil || at.call == want) {
		return at, byAddress
	}
	if at, ok := c.at[p.Dst]; ok && (want == nil || at.call == want) {
		at.side = at.side.other()
		return at, byAddress
	}
	for i, s := range ssrcs {
		at, ok := c.ssrc[s]
		if !ok || want != nil && at.call != want {
			continue
		}
		if i > 0 { // the first is the author's own, others are of what it received
			at.side = at.side.other()
		}
		return at, bySSRC
	}
	return place{}, ""
}

// ends tells the sides of a call of which no SIP was captured: the first author
// is taken for the initiator.
func (k *call) ends(p *hep.Packet) Side {
	if len(k.addresses) == 0 {
		k.addresses = append(k.addresses, p.Src)
	}
	if p.Src == k.addresses[0] {
		return Initiator
	}
	return Responder
}

// own notes which end sends with an SSRC.
func (c *calls) own(s uint32, at place) {
	if s == 0 || at.side == Unknown || c.ssrc[s] == at || len(at.call.ssrcs) >= maxAddresses {
		return
	}
	if c.ssrc[s].call != at.call {
		at.call.ssrcs = append(at.call.ssrcs, s)
	}
	c.ssrc[s] = at
}
