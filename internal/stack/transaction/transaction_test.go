package transaction

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/stack/memnet"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// side is a transaction user that records what it is told.
type side struct {
	layer *Layer
	serve func(tx *ServerTx)

	mu     sync.Mutex // timers and the readers of several flows tell it
	events []string
}

func (s *side) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, what)
}

func (s *side) ServeRequest(tx *ServerTx) {
	s.note("request " + tx.Request().Method())
	if s.serve != nil {
		s.serve(tx)
	}
}
func (s *side) ServeAck(_ transport.Flow, m *sip.Message) { s.note("ack") }
func (s *side) FlowClosed(transport.Flow, error)          { s.note("closed") }

func (s *side) on(what string) func(*sip.Message, error) {
	return func(m *sip.Message, err error) {
		if err != nil {
			s.note(fmt.Sprintf("%s error %d", what, FailureCode(err)))
			return
		}
		s.note(fmt.Sprintf("%s %d", what, m.StatusCode()))
	}
}

func (s *side) expect(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := strings.Join(s.events, ", "); got != strings.Join(want, ", ") {
		t.Errorf("events: %s\nwant:   %s", got, strings.Join(want, ", "))
	}
	s.events = nil
}

// wire counts what one end sent, and loses what drop says.
type wire struct {
	sent []string
	drop func(kind string) bool
}

func (w *wire) watch(raw []byte) bool {
	m, err := sip.Parse(append([]byte(nil), raw...))
	if err != nil {
		return false
	}
	kind := m.Method()
	if !m.IsRequest() {
		kind = fmt.Sprint(m.StatusCode())
	}
	w.sent = append(w.sent, kind)
	return w.drop != nil && w.drop(kind)
}

func (w *wire) count(kind string) (n int) {
	for _, k := range w.sent {
		if k == kind {
			n++
		}
	}
	return n
}

type pair struct {
	client, server *side
	a, b           *memnet.End
	up, down       *wire
	net            *memnet.Network
}

func run(t *testing.T, proto transport.Proto, test func(t *testing.T, p *pair)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pair{client: &side{}, server: &side{}, up: &wire{}, down: &wire{}, net: &memnet.Network{}}
		p.client.layer = New(Config{Handler: p.client})
		p.server.layer = New(Config{Handler: p.server})
		p.a, p.b = p.net.Pair(proto, p.client.layer, p.server.layer)
		p.a.Drop, p.b.Drop = p.up.watch, p.down.watch
		test(t, p)
		p.net.Close()
		p.client.layer.Stop()
		p.server.layer.Stop()
	})
}

func request(method string) *sip.Message {
	m := sip.NewRequest(method, "sip:bob@example.test")
	m.Add("From", "<sip:alice@example.test>;tag=a")
	m.Add("To", "<sip:bob@example.test>")
	m.Add("Call-ID", sip.NewCallID())
	m.Add("CSeq", "1 "+method)
	return m
}

func respond(codes ...int) func(*ServerTx) {
	return func(tx *ServerTx) {
		for _, code := range codes {
			res := sip.NewResponse(tx.Request(), code, "")
			res.SetTag("b")
			tx.Respond(res)
		}
	}
}

func TestNonInviteOverTCPLeavesNothingBehind(t *testing.T) {
	run(t, transport.TCP, func(t *testing.T, p *pair) {
		p.server.serve = respond(200)
		p.client.layer.Request(request("MESSAGE"), Target{Flow: p.a}, p.client.on("m"))
		p.client.expect(t, "m 200")
		p.server.expect(t, "request MESSAGE")
		servers, _ := p.server.layer.Pending()
		_, clients := p.client.layer.Pending()
		if servers+clients != 0 {
			t.Errorf("%d server and %d client transactions are left", servers, clients)
		}
	})
}

func TestNonInviteOverUDPRetransmits(t *testing.T) {
	run(t, transport.UDP, func(t *testing.T, p *pair) {
		p.server.serve = respond(200)
		lost := 0
		p.down.drop = func(string) bool { lost++; return lost <= 2 } // the first two answers get lost
		p.client.layer.Request(request("MESSAGE"), Target{Flow: p.a}, p.client.on("m"))
		time.Sleep(2 * time.Second)
		p.client.expect(t, "m 200")
		p.server.expect(t, "request MESSAGE") // served once although it came three times
		if n := p.up.count("MESSAGE"); n != 3 {
			t.Errorf("sent %d times, want 3 (at 0, 0.5 and 1.5 s)", n)
		}
		time.Sleep(40 * time.Second)
		synctest.Wait()
		servers, _ := p.server.layer.Pending()
		_, clients := p.client.layer.Pending()
		if servers+clients != 0 {
			t.Errorf("%d server and %d client transactions are left after timers J and K", servers, clients)
		}
	})
}

