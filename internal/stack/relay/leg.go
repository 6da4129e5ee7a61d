package relay

import (
	"container/heap"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"parley/internal/stack/ice"
	"parley/internal/stack/measure"
	"parley/internal/stack/sockaddr"
	"parley/internal/stack/srtp"
	"parley/internal/wire/audio"
	"parley/internal/wire/stun"
)

// Leg is one endpoint's side of a stream.
type Leg struct {
	Name    string
	stream  *Stream
	worker  *worker
	opts    LegOptions
	sockets sockets
	port    uint16
	local   Local
	closed  bool

	due  time.Duration // when tick wants to be called
	slot int           // in the worker's timers; -1 outside

	remote      *Remote
	agent       *ice.Agent
	connected   bool
	failed      bool
	onConnected func(Selected)
	onFailed    func(error)

	// Where media may come from and goes to, of RTP and RTCP.
	signalled [2]sockaddr.Raw
	source    [2]sockaddr.Raw // the one that the last accepted packet came from
	target    [2]sockaddr.Raw

	in, out   *srtp.Context // nil: plain
	sdes      *srtp.Context // under our SDES key; kept while unused, since its packet count must never start again
	inKey     srtp.Crypto   // what in was made of
	keyed     bool          // the keys are there, or none are needed
	handshake *srtp.Handshake

	send, receives bool // Directions as SetDirection has them
	peer           *Leg
	routes         [128]route
	converters     [3][3]*audio.Converter
	sender         sender
	pace           pacer
	digits         digits
	sources        []*source
	forgotten      int // sources that gave way to newer ones and were reported
	trips          measure.RoundTrips
	control        control
	count          Dropped
	since          time.Duration
	nextInterval   time.Duration
}

func newLeg(st *Stream, name string, o LegOptions, s sockets, port uint16) *Leg {
	r := st.session.relay
	l := &Leg{
		Name: name, stream: st, worker: st.session.worker, opts: o, sockets: s, port: port, slot: -1,
		local: newLocal(r, port), send: true, receives: true, since: r.now(),
	}
	l.local.Lite = o.Lite
	l.sender.ssrc = l.local.SSRC
	l.nextInterval = l.since + r.cfg.Interval
	l.newAgent()
	return l
}

func newSource() (ssrc uint32, cname string) {
	var b [16]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:]) | 1, base64.RawURLEncoding.EncodeToString(b[4:])
}

func (l *Leg) newAgent() {
	l.agent = ice.NewAgent(ice.Config{
		Components: ice.RTCP, Local: l.local.Candidates, Ufrag: l.local.Ufrag, Pwd: l.local.Pwd, Lite: l.opts.Lite,
		Send: func(component int, to netip.AddrPort, b []byte) {
			addr := sockaddr.Of(to)
			sendNow(l.sockets.to(component, &addr), &addr, b)
		},
	})
}

// Local tells what to write into the SDP.
func (l *Leg) Local() Local {
	l.worker.mu.Lock()
	defer l.worker.mu.Unlock()
	return l.local
}

// RestartICE makes new ICE credentials, for a re-INVITE that restarts or that answers a restart. Media goes on over the
// old pair until SetRemote's checks have found a new one.
func (l *Leg) RestartICE() Local {
	l.worker.mu.Lock()
	defer l.worker.mu.Unlock()
	l.local.Ufrag, l.local.Pwd = ice.NewCredentials()
	l.newAgent()
	l.connected = false
	if l.remote != nil {
		l.remote.Ufrag = ""
	}
	return l.local
}

// OnConnected sets what is told when media can flow. It is called off the media path; a leg that is connected already
// tells at once.
func (l *Leg) OnConnected(f func(Selected)) {
	l.worker.mu.Lock()
	defer l.worker.mu.Unlock()
	l.onConnected = f
	if l.connected && f != nil {
		sel := l.selection()
		l.notify(func() { f(sel) })
	}
}

// OnFailed sets what is told when ICE or DTLS gives up.
func (l *Leg) OnFailed(f func(error)) {
	l.worker.mu.Lock()
	defer l.worker.mu.Unlock()
	l.onFailed = f
}

// SetDirection opens and closes the leg: send is towards the endpoint, receive is from it. Both are open at first.
// Reports and checks go on while a leg is held.
func (l *Leg) SetDirection(send, receive bool) {
	l.worker.mu.Lock()
	defer l.worker.mu.Unlock()
	l.send, l.receives = send, receive
}

// Close ends the leg; its streams are reported.
func (l *Leg) Close() {
	l.worker.mu.Lock()
	defer l.worker.mu.Unlock()
	l.close()
}

// close does it; the worker's mu is held.
func (l *Leg) close() {
	if l.closed {
		return
	}
	l.conclude()
	l.dismantle()
}

// conclude says goodbye and reports, while the leg still knows its partner.
func (l *Leg) conclude() {
	now := l.stream.session.relay.now()
	l.goodbye(now)
	for _, s := range l.sources {
		l.report(s, now, true)
	}
	if len(l.sources) == 0 && l.remote != nil {
		l.report(nil, now, true)
	}
}

// dismantle frees what the leg holds.
func (l *Leg) dismantle() {
	l.closed = true
	st := l.stream
	for i, o := range st.legs {
		if o == l {
			st.legs = append(st.legs[:i], st.legs[i+1:]...)
			break
		}
	}
	if l.peer != nil {
		l.peer.peer = nil
		l.peer.reroute()
		l.peer = nil
	}
	heap.Remove(&l.worker.timers, l.slot)
	l.worker.unwatch(l.sockets)
	st.session.relay.ports.close(l.sockets, l.port)
	l.endHandshake()
}

// notify queues a callback; the worker's mu is held.
func (l *Leg) notify(f func()) { l.stream.session.relay.notices.add(f) }

// fail tells that the leg cannot be connected.
func (l *Leg) fail(err error) {
	if l.failed || l.closed {
		return
	}
	l.failed = true
	err = fmt.Errorf("leg %s of session %s: %w", l.Name, l.stream.session.ID, err)
	l.stream.session.relay.cfg.Log.Warn("media leg failed", "session", l.stream.session.ID, "leg", l.Name, "err", err)
	if f := l.onFailed; f != nil {
		l.notify(func() { f(err) })
	}
}

// form is the STUN form to begin with.
func (i ICE) form() stun.Form {
	if i == MicrosoftICE {
		return stun.Microsoft
	}
	return stun.Standard
}
