package probe

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"parley/internal/stack/measure"
	"parley/internal/wire/rtp"
	"parley/internal/wire/sdp"
)

// The probe speaks G.711 (RFC 3551 section 4.5.14), which every end of both dialects has.
const (
	payloadType = 0 // PCMU
	clockRate   = 8000
	frame       = 20 * time.Millisecond
	samples     = clockRate * 20 / 1000
)

// media sends a tone from a socket and measures what arrives there.
type media struct {
	socket *net.UDPConn
	local  netip.AddrPort
	began  time.Time
	quit   chan struct{}
	work   sync.WaitGroup
	once   sync.Once

	mu       sync.Mutex
	receiver *measure.Receiver
	sent     uint64
}

func newMedia(address netip.Addr) (*media, error) {
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(address, 0)))
	if err != nil {
		return nil, fmt.Errorf("open media socket: %w", err)
	}
	local, err := netip.ParseAddrPort(socket.LocalAddr().String())
	if err != nil {
		return nil, fmt.Errorf("open media socket: %w", err)
	}
	return &media{socket: socket, local: local, began: time.Now(), quit: make(chan struct{}), receiver: measure.NewReceiver(clockRate)}, nil
}

// offer is the session description of the socket, the same for an answer: there is one codec only.
func (m *media) offer() []byte {
	address := m.local.Addr().String()
	family := "IP4"
	if m.local.Addr().Is6() {
		family = "IP6"
	}
	var d sdp.Description
	d.Session.Add('v', "0")
	d.Session.Add('o', "- 1 1 IN "+family+" "+address)
	d.Session.Add('s', "-")
	d.Session.Add('c', sdp.ConnectionLine(address))
	d.Session.Add('t', "0 0")
	audio := &sdp.Media{Kind: "audio", Port: int(m.local.Port()), Proto: "RTP/AVP"}
	audio.AddCodec(sdp.Codec{PayloadType: payloadType, Name: "PCMU", ClockRate: clockRate})
	audio.AddAttribute("ptime", "20")
	audio.AddAttribute("sendrecv", "")
	d.Media = append(d.Media, audio)
	return d.Bytes()
}

// start sends to an address and receives until stop.
func (m *media) start(to netip.AddrPort) {
	m.work.Go(m.receive)
	m.work.Go(func() { m.send(to) })
}

// stop ends both and waits.
func (m *media) stop() {
	m.once.Do(func() {
		close(m.quit)
		m.socket.Close()
	})
	m.work.Wait()
}

// heard is what was measured up to now.
func (m *media) heard() measure.Totals {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.receiver.Totals()
}

func (m *media) send(to netip.AddrPort) {
	tick := time.NewTicker(frame)
	defer tick.Stop()
	h := rtp.Header{Marker: true, PT: payloadType, Seq: uint16(rand.Uint32()), Timestamp: rand.Uint32(), SSRC: rand.Uint32()}
	packet := make([]byte, 0, rtp.HeaderSize+samples)
	for phase := 0; ; phase += samples {
		select {
		case <-m.quit:
			return
		case <-tick.C:
		}
		packet = appendTone(h.Append(packet[:0]), phase)
		if _, err := m.socket.WriteToUDPAddrPort(packet, to); err == nil {
			m.mu.Lock()
			m.sent++
			m.mu.Unlock()
		}
		h.Marker = false
		h.Seq++
		h.Timestamp += samples
	}
}

func (m *media) receive() {
	buf := make([]byte, 2048)
	for {
		n, _, err := m.socket.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue // such as "port unreachable" for a packet that came too early
		}
		var h rtp.Header
		if h.Parse(buf[:n]) != nil || h.PT != payloadType {
			continue // RTCP, or nothing of ours
		}
		m.mu.Lock()
		m.receiver.Packet(time.Since(m.began), h.Seq, h.Timestamp, len(h.Payload(buf[:n])), false)
		m.mu.Unlock()
	}
}

// appendTone appends 20 ms of a 440 Hz tone that comes and goes every second, as speech does.
func appendTone(dst []byte, phase int) []byte {
	for i := range samples {
		t := float64(phase+i) / clockRate
		level := 8000 * math.Abs(math.Sin(math.Pi*t))
		dst = append(dst, muLaw(int(level*math.Sin(2*math.Pi*440*t))))
	}
	return dst
}

// muLaw compresses a 16-bit sample (ITU-T G.711).
func muLaw(sample int) byte {
	sign := byte(0)
	if sample < 0 {
		sign, sample = 0x80, -sample
	}
	sample = min(sample, 32635) + 132
	exponent := 7
	for mask := 0x4000; exponent > 0 && sample&mask == 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent<<4) | byte(sample>>(exponent+3))&0x0F)
}
