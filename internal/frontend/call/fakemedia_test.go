package call

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"parley/internal/stack/ice"
	"parley/internal/stack/relay"
	"parley/internal/stack/srtp"
)

// fakeMedia is the media relay without packets.
type fakeMedia struct {
	mu      sync.Mutex
	legs    []*fakeLeg
	bridges []string
	port    uint16
	open    int
	six     bool // there is an IPv6 address as well
}

type fakeSession struct{ *fakeMedia }

type fakeStream struct {
	media *fakeMedia
	kind  relay.Kind
}

type fakeLeg struct {
	media     *fakeMedia
	name      string
	local     relay.Local
	remote    relay.Remote
	send, rec bool
	connected func(relay.Selected)
	failed    func(error)
	digits    []byte
	closed    bool
}

func (m *fakeMedia) NewSession(string) MediaSession {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open++
	return fakeSession{m}
}

func (s fakeSession) AddStream(kind relay.Kind) (MediaStream, error) {
	return &fakeStream{s.fakeMedia, kind}, nil
}

func (s fakeSession) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

func (s *fakeStream) AddLeg(name string) (MediaLeg, error) {
	m := s.media
	m.mu.Lock()
	defer m.mu.Unlock()
	m.port += 2
	port := 40000 + m.port
	addr := netip.MustParseAddr("192.0.2.1")
	l := &fakeLeg{media: m, name: name, local: relay.Local{Addr: addr, RTP: port, RTCP: port + 1, Ufrag: fmt.Sprintf("u%d", port), Pwd: "p0123456789012345678901", SSRC: uint32(port),
		Crypto: srtp.NewCrypto(1, srtp.AES80), Fingerprint: "sha-256 AA:BB", CNAME: "x"}}
	for i := range 2 {
		l.local.Candidates = append(l.local.Candidates, ice.Candidate{Foundation: "1", Component: i + 1, Transport: "UDP", Priority: 2130706431 - uint32(i),
			Addr: netip.AddrPortFrom(addr, port+uint16(i)), Type: ice.Host})
	}
	for i := range 2 {
		if m.six {
			l.local.Candidates = append(l.local.Candidates, ice.Candidate{Foundation: "2", Component: i + 1, Transport: "UDP", Priority: 2130706687 - uint32(i),
				Addr: netip.AddrPortFrom(netip.MustParseAddr("2001:db8::1"), port+uint16(i)), Type: ice.Host})
		}
	}
	m.legs = append(m.legs, l)
	return l, nil
}

func (s *fakeStream) Bridge(a, b MediaLeg) {
	s.media.mu.Lock()
	defer s.media.mu.Unlock()
	s.media.bridges = append(s.media.bridges, a.(*fakeLeg).name+"+"+b.(*fakeLeg).name)
}

func (l *fakeLeg) do(f func()) {
	l.media.mu.Lock()
	defer l.media.mu.Unlock()
	f()
}

func (l *fakeLeg) Local() (out relay.Local)           { l.do(func() { out = l.local }); return out }
func (l *fakeLeg) SetRemote(r relay.Remote) error     { l.do(func() { l.remote = r }); return nil }
func (l *fakeLeg) SetDirection(send, receive bool)    { l.do(func() { l.send, l.rec = send, receive }) }
func (l *fakeLeg) OnConnected(f func(relay.Selected)) { l.do(func() { l.connected = f }) }
func (l *fakeLeg) OnFailed(f func(error))             { l.do(func() { l.failed = f }) }
func (l *fakeLeg) RestartICE()                        { l.do(func() { l.local.Ufrag += "r" }) }
func (l *fakeLeg) SendDigit(d byte) error {
	var known bool
	l.do(func() {
		known = slices.ContainsFunc(l.remote.Codecs, func(c relay.Codec) bool { return c.Name == "telephone-event" })
	})
	if !known {
		return errors.New("the endpoint did not agree on telephone-event")
	}
	l.do(func() { l.digits = append(l.digits, d) })
	return nil
}
func (l *fakeLeg) Close() { l.do(func() { l.closed = true }) }

// leg returns the last media leg of a name.
func (m *fakeMedia) leg(t *testing.T, name string) *fakeLeg {
	t.Helper()
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range slices.Backward(m.legs) {
		if l.name == name {
			return l
		}
	}
	t.Fatalf("no media leg %s", name)
	return nil
}

// nominate tells the call that the leg's checks chose the peer's first candidates.
func (l *fakeLeg) nominate() {
	synctest.Wait()
	var told func(relay.Selected)
	var sel relay.Selected
	l.do(func() {
		told = l.connected
		sel.RTP = relay.Pair{Local: l.local.Candidates[0], Remote: l.remote.Candidates[0]}
		sel.RTCP = relay.Pair{Local: l.local.Candidates[1], Remote: l.remote.Candidates[1]}
	})
	told(sel)
}
