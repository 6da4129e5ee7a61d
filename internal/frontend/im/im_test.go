package im

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
	"parley/internal/event"
	"parley/internal/wire/richtext"
)

const alice, bob = "alice@x.test", "bob@x.test"

func TestStandardToStandardKeepsTheRequest(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(alice, "", dialect.Standard), w.join(bob, "", dialect.Standard)
		req := a.request("MESSAGE", bob)
		req.Add("X-Own", "kept")
		req.Add("Proxy-Authorization", "Digest secret")
		req.SetBody("text/x-odd", []byte("as it came"))
		expect(t, a.send(req), 200)
		if got := b.shown(); got != "text/x-odd as it came" {
			t.Errorf("bob sees %q", got)
		}
		if len(w.store.records) != 1 || string(w.store.records[0].Body) != "as it came" {
			t.Errorf("stored %+v", w.store.records)
		}
		var stored, told int
		for _, e := range w.events.all {
			switch e := e.(type) {
			case event.MessageStored:
				stored++
			case event.MessageDelivered:
				told++
				if e.Status != 200 {
					t.Errorf("delivery %+v", e)
				}
			}
		}
		if stored != 1 || told != 1 {
			t.Errorf("%d stored and %d delivered", stored, told)
		}
	})
}

func TestOrderOfOneSender(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(alice, "", dialect.Standard), w.join(bob, "e1", dialect.Lync)
		b.answerAfter = 10 * time.Second
		var want []string
		var answers []<-chan result
		for i := range 200 {
			want = append(want, fmt.Sprint(i))
			answers = append(answers, a.page(bob, fmt.Sprint(i)))
		}
		for _, got := range answers {
			expect(t, got, 200)
		}
		if b.shown() != strings.Join(want, "|") {
			t.Errorf("bob sees %s", b.shown())
		}
		for i := 1; i < len(w.store.records); i++ {
			if w.store.records[i].Seq <= w.store.records[i-1].Seq {
				t.Fatalf("number %d after %d", w.store.records[i].Seq, w.store.records[i-1].Seq)
			}
		}
	})
}

// TestTwoEndpointsThatAnswerLate is the Lync client's behaviour with several endpoints: each answers by itself after ten
// seconds. Each shows each message once.
func TestTwoEndpointsThatAnswerLate(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.join(alice, "", dialect.Standard)
		b1, b2 := w.join(bob, "e1", dialect.Lync), w.join(bob, "e2", dialect.Lync)
		b1.answerAfter, b2.answerAfter = 10*time.Second, 10*time.Second
		b2.showsHeader = true
		first, second := a.page(bob, "one"), a.page(bob, "two")
		start := time.Now()
		expect(t, first, 200)
		expect(t, second, 200)
		if took := time.Since(start).Round(time.Second); took != 10*time.Second {
			t.Errorf("answered after %v", took)
		}
		expect(t, a.page(bob, "three"), 200)
		synctest.Wait()
		for _, b := range []*client{b1, b2} {
			if b.shown() != "one|two|three" {
				t.Errorf("%s sees %q", b.epid, b.shown())
			}
		}
	})
}

// TestAnswerAfterItWasGivenUp: the client's delayed 200 cannot be stopped. It is acknowledged and ended, and shows nothing.
func TestAnswerAfterItWasGivenUp(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(alice, "", dialect.Standard), w.join(bob, "e1", dialect.Lync)
		b.answerAfter = 28 * time.Second
		expect(t, a.page(bob, "lost?"), 480)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if b.shown() != "" || b.noted() != "BYE" {
			t.Errorf("bob sees %q and got %q", b.shown(), b.noted())
		}
	})
}

func TestOfflineAndUnknown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, l := w.join(alice, "", dialect.Standard), w.join(alice, "e1", dialect.Lync)
		res := expect(t, a.page(bob, "x"), 480)
		if !strings.Contains(res.Get("Warning"), "not signed in") {
			t.Errorf("no reason in %s", res.Bytes())
		}
		expect(t, a.page("nobody@x.test", "x"), 404)
		_, got := l.invite(bob, "x")
		if res := expect(t, got, 480); !strings.Contains(res.Get("ms-diagnostics"), "not signed in") {
			t.Errorf("no reason in %s", res.Bytes())
		}
		_, got = l.invite(bob, "")
		expect(t, got, 480)
		if len(w.store.records) != 0 {
			t.Error("a message without a recipient was stored")
		}
	})
}

