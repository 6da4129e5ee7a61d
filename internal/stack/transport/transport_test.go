package transport

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"parley/internal/wire/sip"
)

// recorder answers MESSAGE with 200 and passes on what arrives.
type recorder struct {
	mu     sync.Mutex
	got    chan string
	closed chan error
	flow   Flow
}

func newRecorder() *recorder {
	return &recorder{got: make(chan string, 10000), closed: make(chan error, 100)}
}

func (r *recorder) Receive(f Flow, m *sip.Message, err error) {
	r.mu.Lock()
	r.flow = f
	r.mu.Unlock()
	if err != nil {
		r.got <- "error"
		return
	}
	if m.IsRequest() {
		f.Send(sip.NewResponse(m, 200, "").Bytes())
	}
	r.got <- m.CallID()
}

func (r *recorder) Closed(_ Flow, err error) { r.closed <- err }

func (r *recorder) next(t *testing.T) string {
	t.Helper()
	select {
	case s := <-r.got:
		return s
	case <-time.After(5 * time.Second):
		t.Fatal("nothing arrived")
		return ""
	}
}

func start(t *testing.T, limits Limits, proto Proto) (*recorder, *Manager, netip.AddrPort) {
	t.Helper()
	r := newRecorder()
	m := New(Config{Receiver: r, Limits: limits})
	t.Cleanup(m.Stop)
	l, err := m.Listen(proto, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return r, m, l.Addr
}

func message(id string, body string) []byte {
	m := sip.NewRequest("MESSAGE", "sip:b@x")
	m.Add("Via", "SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK"+id)
	m.Add("From", "<sip:a@x>;tag=1")
	m.Add("To", "<sip:b@x>")
	m.Add("Call-ID", id)
	m.Add("CSeq", "1 MESSAGE")
	m.SetBody("text/plain", []byte(body))
	return m.Bytes()
}

func TestTCPMessagesInPiecesArriveInOrder(t *testing.T) {
	t.Parallel()
	r, _, addr := start(t, Limits{}, TCP)
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() {
		var stream []byte
		for i := range 500 {
			stream = append(stream, message(fmt.Sprint(i), strings.Repeat("x", i*7))...)
			stream = append(stream, "\r\n\r\n"...)
		}
		for len(stream) > 0 {
			n := min(len(stream), 1777)
			c.Write(stream[:n])
			stream = stream[n:]
		}
	}()
	go func() {
		buf := make([]byte, 64<<10)
		for {
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
	}()
	for i := range 500 {
		if got := r.next(t); got != fmt.Sprint(i) {
			t.Fatalf("message %s arrived, want %d", got, i)
		}
	}
}

func TestUDPAnswersAndKeepAlives(t *testing.T) {
	t.Parallel()
	r, _, addr := start(t, Limits{}, UDP)
	c, err := net.Dial("udp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	exchange := func(out string) string {
		t.Helper()
		c.Write([]byte(out))
		buf := make([]byte, 2000)
		n, err := c.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	if got := exchange("\r\n\r\n"); got != "\r\n" {
		t.Errorf("ping answered %q", got)
	}
	stun := exchange("\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl")
	local := c.LocalAddr().(*net.UDPAddr)
	if len(stun) != 32 || stun[:2] != "\x01\x01" || int(stun[26])<<8|int(stun[27]) != local.Port^0x2112 {
		t.Errorf("STUN answered %x for port %d", stun, local.Port)
	}
	if got := exchange(string(message("m1", ""))); !strings.HasPrefix(got, "SIP/2.0 200 OK") {
		t.Errorf("MESSAGE answered %q", got)
	}
	if got := r.next(t); got != "m1" {
		t.Errorf("%s arrived", got)
	}
	c.Write([]byte("garbage that is no SIP\r\n\r\n"))
	if got := exchange(string(message("m2", ""))); !strings.HasPrefix(got, "SIP/2.0 200 OK") {
		t.Errorf("after garbage, MESSAGE answered %q", got)
	}
}

func TestUDPSourceRateIsLimited(t *testing.T) {
	t.Parallel()
	rates := sourceRates{limit: 10}
	now, a, b := time.Unix(1000, 0), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	passed := 0
	for range 100 {
		if rates.allow(a, now) {
			passed++
		}
	}
	if passed != 20 || !rates.allow(b, now) {
		t.Errorf("%d datagrams of one source passed, want the burst of 20, and the other source's too", passed)
	}
	if rates.allow(a, now.Add(time.Second)) || !rates.allow(a, now.Add(3*time.Second)) {
		t.Error("the second after a burst must wait, a quiet source must not")
	}
}

func TestSlowAndSilentConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	r, _, addr := start(t, Limits{MessageTime: 50 * time.Millisecond, IdleTime: 50 * time.Millisecond}, TCP)
	for _, begin := range []string{"", "MESSAGE sip:b@x SIP/2.0\r\nVia: SIP/2.0/TCP h;bra"} {
		c, err := net.Dial("tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write([]byte(begin))
		select {
		case err := <-r.closed:
			if err != ErrSlow {
				t.Errorf("after %q closed with %v, want %v", begin, err, ErrSlow)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("still open after %q", begin)
		}
	}
}

func TestConnectionsOfOneSourceAreLimited(t *testing.T) {
	t.Parallel()
	_, m, addr := start(t, Limits{ConnectionsPerSource: 2}, TCP)
	refused := false
	for range 3 {
		c, err := net.Dial("tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write(message("x", ""))
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := c.Read(make([]byte, 1000)); err != nil {
			refused = true
		}
	}
	if !refused || m.Stats.Refused.Load() != 1 {
		t.Errorf("refused %d of 3 connections, want 1", m.Stats.Refused.Load())
	}
}

// A peer that reads nothing loses its connection once its queue is full; the sender never waits.
func TestPeerThatReadsNothingLosesItsConnection(t *testing.T) {
	t.Parallel()
	r, _, addr := start(t, Limits{SendQueue: 1 << 20}, TCP)
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write(message("hello", ""))
	r.next(t)
	r.mu.Lock()
	f := r.flow
	r.mu.Unlock()
	big := make([]byte, 64<<10)
	for i := 0; ; i++ {
		if err := f.Send(big); err == ErrBacklog {
			break
		}
		if i > 10000 {
			t.Fatal("the queue has no bound")
		}
	}
	select {
	case err := <-r.closed:
		if err != ErrBacklog {
			t.Errorf("closed with %v, want %v", err, ErrBacklog)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("still open")
	}
}

// A peer that reads late gets everything, in order, once it reads.
func TestPeerThatReadsLateGetsEverything(t *testing.T) {
	t.Parallel()
	r, _, addr := start(t, Limits{SendQueue: 64 << 20}, TCP)
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write(message("hello", ""))
	r.next(t)
	r.mu.Lock()
	f := r.flow
	r.mu.Unlock()
	const chunks, size = 500, 64 << 10 // more than the system takes
	for i := range chunks {
		if err := f.Send(bytes.Repeat([]byte{byte(i)}, size)); err != nil {
			t.Fatal(err)
		}
	}
	c.SetReadDeadline(time.Now().Add(30 * time.Second))
	answer := bufio.NewReader(c)
	for line := ""; line != "\r\n"; { // the 200 to the first message
		if line, err = answer.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]byte, size)
	for i := range chunks {
		if _, err := io.ReadFull(answer, got); err != nil {
			t.Fatalf("chunk %d: %v", i, err)
		}
		if !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, size)) {
			t.Fatalf("chunk %d came out of order", i)
		}
	}
}

func TestWebSocketCarriesSIP(t *testing.T) {
	t.Parallel()
	r, _, addr := start(t, Limits{}, WS)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws://"+addr.String()+"/", &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	if err := ws.Write(ctx, websocket.MessageText, message("w1", "hi")); err != nil {
		t.Fatal(err)
	}
	_, data, err := ws.Read(ctx)
	if err != nil || !strings.HasPrefix(string(data), "SIP/2.0 200 OK") {
		t.Errorf("answered %q, %v", data, err)
	}
	if got := r.next(t); got != "w1" {
		t.Errorf("%s arrived", got)
	}
	other, _, err := websocket.Dial(ctx, "ws://"+addr.String()+"/", nil)
	if err == nil {
		if _, _, err := other.Read(ctx); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
			t.Errorf("without the subprotocol: %v", err)
		}
	}
}

func TestOneConnectionIsOpenedForManyRequests(t *testing.T) {
	t.Parallel()
	r, _, addr := start(t, Limits{}, TCP)
	client := newRecorder()
	m := New(Config{Receiver: client})
	defer m.Stop()
	for i := range 10 {
		f, err := m.Flow(TCP, addr.String(), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Send(message(fmt.Sprint(i), "")); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		if got := r.next(t); got != fmt.Sprint(i) {
			t.Fatalf("%s arrived, want %d", got, i)
		}
		client.next(t)
	}
	if n := m.Stats.Connections.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	closedPort, _ := net.Listen("tcp", "127.0.0.1:0")
	dead := closedPort.Addr().String()
	closedPort.Close()
	if _, err := m.Flow(TCP, dead, ""); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-client.closed:
		if err == nil {
			t.Error("no reason for the failed connection")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("nobody was told that connecting failed")
	}
}

func TestIPv6(t *testing.T) {
	t.Parallel()
	r := newRecorder()
	m := New(Config{Receiver: r})
	defer m.Stop()
	for _, proto := range []Proto{UDP, TCP} {
		l, err := m.Listen(proto, "[::1]:0")
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial(strings.ToLower(proto.String()), l.Addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write(message(proto.String(), ""))
		if got := r.next(t); got != proto.String() {
			t.Errorf("%s arrived over %s", got, proto)
		}
		r.mu.Lock()
		f := r.flow
		r.mu.Unlock()
		if !f.Remote().Addr().Is6() || m.SentBy(f) != l.Addr {
			t.Errorf("%s from %s, our address is %s, want %s", proto, f.Remote(), m.SentBy(f), l.Addr)
		}
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if n, err := c.Read(make([]byte, 1000)); err != nil || n == 0 {
			t.Errorf("no answer over %s: %v", proto, err)
		}
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	t.Parallel()
	m := New(Config{Receiver: newRecorder()})
	defer m.Stop()
	if _, err := m.Listen(TLS, "127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("TLS without a certificate: %v", err)
	}
	if _, err := m.Flow(UDP, "phone.example:5060", ""); err == nil {
		t.Error("a UDP flow to a name was made without a look-up")
	}
}
