package presence

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
	"parley/internal/wire/msrtc"
)

func TestLyncWatchesLync(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.client("alice", dialect.Lync), w.client("bob", dialect.Lync)
		bob.signIn()
		res := alice.batch("", "bob", "nobody", "carol")
		w.want("answer", string(res.Bytes()), "200 OK", "ms-piggyback-cseq: 1", `multipart/related; type="application/rlmi+xml"`, "Subscription-State: active;expires=3600",
			`<resource uri="sip:bob@parley.test"><instance id="0" state="active" cid="bob@parley.test"/>`, `<resource uri="sip:nobody@parley.test"/>`,
			"<availability>3500</availability>", "<availability>18500</availability>", "<displayName>Bob</displayName>", ">\r\n\r\n--parley-")
		if n := len(alice.received()); n != 0 {
			t.Fatalf("%d notifications beside the piggybacked one", n)
		}
		time.Sleep(3 * time.Second)
		bob.both("userState", 6500, "", 0, "static")
		got := alice.received()
		if len(got) != 1 || got[0].Method() != "BENOTIFY" || got[0].Get("CSeq") != "2 BENOTIFY" {
			t.Fatalf("got %v", got)
		}
		w.want("notification", string(got[0].Bytes()), "application/msrtc-event-categories+xml", `uri="sip:bob@parley.test"`, "<availability>6500</availability>", `category name="note" instance="0"/>`)

		// Another user is added in the same dialog; the first stays watched.
		res = alice.batch(res.Get("To"), "dave")
		w.want("second answer", string(res.Body()), "dave@parley.test", "!bob@parley.test")
		time.Sleep(3 * time.Second)
		bob.both("userState", 9500, "", 1, "static")
		w.want("notification", alice.last(), "<availability>9500</availability>")
		if w.svc.Subscriptions() != 1 {
			t.Errorf("%d subscriptions", w.svc.Subscriptions())
		}
	})
}

func TestStandardWatchesLync(t *testing.T) {
	inWorld(t, func(w *world) {
		bob, carol := w.client("bob", dialect.Lync), w.client("carol", dialect.Standard)
		bob.signIn()
		if res := carol.watch("bob"); res.StatusCode() != 200 || res.Get("Expires") != "600" {
			t.Fatalf("%s", res.Bytes())
		}
		got := carol.received()
		if len(got) != 1 || got[0].Method() != "NOTIFY" || got[0].Get("Event") != "presence" || got[0].Get("Subscription-State") != "active;expires=600" {
			t.Fatalf("%d notifications", len(got))
		}
		w.want("first", string(got[0].Body()), "<basic>open</basic>", "!activities")
		time.Sleep(3 * time.Second)
		bob.both("userState", 9500, "", 0, "static")
		w.want("dnd", carol.last(), "<rpid:busy/>", "<rpid:other>do-not-disturb</rpid:other>")
		time.Sleep(3 * time.Second)
		w.svc.InCall(bob.user, true)
		w.want("dnd wins over a call", carol.last(), "!on-the-phone")
		bob.both("userState", 3500, "", 1, "static")
		time.Sleep(3 * time.Second)
		w.want("call", carol.last(), "<rpid:on-the-phone/>")
		w.svc.InCall(bob.user, false)
		time.Sleep(3 * time.Second)
		w.want("after the call", carol.last(), "<basic>open</basic>", "!on-the-phone")
	})
}