func TestRefusalsReachTheSender(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.join(alice, "", dialect.Standard)
		b1, b2 := w.join(bob, "e1", dialect.Lync), w.join(bob, "", dialect.Standard)
		b1.refuse, b2.refuse = 486, 480
		expect(t, a.page(bob, "x"), 486)
		b2.refuse = 0
		expect(t, a.page(bob, "y"), 200)
		w.store.err = errors.New("disk full")
		expect(t, a.page(bob, "z"), 503)
		if b2.shown() != "y" {
			t.Errorf("bob sees %q", b2.shown())
		}
	})
}

func TestLyncSession(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(alice, "e1", dialect.Lync), w.join(bob, "", dialect.Standard)
		req, got := a.invite(bob, "first")
		res := expect(t, got, 200)
		if !res.HasToken("Supported", "ms-text-format") {
			t.Error("the client will send its first message again")
		}
		m := within(req, res, "MESSAGE", 2)
		m.SetBody("text/html", []byte(`<b>second</b> <a href="file://h/s">x</a>`))
		expect(t, a.send(m), 200)
		// A message of the other user goes into the same session.
		expect(t, b.page(alice, "<b>not bold</b>"), 200)
		if b.shown() != "first|second x" || a.shown() != "<b>not bold</b>" || a.lastFrom != nil {
			t.Errorf("bob sees %q, alice %q", b.shown(), a.shown())
		}
		expect(t, a.send(within(req, res, "INVITE", 3)), 200)
		expect(t, a.send(within(req, res, "BYE", 4)), 200)
		expect(t, a.send(within(req, res, "MESSAGE", 5)), 481)
		// After the end, the next one opens a session.
		expect(t, b.page(alice, "again"), 200)
		if a.shown() != "<b>not bold</b>|again" || a.lastFrom == nil {
			t.Errorf("alice sees %q", a.shown())
		}
	})
}

// TestWrongFormatIsNotRendered: a standard sender's HTML reaches the Lync client only as what it says.
func TestHostileHTMLToLync(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(alice, "", dialect.Standard), w.join(bob, "e1", dialect.Lync)
		req := a.request("MESSAGE", bob)
		req.SetBody("text/html", []byte(`<img src="\\10.0.0.9\s\a.png"><a href="file://h/s">look</a> <b>here</b><script>x()</script>`))
		expect(t, a.send(req), 200)
		if got := b.shown(); got != "text/html; charset=UTF-8 look <b>here</b>" {
			t.Errorf("bob gets %q", got)
		}
		if p, ok, _ := richtext.ParseEmbedded(b.lastFrom.Get("ms-text-format")); !ok || strings.Contains(string(p.Body), "file:") {
			t.Errorf("in the INVITE: %q", p.Body)
		}
	})
}

// TestSameRequestAgain: a request that comes again over another connection is the same message, one with the same
// identifiers and another text is not.
func TestSameRequestAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a1, a2, b := w.join(alice, "", dialect.Standard), w.join(alice, "", dialect.Standard), w.join(bob, "", dialect.Standard)
		req := a1.request("MESSAGE", bob)
		req.SetBody("text/plain", []byte("once"))
		expect(t, a1.send(req.Clone()), 200)
		expect(t, a2.send(req.Clone()), 200)
		req.SetBody("text/plain", []byte("twice"))
		expect(t, a2.send(req.Clone()), 200)
		if b.shown() != "once|twice" {
			t.Errorf("bob sees %q", b.shown())
		}
		for range 3 { // the same text typed again is another message
			expect(t, a1.page(bob, "ok"), 200)
		}
		if b.shown() != "once|twice|ok|ok|ok" {
			t.Errorf("bob sees %q", b.shown())
		}
	})
}

// TestSharedIdentifiers: two users' clients that started in the same second use the same Call-ID and tag.
func TestSharedIdentifiers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.devices["carol@x.test"] = nil
		a, c, b := w.join(alice, "e1", dialect.Lync), w.join("carol@x.test", "e2", dialect.Lync), w.join(bob, "", dialect.Standard)
		for _, sender := range []*client{a, c} {
			req := sender.request("INVITE", bob)
			req.Set("Call-ID", "same")
			req.Set("From", "<sip:"+sender.account+">;tag=same;epid="+sender.epid)
			req.Add("ms-text-format", richtext.Embed(richtext.Part{ContentType: "text/plain", Body: []byte("hi")}))
			req.SetBody("application/sdp", []byte(lyncOffer))
			res := expect(t, sender.send(req.Clone()), 200)
			m := within(req, res, "MESSAGE", 2)
			m.SetBody("text/plain", []byte("from "+sender.account))
			expect(t, sender.send(m), 200)
		}
		if b.shown() != "hi|from alice@x.test|hi|from carol@x.test" {
			t.Errorf("bob sees %q", b.shown())
		}
	})
}

