package call

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"parley/internal/dialect"
	"parley/internal/dialect/lync"
	"parley/internal/dialect/standard"
	"parley/internal/stack/ice"
	"parley/internal/stack/relay"
	"parley/internal/stack/srtp"
	"parley/internal/wire/sdp"
)

// negotiation is the offer/answer state of a leg (RFC 3264).
type negotiation struct {
	id      string // sess-id of our o= lines
	version int    // of our last description
	last    string // our last description, without its version
	body    []byte // our last description
	slots   []*slot
	media   map[*stream]MediaLeg
	secure  standard.Security // how offers to a standard endpoint ask for encryption
	numbers map[string]uint8  // payload types by codec, which must not change in a session (RFC 3264 section 8.3.2)
	offered bool              // the first offer was ours: we control ICE
	asking  bool              // our offer in a 200 waits for its answer in the ACK
	final   bool              // the final description of MS-ICE2 was sent
}

// slot is one m= line. Lines are never removed (RFC 3264 section 8).
type slot struct {
	stream   *stream // nil when this call does not carry it
	local    dialect.Stream
	remote   *dialect.Stream // nil until the endpoint's description
	wish     sdp.Direction   // what the endpoint would have of itself, where it was not made to answer to a hold
	selected *relay.Selected // once connectivity checks chose
	key      *sdp.Crypto     // of theirs, in use
	dtls     bool
}

func (s *slot) active() bool { return s.stream != nil && !s.local.Refused }

// slotOf finds the line of a stream.
func (n *negotiation) slotOf(st *stream) *slot {
	for _, s := range n.slots {
		if s.stream == st {
			return s
		}
	}
	return nil
}

// mediaLeg makes the leg's end of a stream when it has none.
func (l *leg) mediaLeg(st *stream) (MediaLeg, error) {
	if m := l.session.media[st]; m != nil {
		return m, nil
	}
	m, err := st.relay.AddLeg(l.name)
	if err != nil {
		return nil, fmt.Errorf("add %s to the media relay: %w", st.kind, err)
	}
	if l.session.media == nil {
		l.session.media = map[*stream]MediaLeg{}
	}
	l.session.media[st] = m
	m.OnFailed(func(err error) { l.call.post(func() { l.disconnected(st, err) }) })
	m.OnConnected(func(sel relay.Selected) { l.call.post(func() { l.connected(st, sel) }) })
	return m, nil
}

func (l *leg) closeMedia() {
	for _, m := range l.session.media {
		m.Close()
	}
	l.session.media = nil
}

// write turns the slots into the description that the endpoint is sent. The version grows when it differs from the last.
func (l *leg) write() {
	n := &l.session
	if n.id == "" {
		n.id = strconv.FormatInt(l.call.record.Started.Unix(), 10)
	}
	s := dialect.Session{Origin: sdp.Origin{Username: "-", SessionID: n.id, Version: "0", Address: l.ownAddress()}}
	for _, sl := range n.slots {
		s.Streams = append(s.Streams, sl.local)
	}
	text := string(l.format(&s).Bytes())
	if text != n.last {
		n.last = text
		n.version++
	}
	s.Origin.Version = strconv.Itoa(n.version)
	n.body = l.format(&s).Bytes()
}

func (l *leg) ownAddress() string {
	for _, m := range l.session.media {
		own := m.Local()
		return own.Towards(l.peerAddress()).String()
	}
	return "0.0.0.0"
}

// peerAddress is where the endpoint wants media, or while that is not known where its signalling comes from: media towards
// it is offered in the same family.
func (l *leg) peerAddress() netip.Addr {
	for _, sl := range l.session.slots {
		if sl.remote != nil && sl.remote.Transport.RTP.IsValid() && !sl.remote.Transport.RTP.Addr().IsUnspecified() {
			return sl.remote.Transport.RTP.Addr()
		}
	}
	if l.target.Flow != nil {
		return l.target.Flow.Remote().Addr().Unmap()
	}
	return netip.Addr{}
}

func (l *leg) format(s *dialect.Session) *sdp.Description {
	if l.kind == dialect.Lync {
		d, changes := lync.Write(s)
		l.changed(changes...)
		return d
	}
	return standard.Write(s)
}