func TestLyncWatchesStandard(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, carol := w.client("alice", dialect.Lync), w.client("carol", dialect.Standard)
		alice.batch("", "carol")
		res := carol.do("PUBLISH", carol.uri(), "application/pidf+xml", pidfOf(carol.user, true, "on-the-phone"), "Event", "presence", "Expires", "600")
		tag := res.Get("SIP-ETag")
		if res.StatusCode() != 200 || tag == "" || res.Get("Expires") != "600" {
			t.Fatalf("%s", res.Bytes())
		}
		w.want("first", alice.last(), `<activity token="on-the-phone"/>`, "<availability>6500</availability>")
		time.Sleep(5 * time.Second)
		res = carol.do("PUBLISH", carol.uri(), "application/pidf+xml", pidfOf(carol.user, true, "away"), "Event", "presence", "SIP-If-Match", tag)
		w.want("modified", alice.last(), "<availability>15500</availability>")
		if again := carol.do("PUBLISH", carol.uri(), "", "", "Event", "presence", "SIP-If-Match", tag); again.StatusCode() != 412 {
			t.Errorf("old tag: %d", again.StatusCode())
		}
		tag = res.Get("SIP-ETag")
		time.Sleep(5 * time.Second)
		carol.do("PUBLISH", carol.uri(), "", "", "Event", "presence", "SIP-If-Match", tag, "Expires", "0")
		w.want("removed", alice.last(), "<availability>18500</availability>")
	})
}

func TestPublicationExpires(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, carol := w.client("alice", dialect.Lync), w.client("carol", dialect.Standard)
		alice.batch("", "carol")
		carol.do("PUBLISH", carol.uri(), "application/pidf+xml", pidfOf(carol.user, true), "Event", "presence", "Expires", "60")
		w.want("open", alice.last(), "<availability>3500</availability>")
		time.Sleep(59 * time.Second)
		if got := alice.last(); got != "" {
			t.Errorf("told too early: %s", got)
		}
		time.Sleep(2 * time.Second)
		w.want("gone", alice.last(), "<availability>18500</availability>")
	})
}

func TestPublishRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		carol := w.client("carol", dialect.Standard)
		doc := pidfOf(carol.user, true)
		for _, c := range []struct {
			code                  int
			uri, mediaType, body  string
			fields                []string
			field, fieldWithValue string
		}{
			{423, carol.uri(), "application/pidf+xml", doc, []string{"Event", "presence", "Expires", "5"}, "Min-Expires", "60"},
			{412, carol.uri(), "application/pidf+xml", doc, []string{"Event", "presence", "SIP-If-Match", "x"}, "", ""},
			{415, carol.uri(), "text/plain", doc, []string{"Event", "presence"}, "Accept", "application/pidf+xml"},
			{400, carol.uri(), "application/pidf+xml", "<presence", []string{"Event", "presence"}, "", ""},
			{400, carol.uri(), "", "", []string{"Event", "presence"}, "", ""},
			{489, carol.uri(), "application/pidf+xml", doc, []string{"Event", "weather"}, "Allow-Events", "presence, dialog"},
			{403, "sip:bob@parley.test", "application/pidf+xml", doc, []string{"Event", "presence"}, "", ""},
			{403, carol.uri(), "application/pidf+xml", pidfOf("bob@parley.test", true), []string{"Event", "presence"}, "", ""},
		} {
			res := carol.do("PUBLISH", c.uri, c.mediaType, c.body, c.fields...)
			if res.StatusCode() != c.code || c.field != "" && res.Get(c.field) != c.fieldWithValue {
				t.Errorf("want %d, got %s", c.code, res.Bytes())
			}
		}
	})
}

func TestVersionConflict(t *testing.T) {
	inWorld(t, func(w *world) {
		bob := w.client("bob", dialect.Lync)
		bob.signIn()
		res := bob.publish(note(200, 0, "x"), stateOf("machineState", 6500, "", 2, 7, "endpoint"))
		if res.StatusCode() != 409 || res.MediaType() != msrtc.TypeFault || !strings.HasPrefix(res.Get("ms-diagnostics"), "90501;") {
			t.Fatalf("%s", res.Bytes())
		}
		w.want("fault", string(res.Body()), "<Faultcode>Client.BadCall.WrongDelta</Faultcode>", `<operation index="2" version="7" curVersion="1"/>`)
		// Nothing of the refused request was applied.
		if res = bob.publish(note(200, 0, "x")); res.StatusCode() != 200 {
			t.Fatalf("%s", res.Bytes())
		}
		w.want("answer", string(res.Body()), "<roamingData", `category name="note" instance="0"`, `container="200" version="1" expireType="static"`)
		withdraw := note(200, 1, "")
		withdraw.Withdraw, withdraw.Body = true, nil
		if res = bob.publish(withdraw); res.StatusCode() != 200 {
			t.Errorf("withdraw: %d", res.StatusCode())
		}
		if res = bob.publish(note(200, 0, "y")); res.StatusCode() != 200 {
			t.Errorf("publish again: %d", res.StatusCode())
		}
	})
}

