package capture

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/quality/metric"
	"parley/internal/wire/hep"
)

// sink keeps what it is given.
type sink struct {
	mu       sync.Mutex
	readings []Reading
	reports  []string
	came     chan struct{}
}

func newSink() *sink { return &sink{came: make(chan struct{}, 1000)} }

func (s *sink) Read(r Reading) {
	s.mu.Lock()
	s.readings = append(s.readings, r)
	s.mu.Unlock()
	s.came <- struct{}{}
}

func (s *sink) Report(body []byte, agent string) {
	s.mu.Lock()
	s.reports = append(s.reports, agent+": "+string(body))
	s.mu.Unlock()
	s.came <- struct{}{}
}

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }

// tape is a collector that is given packets, at a time.
type tape struct {
	*Collector
	*sink
	t   *testing.T
	now time.Time
}

func newTape(t *testing.T) *tape {
	w := &tape{sink: newSink(), t: t, now: start}
	w.Collector = New(Config{Sink: w.sink, Now: func() time.Time { return w.now }})
	return w
}

var (
	aliceAt = netip.MustParseAddrPort("192.0.2.1:5060")
	bobAt   = netip.MustParseAddrPort("192.0.2.2:5060")
)

func (w *tape) play(p *hep.Packet) {
	w.t.Helper()
	b, err := p.Append(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = p.Time
	w.Take(b)
}

func message(first, from, to, cseq, sdp string) []byte {
	m := first + "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: " + from + "\r\nTo: " + to + "\r\nCall-ID: a-call\r\nCSeq: " + cseq + "\r\n"
	if sdp != "" {
		m += "Content-Type: application/sdp\r\n"
	}
	return []byte(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", m, len(sdp), sdp))
}

func offer(host string, port int, extra string) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 9\r\na=rtpmap:9 G722/8000\r\n%s", host, host, port, extra)
}

const (
	alice  = "<sip:Alice@parley.test>;tag=a1"
	bob    = "<sip:bob@parley.test>"
	bobTag = bob + ";tag=b1"
)

// setUp plays the SIP of a call of Alice's to Bob.
func (w *tape) setUp() {
	invite := message("INVITE sip:bob@parley.test SIP/2.0", alice, bob, "1 INVITE", offer("192.0.2.1", 40000, ""))
	ok := message("SIP/2.0 200 OK", alice, bobTag, "1 INVITE", offer("192.0.2.2", 50000, "a=rtcp:50007\r\n"))
	w.play(&hep.Packet{Src: aliceAt, Dst: bobAt, Time: at(0), Type: hep.SIP, Payload: invite})
	w.play(&hep.Packet{Src: bobAt, Dst: aliceAt, Time: at(1), Type: hep.SIP, Payload: ok})
}

// rtcp plays a report as heplify sends it.
func (w *tape) rtcp(seconds float64, src, dst string, correlation string, r *hep.Report) {
	payload, err := r.JSON()
	if err != nil {
		w.t.Fatal(err)
	}
	w.play(&hep.Packet{Src: netip.MustParseAddrPort(src), Dst: netip.MustParseAddrPort(dst), Time: at(seconds), Type: hep.RTCP, Node: "edge",
		Correlation: correlation, Payload: payload})
}

func (w *tape) bye(seconds float64) {
	w.play(&hep.Packet{Src: bobAt, Dst: aliceAt, Time: at(seconds), Type: hep.SIP, Payload: message("BYE sip:alice SIP/2.0", bobTag, alice, "7 BYE", "")})
}

func blocks(source uint32, fraction uint8, lost int32, highest, jitter uint32) []hep.Block {
	return []hep.Block{{Source: source, Fraction: fraction, Lost: lost, Highest: highest, Jitter: jitter}}
}

const (
	rtcpOfAlice, rtcpOfBob = "192.0.2.1:40001", "192.0.2.2:50007"
	ssrcAlice, ssrcBob     = 0xa11ce, 0xb0b
)

func (r *Reading) value(t *testing.T, id metric.ID) float64 {
	t.Helper()
	v, ok := r.Values.Get(id)
	if !ok {
		t.Errorf("there is no %s", id)
	}
	return v
}

func TestRTCPFindsItsCallByTheAddressesOfTheOffer(t *testing.T) {
	w := newTape(t)
	w.setUp()
	w.rtcp(5, rtcpOfBob, rtcpOfAlice, "", &hep.Report{SSRC: ssrcBob, Type: 201, Blocks: blocks(ssrcAlice, 64, 50, 1250, 80)})
	w.rtcp(10, rtcpOfBob, rtcpOfAlice, "", &hep.Report{SSRC: ssrcBob, Type: 201, Blocks: blocks(ssrcAlice, 0, 50, 1500, 160)})
	if len(w.readings) != 2 {
		t.Fatalf("%d readings", len(w.readings))
	}
	r := w.readings[0]
	if r.CallID != "a-call" || r.TagA != "a1" || r.TagB != "b1" || r.Correlation != byAddress || r.Sender != Initiator || r.Caller != "alice@parley.test" ||
		r.Callee != "bob@parley.test" || r.Final || r.Codec != "G722" || r.Agent != "edge" || r.Source.String() != rtcpOfAlice {
		t.Errorf("%+v", r)
	}
	if v := r.value(t, metric.LossRate); v != 0.25 {
		t.Errorf("loss %v", v)
	}
	if v := r.value(t, metric.Jitter); v != 10 {
		t.Errorf("jitter %v ms", v)
	}
	w.bye(12)
	w.expire(at(30))
	if len(w.readings) != 3 {
		t.Fatalf("%d readings after the end", len(w.readings))
	}
	final := w.readings[2]
	if !final.Final || !final.Ended.Equal(at(10)) || final.value(t, metric.Jitter) != 15 || final.value(t, metric.LossRateMax) != 0.25 || final.value(t, metric.LossRate) != 0 {
		t.Errorf("%+v", final)
	}
	if len(w.calls.byID)+len(w.calls.at)+len(w.calls.ssrc) != 0 {
		t.Error("the call is not forgotten")
	}
}

func TestWaysOfCorrelation(t *testing.T) {
	for _, c := range []struct {
		name, src, dst, correlation, want string
		sip                               bool
		sender                            Side
	}{
		{"call-id in the packet, unknown addresses", "10.0.0.1:1", "10.0.0.2:2", "a-call", byCallID, true, Unknown},
		{"call-id and address", rtcpOfAlice, "10.0.0.2:2", "a-call", byCallID, true, Responder},
		{"address of the receiver", "10.0.0.1:1", rtcpOfAlice, "", byAddress, true, Initiator},
		{"RTP port of a pair that multiplexes", "192.0.2.1:40000", "10.0.0.2:2", "", byAddress, true, Responder},
		{"nothing but a number", "10.0.0.1:1", "10.0.0.2:2", "x-1", byCorrelation, false, Responder},
		{"nothing", "10.0.0.1:1", "10.0.0.2:2", "", byNothing, false, Responder},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTape(t)
			if c.sip {
				w.setUp()
			}
			w.rtcp(5, c.src, c.dst, c.correlation, &hep.Report{SSRC: 1, Type: 201, Blocks: blocks(2, 0, 0, 100, 8)})
			if len(w.readings) != 1 || w.readings[0].Correlation != c.want || w.readings[0].Sender != c.sender {
				t.Fatalf("%+v", w.readings)
			}
			if want := uint64(0); c.want == byNothing && w.Counts().Uncorrelated == want {
				t.Error("not counted")
			}
		})
	}
}