// fill completes the transport of a line that we write: where we receive and with which keys. In an offer everything that
// we can do is told, in an answer what was chosen.
func (l *leg) fill(sl *slot, offering bool) error {
	m, err := l.mediaLeg(sl.stream)
	if err != nil {
		return err
	}
	own := m.Local()
	addr := own.Towards(l.peerAddress())
	t := dialect.Transport{
		RTP: netip.AddrPortFrom(addr, own.RTP), RTCP: netip.AddrPortFrom(addr, own.RTCP),
		SSRC: own.SSRC, CNAME: own.CNAME,
	}
	if offering && sl.remote == nil || sl.remote != nil && sl.remote.Transport.ICE() {
		t.Ufrag, t.Pwd = own.Ufrag, own.Pwd
		for _, c := range own.Candidates {
			if l.kind == dialect.Lync && c.Addr.Addr() != addr {
				continue // such clients take candidates of one family only, that of c=
			}
			t.Candidates = append(t.Candidates, candidateOf(c))
		}
	}
	key := sdp.Crypto{Tag: own.Crypto.Tag, Suite: string(own.Crypto.Suite), Key: append(own.Crypto.Key[:], own.Crypto.Salt[:]...)}
	if key.Tag == 0 {
		key.Tag = 1
	}
	switch {
	case !offering:
		t.Mux = sl.remote.Transport.Mux
		if sl.key != nil {
			key.Tag, key.Suite = sl.key.Tag, sl.key.Suite
			t.Crypto = []sdp.Crypto{key}
		}
		if sl.dtls {
			t.Fingerprint, t.Setup = own.Fingerprint, answerSetup(sl.remote.Transport.Setup)
		}
	case sl.remote != nil: // a further offer keeps what is in use
		t.Mux = sl.remote.Transport.Mux
		if sl.key != nil {
			t.Crypto = []sdp.Crypto{key}
		}
		if sl.dtls {
			t.Fingerprint, t.Setup = own.Fingerprint, "actpass"
		}
	case l.call.svc.Encryption == EncryptionOff:
	default:
		t.Crypto = []sdp.Crypto{key}
		if l.kind == dialect.Standard {
			t.Fingerprint, t.Setup = own.Fingerprint, "actpass"
		}
	}
	sl.local.Transport = t
	l.chooseProto(sl, offering)
	l.narrow(sl)
	return nil
}

// answerSetup is our role in DTLS: passive where the offerer leaves the choice. RFC 5763 section 5 would rather have it
// active, but as a server linphone does not ask for our certificate and then misses its fingerprint.
func answerSetup(offered string) string {
	if offered == "passive" {
		return "active"
	}
	return "passive"
}

func (l *leg) chooseProto(sl *slot, offering bool) {
	secure := sl.key != nil
	switch {
	case !offering && l.kind == dialect.Lync:
		sl.local.Proto = lync.AnswerProto(sl.remote.Proto, secure)
	case !offering:
		sl.local.Proto = sl.remote.Proto
	case l.kind == dialect.Lync:
		sl.local.Proto = lync.AnswerProto(lync.ProtoOptional, secure || l.call.svc.Encryption == EncryptionRequired)
	case sl.remote != nil && sl.local.Proto != "":
		// The profile that the dialog uses stays.
	default:
		standard.Secure(&sl.local, l.session.secure, sl.stream.kind == "video")
	}
}

// narrow leaves only the chosen candidates in a description to a Lync-dialect client after the checks: its final
// description names them and the other side's, in a=remote-candidates.
func (l *leg) narrow(sl *slot) {
	if l.kind != dialect.Lync || sl.remote == nil {
		return
	}
	t := &sl.local.Transport
	var chosen []sdp.RemoteCandidate
	var own []netip.AddrPort
	switch {
	case len(sl.remote.Transport.Chosen) > 0 && l.offering == nil:
		for _, c := range sl.remote.Transport.Candidates {
			if a, ok := c.AddrPort(); ok && c.UDP() {
				chosen = append(chosen, sdp.RemoteCandidate{Component: c.Component, Address: a})
			}
		}
		for _, r := range sl.remote.Transport.Chosen {
			own = append(own, r.Address)
		}
	case sl.selected != nil && sl.selected.RTP.Remote.Addr.IsValid() && sl.selected.RTCP.Remote.Addr.IsValid():
		chosen = []sdp.RemoteCandidate{{Component: 1, Address: sl.selected.RTP.Remote.Addr}, {Component: 2, Address: sl.selected.RTCP.Remote.Addr}}
		own = []netip.AddrPort{sl.selected.RTP.Local.Addr, sl.selected.RTCP.Local.Addr}
	default:
		return
	}
	t.Chosen = chosen
	var kept []sdp.Candidate
	for _, c := range t.Candidates {
		a, ok := c.AddrPort()
		for _, o := range own {
			if ok && a == o {
				kept = append(kept, c)
				break
			}
		}
	}
	if len(kept) > 0 {
		t.Candidates = kept
	}
}