func TestOwnEndpointsLearnOfEachOther(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.client("alice", dialect.Lync), w.client("alice", dialect.Lync)
		b.epid = "second"
		res := a.roamingSelf()
		w.want("first", string(res.Body()), "<roamingData", `container="2"`, "aggregateState", "<availability>18500</availability>",
			`<container id="32000" version="0"/>`, `<container id="100" version="0"/>`, "<subscribers ")
		b.signIn()
		got := a.received()
		if len(got) == 0 {
			t.Fatal("nothing was told")
		}
		w.want("update", string(got[len(got)-1].Body()), "machineState", `endpointId="second"`, "aggregateState", "<availability>3500</availability>", "!<containers")
		w.svc.DeviceDown(b.user, "second")
		w.want("departure", a.last(), "<availability>18500</availability>", "!machineState")
	})
}

func TestPermissions(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, eve := w.client("alice", dialect.Lync), w.client("bob", dialect.Lync), w.client("eve", dialect.Standard)
		bob.signIn()
		bob.roamingSelf()
		bob.publish(note(200, 0, "for colleagues"), note(400, 0, "for friends"))
		w.want("colleague", string(alice.batch("", "bob").Body()), "for colleagues", "!for friends")
		eve.watch("bob")
		w.want("standard colleague", eve.last(), "for colleagues", "<basic>open</basic>")

		set := func(version int, container, action, user string) int {
			return bob.do("SERVICE", bob.uri(), msrtc.TypeContainerMembers, `<setContainerMembers xmlns="http://schemas.microsoft.com/2006/09/sip/container-management"><container id="`+container+
				`" version="`+string(rune('0'+version))+`"><member action="`+action+`" type="user" value="`+user+`"/></container></setContainerMembers>`).StatusCode()
		}
		time.Sleep(3 * time.Second)
		bob.received()
		if code := set(0, "400", "add", "alice@parley.test"); code != 200 {
			t.Fatal(code)
		}
		w.want("friend", alice.last(), "for friends", "!for colleagues")
		w.want("owner", bob.last(), `<container id="400" version="1"><member type="user" value="alice@parley.test"/></container>`)
		if code := set(0, "400", "add", "x@parley.test"); code != 409 {
			t.Errorf("old version: %d", code)
		}
		time.Sleep(3 * time.Second)
		set(0, "32000", "add", "sip:eve@parley.test")
		time.Sleep(3 * time.Second)
		w.want("blocked", eve.last(), "<basic>closed</basic>", "!for colleagues")
		bob.both("userState", 9500, "", 0, "static")
		time.Sleep(3 * time.Second)
		if got := eve.last(); got != "" {
			t.Errorf("the blocked one learnt of a change: %s", got)
		}
		set(1, "32000", "remove", "eve@parley.test")
		time.Sleep(3 * time.Second)
		w.want("unblocked", eve.last(), "for colleagues", "do-not-disturb")
	})
}

