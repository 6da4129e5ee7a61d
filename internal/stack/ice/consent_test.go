package ice

import (
	"testing"
	"time"

	"parley/internal/wire/stun"
)

// requests counts side 0's Binding requests from now on, and drops what drop says of side 1's answers.
func (w *wire) requests(count *int, silent func() bool) {
	w.drop = func(from, _ int, b []byte) bool {
		kind := stun.Type(b[1]) | stun.Type(b[0])<<8
		if from == 0 && kind == stun.BindingRequest {
			*count++
		}
		return from == 1 && silent()
	}
}

// RFC 7675 section 5.1: a check of consent about every five seconds on each component, and as long as it is answered
// nothing changes.
func TestConsentIsAsked(t *testing.T) {
	w := newWire(t, 2, [2]bool{})
	w.start([2]stun.Form{})
	w.run(deadline, w.connected)
	w.run(time.Second, func() bool { return false })
	asked := 0
	w.requests(&asked, func() bool { return false })
	w.run(2*time.Minute, func() bool { return false })
	// 20 to 30 rounds of 4 to 6 s.
	if asked < 2*19 || asked > 2*31 {
		t.Errorf("%d checks in two minutes", asked)
	}
	if !w.connected() {
		t.Errorf("status %v and %v", w.agents[0].Status(), w.agents[1].Status())
	}
}

func TestConsentEnds(t *testing.T) {
	w := newWire(t, 2, [2]bool{})
	w.start([2]stun.Form{})
	w.run(deadline, w.connected)
	w.run(20*time.Second, func() bool { return false })
	asked := 0
	w.requests(&asked, func() bool { return true })
	began := w.now
	w.run(time.Minute, func() bool { return w.agents[0].Status() == Lost })
	if w.agents[0].Status() != Lost {
		t.Fatalf("status %v without an answer", w.agents[0].Status())
	}
	// The last answer came up to six seconds before.
	if took := w.now - began; took < consentLife-7*time.Second || took > consentLife+100*time.Millisecond {
		t.Errorf("lost after %v", took)
	}
	if _, ok := w.agents[0].Selected(RTP); ok {
		t.Error("there is still somewhere to send to")
	}
	before := asked
	w.run(time.Minute, func() bool { return false })
	if asked != before {
		t.Errorf("%d more checks after the end", asked-before)
	}
}

// An agent that has stopped to answer checks when the pair was chosen never took part in this.
func TestConsentOfAnAgentWithout(t *testing.T) {
	w := newWire(t, 2, [2]bool{})
	w.start([2]stun.Form{})
	w.run(deadline, w.connected)
	asked := 0
	w.requests(&asked, func() bool { return true })
	w.run(2*time.Minute, func() bool { return false })
	if w.agents[0].Status() != Connected || asked == 0 {
		t.Errorf("status %v after %d checks", w.agents[0].Status(), asked)
	}
}

// Clients of the Lync dialect are not asked.
func TestNoConsentInTheDialect(t *testing.T) {
	w := newWire(t, 2, [2]bool{})
	w.start([2]stun.Form{stun.Microsoft, stun.Microsoft})
	w.run(deadline, w.connected)
	w.run(time.Second, func() bool { return false })
	asked := 0
	w.requests(&asked, func() bool { return false })
	w.run(time.Minute, func() bool { return false })
	if asked != 0 {
		t.Errorf("%d checks", asked)
	}
}