func TestNonInviteTimesOutAfter64T1(t *testing.T) {
	run(t, transport.UDP, func(t *testing.T, p *pair) {
		p.up.drop = func(string) bool { return true }
		p.client.layer.Request(request("MESSAGE"), Target{Flow: p.a}, p.client.on("m"))
		time.Sleep(timerB - time.Millisecond)
		p.client.expect(t)
		time.Sleep(2 * time.Millisecond)
		p.client.expect(t, "m error 408")
		if n := p.up.count("MESSAGE"); n != 11 { // 0, .5, 1.5, 3.5, then every 4 s to 31.5 s
			t.Errorf("sent %d times, want 11", n)
		}
	})
}

func TestInviteFailureIsAcknowledgedHopByHop(t *testing.T) {
	run(t, transport.UDP, func(t *testing.T, p *pair) {
		p.server.serve = respond(180, 486)
		acks := 0
		p.up.drop = func(kind string) bool {
			if kind == "ACK" {
				acks++
			}
			return kind == "ACK" && acks == 1
		}
		p.client.layer.Request(request("INVITE"), Target{Flow: p.a}, p.client.on("i"))
		time.Sleep(time.Second)
		p.client.expect(t, "i 180", "i 486")
		p.server.expect(t, "request INVITE")
		if p.down.count("486") != 2 || acks != 2 {
			t.Errorf("486 sent %d times, ACK %d times; want 2 and 2 when the first ACK is lost", p.down.count("486"), acks)
		}
		time.Sleep(timerB)
		synctest.Wait()
		if servers, _ := p.server.layer.Pending(); servers != 0 {
			t.Error("the server transaction is left after timer I")
		}
	})
}

func TestInviteSuccessIsRepeatedUntilItsAck(t *testing.T) {
	run(t, transport.TCP, func(t *testing.T, p *pair) {
		acked := ""
		p.server.serve = func(tx *ServerTx) {
			tx.OnAck(func(m *sip.Message) { acked = m.CallID() })
			res := sip.NewResponse(tx.Request(), 200, "")
			res.SetTag("b")
			tx.Answer(res, func() { acked = "lost" })
		}
		req := request("INVITE")
		p.client.layer.Request(req, Target{Flow: p.a}, p.client.on("i"))
		time.Sleep(2 * time.Second) // the user takes its time with the ACK
		p.client.expect(t, "i 200", "i 200", "i 200")
		ack := request("ACK")
		ack.Set("Call-ID", req.CallID())
		ack.Set("To", "<sip:bob@example.test>;tag=b")
		p.client.layer.Send(ack, Target{Flow: p.a})
		synctest.Wait()
		if acked != req.CallID() {
			t.Errorf("ACK reached %q", acked)
		}
		time.Sleep(10 * time.Second)
		p.client.expect(t)
	})
}

func TestInviteWithoutAckIsLostAfter64T1(t *testing.T) {
	run(t, transport.TCP, func(t *testing.T, p *pair) {
		lost := false
		p.server.serve = func(tx *ServerTx) {
			res := sip.NewResponse(tx.Request(), 200, "")
			res.SetTag("b")
			tx.Answer(res, func() { lost = true })
		}
		p.client.layer.Request(request("INVITE"), Target{Flow: p.a}, p.client.on("i"))
		time.Sleep(timerB + time.Second)
		synctest.Wait()
		if !lost {
			t.Error("nobody was told that the ACK never came")
		}
	})
}

func TestCancelWaitsForAProvisionalResponse(t *testing.T) {
	run(t, transport.TCP, func(t *testing.T, p *pair) {
		var tx *ServerTx
		p.server.serve = func(got *ServerTx) {
			tx = got
			tx.OnCancel(func() { respond(487)(tx) })
		}
		c, err := p.client.layer.Request(request("INVITE"), Target{Flow: p.a}, p.client.on("i"))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		c.Cancel()
		synctest.Wait()
		if n := p.up.count("CANCEL"); n != 0 {
			t.Errorf("CANCEL went out before any response (%d)", n)
		}
		respond(180)(tx)
		p.client.expect(t, "i 180", "i 487")
		if p.up.count("CANCEL") != 1 || p.up.count("ACK") != 1 {
			t.Errorf("sent %v", p.up.sent)
		}
	})
}