// After a change of address, the SSRC still tells.
func TestSSRCIsRemembered(t *testing.T) {
	w := newTape(t)
	w.setUp()
	w.rtcp(5, rtcpOfBob, rtcpOfAlice, "", &hep.Report{SSRC: ssrcBob, Type: 201, Blocks: blocks(ssrcAlice, 0, 0, 100, 8)})
	w.rtcp(10, "10.9.9.9:1", "10.9.9.8:2", "", &hep.Report{SSRC: ssrcBob, Type: 201, Blocks: blocks(ssrcAlice, 0, 0, 200, 8)})
	last := w.readings[len(w.readings)-1]
	if last.CallID != "a-call" || last.Sender != Initiator || len(w.calls.byID) != 1 {
		t.Errorf("%+v", last)
	}
	w.rtcp(11, "10.9.9.9:1", "10.9.9.8:2", "", &hep.Report{SSRC: ssrcAlice, Type: 201, Blocks: blocks(ssrcBob, 0, 0, 200, 8)})
	if last := w.readings[len(w.readings)-1]; last.Correlation != bySSRC || last.Sender != Responder {
		t.Errorf("%+v", last)
	}
}

// The agent is between the ends: the ways to both together are the round trip.
func TestRoundTripThroughTheAgent(t *testing.T) {
	w := newTape(t)
	w.setUp()
	sender := func(seconds uint32) *hep.Sender { return &hep.Sender{Seconds: seconds, Packets: 500} }
	answer := func(source, seconds uint32) []hep.Block {
		return []hep.Block{{Source: source, Highest: 100, LastSR: seconds << 16, Delay: 65536}} // one second later
	}
	w.rtcp(5, rtcpOfAlice, rtcpOfBob, "", &hep.Report{SSRC: ssrcAlice, Type: 200, Sender: sender(7)})
	w.rtcp(6.030, rtcpOfBob, rtcpOfAlice, "", &hep.Report{SSRC: ssrcBob, Type: 200, Sender: sender(9), Blocks: answer(ssrcAlice, 7)})
	w.rtcp(7.080, rtcpOfAlice, rtcpOfBob, "", &hep.Report{SSRC: ssrcAlice, Type: 200, Sender: sender(10), Blocks: answer(ssrcBob, 9)})
	last := w.readings[len(w.readings)-1]
	if v := last.value(t, metric.RoundTrip); math.Abs(v-80) > 0.1 {
		t.Errorf("round trip %v ms, want 30 to Bob and 50 to Alice", v)
	}
}