func candidateOf(c ice.Candidate) sdp.Candidate {
	return sdp.Candidate{Foundation: c.Foundation, Component: c.Component, Transport: c.Transport, Priority: c.Priority,
		Address: c.Addr.Addr().String(), Port: int(c.Addr.Port()), Type: c.Type, Related: c.Related}
}

// chooseKeys decides how a stream is encrypted, from what the endpoint offered or answered and what the server wants.
func (l *leg) chooseKeys(sl *slot) error {
	if err := l.agreeKeys(sl); err != nil {
		return err
	}
	plain := sl.key == nil && !sl.dtls
	switch policy := l.call.svc.Encryption; {
	case policy == EncryptionRequired && plain:
		return errPlain
	case policy == EncryptionOff && !plain:
		if strings.Contains(sl.remote.Proto, "SAVP") {
			return errEncrypted
		}
		sl.key, sl.dtls = nil, false
	}
	return nil
}

func (l *leg) agreeKeys(sl *slot) error {
	t := &sl.remote.Transport
	sl.key, sl.dtls = nil, false
	if strings.Contains(sl.remote.Proto, "TLS") {
		if t.Fingerprint == "" {
			return fmt.Errorf("%s without a=fingerprint", sl.remote.Proto)
		}
		sl.dtls = true
		return nil
	}
	choose := standard.Crypto
	if l.kind == dialect.Lync {
		choose = lync.Crypto
	}
	if key, ok := choose(t.Crypto); ok {
		sl.key = &key
		return nil
	}
	if t.Fingerprint != "" && len(t.Crypto) == 0 {
		sl.dtls = true
		return nil
	}
	if strings.Contains(sl.remote.Proto, "SAVP") {
		return fmt.Errorf("%s without a usable a=crypto", sl.remote.Proto)
	}
	return nil
}

// apply gives the relay what the endpoint's description says of a stream. codecs are those in use on the leg; offered
// tells that the offer was ours.
func (l *leg) apply(sl *slot, codecs []sdp.Codec, offered bool) error {
	m, err := l.mediaLeg(sl.stream)
	if err != nil {
		return err
	}
	t := &sl.remote.Transport
	r := relay.Remote{RTP: t.RTP, RTCP: t.RTCP, Mux: t.Mux && sl.local.Transport.Mux, Ptime: time.Duration(sl.remote.Ptime) * time.Millisecond}
	if l.target.Flow != nil {
		r.SignalledFrom = l.target.Flow.Remote().Addr().Unmap()
	}
	if t.ICE() && sl.local.Transport.Ufrag != "" {
		r.ICE = relay.StandardICE
		if l.kind == dialect.Lync {
			r.ICE = relay.MicrosoftICE
		}
		r.Ufrag, r.Pwd, r.Lite = t.Ufrag, t.Pwd, t.Lite
		r.Controlling = l.session.offered || t.Lite
		for _, c := range t.Candidates {
			if a, ok := c.AddrPort(); ok && c.UDP() && !c.Legacy() {
				r.Candidates = append(r.Candidates, ice.Candidate{Foundation: c.Foundation, Component: c.Component,
					Transport: c.Transport, Priority: c.Priority, Addr: a, Type: c.Type, Related: c.Related})
			}
		}
	}
	if sl.key != nil {
		key, err := srtp.ParseCrypto(sl.key.String())
		if err != nil {
			return err
		}
		r.Crypto = &key
	}
	if sl.dtls {
		active := t.Setup == "active"
		if !offered {
			active = answerSetup(t.Setup) == "passive"
		}
		r.DTLS = &relay.DTLS{Fingerprint: t.Fingerprint, Active: active}
	}
	for _, c := range codecs {
		r.Codecs = append(r.Codecs, relay.Codec{PT: c.PayloadType, Name: c.Name, Rate: c.ClockRate, Channels: c.Channels})
	}
	return m.SetRemote(r)
}