func TestStandardNoticesAreNoMessages(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b1, b2 := w.join(alice, "", dialect.Standard), w.join(bob, "", dialect.Standard), w.join(bob, "e1", dialect.Lync)
		req := a.request("MESSAGE", bob)
		req.Add("Content-Encoding", "deflate")
		req.SetBody(richtext.DispositionType, []byte("x\x9c"))
		expect(t, a.send(req), 200)
		synctest.Wait()
		if b1.shown() != "message/imdn+xml x\x9c" || b2.shown() != "" || len(w.store.records) != 0 {
			t.Errorf("bob gets %q and %q, %d stored", b1.shown(), b2.shown(), len(w.store.records))
		}
	})
}

func TestTyping(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(alice, "e1", dialect.Lync), w.join(bob, "", dialect.Standard)
		req, got := a.invite(bob, "hi")
		res := expect(t, got, 200)
		for cseq := 2; cseq <= 4; cseq++ {
			info := within(req, res, "INFO", cseq)
			info.SetBody("application/xml", richtext.Typing{Active: true}.Keyboard())
			expect(t, a.send(info), 200)
			time.Sleep(4 * time.Second)
		}
		if got := b.noted(); got != "composing true" {
			t.Errorf("while alice types bob is told %q", got)
		}
		time.Sleep(12 * time.Second)
		synctest.Wait()
		if got := b.noted(); got != "composing true|composing false" {
			t.Errorf("after she stopped bob is told %q", got)
		}
		m := b.request("MESSAGE", alice)
		m.SetBody(richtext.ComposingType, richtext.Typing{Active: true, Refresh: time.Minute}.Composing())
		expect(t, b.send(m), 200)
		expect(t, b.page(alice, "there"), 200)
		synctest.Wait()
		if a.noted() != "INFO true" || a.shown() != "there" || len(w.store.records) != 2 {
			t.Errorf("alice is told %q, sees %q; %d stored", a.noted(), a.shown(), len(w.store.records))
		}
		time.Sleep(2 * time.Minute)
		if a.noted() != "INFO true" {
			t.Errorf("a message does not end typing: %q", a.noted())
		}
	})
}

func TestIdleSessionEnds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(alice, "", dialect.Standard), w.join(bob, "e1", dialect.Lync)
		done := make(chan error)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- w.service.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			synctest.Wait()
			if b.noted() != "BYE|BYE" {
				t.Errorf("at the end bob got %q", b.noted())
			}
		}()
		expect(t, a.page(bob, "one"), 200)
		time.Sleep(12 * time.Minute)
		synctest.Wait()
		if b.noted() != "BYE" || len(w.service.tags) != 0 || len(w.service.sessions) != 0 {
			t.Errorf("bob got %q; %d sessions left", b.noted(), len(w.service.sessions))
		}
		expect(t, a.page(bob, "two"), 200)
		if b.shown() != "one|two" {
			t.Errorf("bob sees %q", b.shown())
		}
	})
}

// TestAnswerWithoutAck: a client that never acknowledges our 200 is not in the session.
func TestAnswerWithoutAck(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.join(alice, "e1", dialect.Lync)
		w.join(bob, "", dialect.Standard)
		a.neverAcks = true
		_, got := a.invite(bob, "hi")
		expect(t, got, 200)
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if a.noted() != "BYE" || len(w.service.tags) != 0 {
			t.Errorf("alice got %q", a.noted())
		}
	})
}

func TestConnectionLost(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(alice, "", dialect.Standard), w.join(bob, "e1", dialect.Lync)
		b.answerAfter = 10 * time.Second
		got := a.page(bob, "one")
		time.Sleep(time.Second)
		b.flow.Close(nil)
		expect(t, got, 480)
		if len(w.service.tags) != 0 || len(w.service.sessions) != 0 {
			t.Error("the session is still there")
		}
	})
}

func TestUnsuitableInvitations(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.join(alice, "e1", dialect.Lync)
		w.join(bob, "e2", dialect.Lync)
		many := a.request("INVITE", bob)
		many.Add("Require", "com.microsoft.rtc-multiparty")
		many.SetBody("application/sdp", []byte(lyncOffer))
		expect(t, a.send(many), 488)
		msrp := a.request("INVITE", bob)
		msrp.SetBody("application/sdp", []byte(strings.Replace(lyncOffer, " sip null", " TCP/MSRP *", 1)))
		expect(t, a.send(msrp), 488)
		ink := a.request("MESSAGE", bob)
		ink.SetBody("application/x-ms-ink", []byte("~"))
		expect(t, a.send(ink), 415)
		forged := a.request("MESSAGE", bob)
		forged.SetBody("text/plain", make([]byte, richtext.MaxBody+1))
		expect(t, a.send(forged), 513)
	})
}