func TestStatisticsScoresAndReports(t *testing.T) {
	w := newTape(t)
	w.setUp()
	stats, err := (&hep.Statistics{CallID: "a-call", Src: netip.MustParseAddrPort("192.0.2.1:40000"), Dst: netip.MustParseAddrPort("192.0.2.2:50000"), Final: true,
		At: at(60), Duration: 59 * time.Second, Packets: 990, Expected: 1000, Lost: 10, Jitter: 3, JitterMax: 9, MOS: 4.1, MOSMin: 3.9, R: 88, Reordered: 0,
		Codec: "G722", Clock: 8000}).JSON()
	if err != nil {
		t.Fatal(err)
	}
	w.play(&hep.Packet{Src: aliceAt, Dst: bobAt, Time: at(60), Type: hep.AgentStats, Payload: stats})
	w.play(&hep.Packet{Src: netip.MustParseAddrPort("192.0.2.2:50000"), Dst: netip.MustParseAddrPort("192.0.2.1:40000"), Time: at(61), Type: 100, MOS: 3.5, R: 70, Jitter: 22, Agent: 9})
	w.play(&hep.Packet{Src: aliceAt, Dst: bobAt, Time: at(62), Type: hep.VQReport, Payload: []byte("VQSessionReport"), Node: "edge"})
	if len(w.readings) != 2 || len(w.reports) != 1 || w.reports[0] != "edge: VQSessionReport" {
		t.Fatalf("%+v %v", w.readings, w.reports)
	}
	s := w.readings[0]
	if !s.Final || s.Sender != Initiator || s.value(t, metric.LossRate) != 0.01 || s.value(t, metric.MOSCQ) != 4.1 || !s.Started.Equal(at(1)) {
		t.Errorf("%+v", s)
	}
	if m := w.readings[1]; m.Final || m.Sender != Responder || m.value(t, metric.Jitter) != 22 || m.Agent != "agent 9" {
		t.Errorf("%+v", m)
	}
}