func TestSubscribersAreAsked(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.client("alice", dialect.Lync), w.client("bob", dialect.Lync)
		bob.roamingSelf()
		alice.batch("", "bob")
		w.want("question", bob.last(), `<subscriber user="alice@parley.test" displayName="Alice" acknowledged="false" type="sameEnterprise"/>`)
		ack := func(user string) int {
			return bob.do("SERVICE", bob.uri(), msrtc.TypeSetSubscriber, `<setSubscribers xmlns="http://schemas.microsoft.com/2006/09/sip/presence-subscribers"><subscriber user="`+user+`" acknowledged="true"/></setSubscribers>`).StatusCode()
		}
		if code := ack("alice@parley.test"); code != 200 {
			t.Error(code)
		}
		w.want("acknowledged", bob.last(), "<subscribers ", "!alice")
		if code := ack("zoe@parley.test"); code != 400 {
			t.Errorf("unknown subscriber: %d", code)
		}
		// Contacts of bob are not asked about.
		w.contacts[bob.user] = []string{"carol@parley.test"}
		w.client("carol", dialect.Lync).batch("", "bob")
		if got := bob.last(); got != "" {
			t.Errorf("asked about a contact: %s", got)
		}
	})
}

func TestStaticSurvivesRestart(t *testing.T) {
	inWorld(t, func(w *world) {
		bob := w.client("bob", dialect.Lync)
		bob.signIn()
		bob.publish(note(200, 0, "kept"))
		bob.both("userState", 6500, "", 0, "static")
		w.svc.Close()
		w.start()
		res := w.client("alice", dialect.Lync).batch("", "bob")
		w.want("after restart", string(res.Body()), "kept", "<availability>18500</availability>")
		bob.signIn()
		if a, _ := w.svc.State(bob.user); a != 6500 {
			t.Errorf("state after sign-in %d", a)
		}
		if res := bob.publish(note(200, 1, "newer")); res.StatusCode() != 200 {
			t.Errorf("version after restart: %s", res.Bytes())
		}
	})
}

// What the disk refuses was never published, allowed or decided.
func TestDiskFailure(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.client("alice", dialect.Lync), w.client("bob", dialect.Lync)
		bob.signIn()
		bob.publish(note(200, 0, "before"))
		alice.batch("", "bob")
		alice.received()
		w.profiles.Fail = errors.New("disk full")
		if res := bob.publish(note(200, 1, "after")); res.StatusCode() != 503 || !strings.HasPrefix(res.Get("ms-diagnostics"), "90000;") {
			t.Errorf("%s", res.Bytes())
		}
		if res := bob.addMember(32000, 0, "alice@parley.test"); res.StatusCode() != 503 {
			t.Errorf("%s", res.Bytes())
		}
		if res := bob.publish(stateOf("phoneState", 6500, "", 2, 0, "endpoint")); res.StatusCode() != 200 {
			t.Errorf("soft state needs no disk: %s", res.Bytes())
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, m := range alice.received() {
			if strings.Contains(string(m.Body()), "after") {
				t.Errorf("a watcher was told what was not stored:\n%s", m.Bytes())
			}
		}
		w.want("a new watcher", string(w.client("carol", dialect.Lync).batch("", "bob").Body()), "before")
		w.profiles.Fail = nil
		if res := bob.publish(note(200, 1, "after")); res.StatusCode() != 200 {
			t.Errorf("the version moved on although nothing was stored: %s", res.Bytes())
		}
		if res := bob.addMember(32000, 0, "alice@parley.test"); res.StatusCode() != 200 {
			t.Errorf("%s", res.Bytes())
		}
	})
}

func TestTimedPublication(t *testing.T) {
	inWorld(t, func(w *world) {
		bob := w.client("bob", dialect.Lync)
		bob.signIn()
		call := stateOf("phoneState", 6500, "on-the-phone", 2, 0, "time")
		call.Expires = 100
		bob.publish(call)
		if _, token := w.svc.State(bob.user); token != "on-the-phone" {
			t.Errorf("token %q", token)
		}
		time.Sleep(101 * time.Second)
		synctest.Wait()
		if a, token := w.svc.State(bob.user); token != "" || a != 3500 {
			t.Errorf("after its time: %d %q", a, token)
		}
	})
}