func TestCancelOfNothingIsAnswered481(t *testing.T) {
	run(t, transport.TCP, func(t *testing.T, p *pair) {
		m := request("CANCEL")
		m.Prepend("Via", "SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKnone")
		p.a.Send(m.Bytes())
		synctest.Wait()
		if p.down.count("481") != 1 {
			t.Errorf("answered %v", p.down.sent)
		}
	})
}

// Lync-dialect clients write no branch into INVITE and ACK.
func TestInviteWithoutBranch(t *testing.T) {
	run(t, transport.TCP, func(t *testing.T, p *pair) {
		var cancelled bool
		p.server.serve = func(tx *ServerTx) {
			tx.OnCancel(func() { cancelled = true; respond(487)(tx) })
			respond(180)(tx)
		}
		send := func(method, to string) {
			m := request(method)
			m.Prepend("Via", "SIP/2.0/TCP 192.0.2.9:4000")
			m.Set("Call-ID", "same")
			m.Set("To", to)
			if err := p.a.Send(m.Bytes()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		send("INVITE", "<sip:bob@example.test>")
		send("INVITE", "<sip:bob@example.test>") // retransmission
		p.server.expect(t, "request INVITE")
		send("CANCEL", "<sip:bob@example.test>")
		if !cancelled {
			t.Error("CANCEL did not find its INVITE")
		}
		send("ACK", "<sip:bob@example.test>;tag=b")
		time.Sleep(time.Second)
		p.server.expect(t)
		if servers, _ := p.server.layer.Pending(); servers != 0 {
			t.Error("ACK did not end the INVITE")
		}
	})
}

// Two clients started in the same second share Call-ID, tags and branch.
func TestEqualIdsOnTwoFlowsAreTwoTransactions(t *testing.T) {
	run(t, transport.TCP, func(t *testing.T, p *pair) {
		second, _ := p.net.Pair(transport.TCP, p.client.layer, p.server.layer)
		m := request("SERVICE")
		m.Prepend("Via", "SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKsame")
		p.a.Send(m.Bytes())
		second.Send(m.Bytes())
		p.server.expect(t, "request SERVICE", "request SERVICE")
	})
}

func TestLostConnectionFailsWaitingRequestsAtOnce(t *testing.T) {
	run(t, transport.TCP, func(t *testing.T, p *pair) {
		p.client.layer.Request(request("MESSAGE"), Target{Flow: p.a}, p.client.on("m"))
		synctest.Wait()
		p.a.Close(nil)
		p.client.expect(t, "m error 503", "closed")
		if _, err := p.client.layer.Request(request("MESSAGE"), Target{Flow: p.a}, p.client.on("m")); !errors.Is(err, ErrTransport) {
			t.Errorf("error %v, want %v", err, ErrTransport)
		}
	})
}

func TestMalformedRequestsAreAnsweredWithoutState(t *testing.T) {
	run(t, transport.TCP, func(t *testing.T, p *pair) {
		for _, edit := range []func(*sip.Message){
			func(m *sip.Message) { m.Set("CSeq", "1 INVITE") },
			func(m *sip.Message) { m.Remove("From") },
			func(m *sip.Message) { m.Set("To", `"x <sip:a@b>`) },
			func(m *sip.Message) { m.Add("Call-ID", "2") },
		} {
			m := request("MESSAGE")
			m.Prepend("Via", "SIP/2.0/TCP 192.0.2.9;branch="+sip.NewBranch())
			edit(m)
			p.a.Send(m.Bytes())
		}
		p.server.expect(t)
		if n := p.down.count("400"); n != 4 {
			t.Errorf("answered %v, want four times 400", p.down.sent)
		}
	})
}

func TestSecondFinalResponseIsRefused(t *testing.T) {
	run(t, transport.TCP, func(t *testing.T, p *pair) {
		p.server.serve = func(tx *ServerTx) {
			req := tx.Request()
			tx.Respond(sip.NewResponse(req, 200, ""))
			if err := tx.Respond(sip.NewResponse(req, 500, "")); !errors.Is(err, ErrState) {
				t.Errorf("error %v, want %v", err, ErrState)
			}
		}
		p.client.layer.Request(request("MESSAGE"), Target{Flow: p.a}, p.client.on("m"))
		p.client.expect(t, "m 200")
	})
}