func TestDamagedAndForeignPackets(t *testing.T) {
	w := newTape(t)
	w.cfg.Key = "secret"
	w.Take([]byte("nonsense"))
	w.play(&hep.Packet{Time: at(0), Type: hep.RTCP, Payload: []byte("{}"), Key: "secret"})
	w.play(&hep.Packet{Time: at(0), Type: hep.SIP, Payload: []byte("hello"), Key: "secret"})
	w.play(&hep.Packet{Time: at(0), Type: hep.SIP, Payload: []byte("hello"), Key: "wrong"})
	if c := w.Counts(); c.Packets != 4 || c.Damaged != 3 || c.Refused != 1 {
		t.Errorf("%+v", c)
	}
	w.play(&hep.Packet{Time: at(0).AddDate(-60, 0, 0), Type: 100, MOS: 4, Key: "secret"})
	w.now = at(1)
	w.play(&hep.Packet{Time: at(1), Type: 100, MOS: 4, Key: "secret"})
	if w.readings[1].Ended.Year() != 2026 {
		t.Errorf("an agent's clock is believed: %v", w.readings[0].Ended)
	}
}

func TestCallsAreBounded(t *testing.T) {
	w := newTape(t)
	for i := range maxCalls + 10 {
		w.play(&hep.Packet{Time: at(float64(i) / 1000), Type: 100, MOS: 4, Correlation: fmt.Sprint("c", i)})
		<-w.came
	}
	if n := len(w.calls.byID); n > maxCalls {
		t.Errorf("%d calls", n)
	}
}

func TestSockets(t *testing.T) {
	for _, allowed := range []bool{true, false} {
		s := newSink()
		network := "127.0.0.0/8"
		if !allowed {
			network = "192.0.2.0/24"
		}
		c, err := Open(Config{UDP: []string{"127.0.0.1:0"}, TCP: []string{"127.0.0.1:0"}, Allow: []netip.Prefix{netip.MustParsePrefix(network)}, Sink: s})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		packet, err := (&hep.Packet{Time: time.Now(), Type: hep.VQReport, Payload: []byte("x"), Node: strings.Repeat("n", 400)}).Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range c.Addrs() {
			conn, err := net.Dial(a.Network(), a.String())
			if err != nil {
				t.Fatal(err)
			}
			many := 1
			if a.Network() == "tcp" {
				many = 3
				packet = append(append(append([]byte(nil), packet...), packet...), packet...)
			}
			if _, err := conn.Write(packet); err != nil && allowed {
				t.Fatal(err)
			}
			for range many {
				if allowed {
					<-s.came
				}
			}
			if !allowed && a.Network() == "tcp" {
				if _, err := conn.Read(make([]byte, 1)); err == nil {
					t.Error("the connection is not closed")
				}
			}
			conn.Close()
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if got := len(s.reports); allowed != (got == 4) || !allowed && got != 0 {
			t.Errorf("allowed %v: %d reports", allowed, got)
		}
	}
}

func TestSender(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := NewSender(l.LocalAddr().String(), "secret", "node1", nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	s.Send(&hep.Packet{Src: aliceAt, Dst: bobAt, Type: hep.SIP, Payload: []byte("OPTIONS")})
	buf := make([]byte, 2000)
	n, _, err := l.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	p, err := hep.Parse(buf[:n])
	if err != nil || p.Key != "secret" || p.Node != "node1" || string(p.Payload) != "OPTIONS" || p.Src != aliceAt {
		t.Errorf("%+v %v", p, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
