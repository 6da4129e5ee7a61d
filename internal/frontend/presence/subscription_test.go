package presence

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/internal/dialect"
	"parley/internal/wire/pidf"
)

func TestCoalescing(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.client("alice", dialect.Lync), w.client("bob", dialect.Lync)
		bob.signIn()
		alice.batch("", "bob")
		time.Sleep(3 * time.Second)
		states := []int{6500, 3500, 9500, 3500, 12500}
		for i, a := range states {
			bob.both("userState", a, "", i, "static")
			time.Sleep(100 * time.Millisecond)
		}
		got := alice.received()
		if len(got) != 1 {
			t.Fatalf("%d notifications at once, want the first change only", len(got))
		}
		w.want("first", string(got[0].Body()), "<availability>6500</availability>")
		time.Sleep(2 * time.Second)
		if got = alice.received(); len(got) != 1 {
			t.Fatalf("%d notifications later", len(got))
		}
		w.want("last", string(got[0].Body()), "<availability>12500</availability>")

		// Flapping that ends where it began tells nothing.
		time.Sleep(3 * time.Second)
		bob.both("userState", 12500, "", len(states), "static")
		if got := alice.last(); got != "" {
			t.Errorf("told of no change: %s", got)
		}
	})
}

func TestDeparture(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.client("alice", dialect.Standard), w.client("bob", dialect.Lync)
		bob.signIn()
		alice.watch("bob")
		alice.received()
		w.svc.DeviceLost(bob.user, bob.epid)
		time.Sleep(59 * time.Second)
		if got := alice.last(); got != "" {
			t.Errorf("told within a minute of the loss: %s", got)
		}
		time.Sleep(2 * time.Second)
		w.want("after a minute", alice.last(), "<rpid:unknown/>")
		w.svc.DeviceUp(bob.user, bob.epid, bob.kind)
		time.Sleep(3 * time.Second)
		w.want("back", alice.last(), "<basic>open</basic>", "!unknown")

		w.svc.DeviceLost(bob.user, bob.epid)
		time.Sleep(30 * time.Second)
		w.svc.DeviceUp(bob.user, bob.epid, bob.kind)
		time.Sleep(3 * time.Minute)
		if got := alice.last(); got != "" {
			t.Errorf("a device that came back in time was seen to leave: %s", got)
		}
		w.svc.DeviceLost(bob.user, bob.epid)
		time.Sleep(121 * time.Second)
		w.want("after two minutes", alice.last(), "<basic>closed</basic>", "!unknown")
		if res := bob.publish(stateOf("machineState", 3500, "", 2, 0, "endpoint")); res.StatusCode() != 200 {
			t.Errorf("its publications are still there: %s", res.Bytes())
		}
	})
}

func TestStandardDeviceWithoutPublication(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.client("alice", dialect.Standard)
		alice.watch("phone")
		w.want("before", alice.last(), "<basic>closed</basic>")
		w.svc.DeviceUp("phone@parley.test", "urn:uuid:1", dialect.Standard)
		w.want("registered", alice.last(), "<basic>open</basic>")
		w.svc.DeviceDown("phone@parley.test", "urn:uuid:1")
		time.Sleep(3 * time.Second)
		w.want("gone", alice.last(), "<basic>closed</basic>")
	})
}

func TestResourceList(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.client("alice", dialect.Standard), w.client("bob", dialect.Lync)
		w.contacts[alice.user] = []string{"bob@parley.test", "x@elsewhere.test"}
		w.contacts[alice.user+"Friends"] = []string{"carol@parley.test"}
		list := func(uri string, fields ...string) string {
			res := alice.do("SUBSCRIBE", uri, "", "", append([]string{"Event", "presence", "Accept", "application/pidf+xml, application/rlmi+xml, multipart/related", "Supported", "eventlist", "Expires", "600", "Call-ID", uri}, fields...)...)
			if res.StatusCode() != 200 || res.Get("Require") != "eventlist" {
				t.Fatalf("%s", res.Bytes())
			}
			got := alice.received()
			if len(got) != 1 || got[0].Get("Require") != "eventlist" || !strings.HasPrefix(got[0].Get("Content-Type"), `multipart/related;type="application/rlmi+xml";start="<list@fe.parley.test>"`) {
				t.Fatalf("%d notifications", len(got))
			}
			return string(got[0].Body())
		}
		w.want("own list", list(alice.uri()), `fullState="true"`, `version="0"`, `<resource uri="sip:bob@parley.test"><name>Bob</name><instance id="1" state="active" cid="bob.parley.test@fe.parley.test"/>`,
			`<resource uri="sip:x@elsewhere.test"><instance id="1" state="terminated" reason="noresource"/>`, "<basic>closed</basic>")
		time.Sleep(3 * time.Second)
		bob.signIn()
		w.want("change", alice.last(), `fullState="false"`, `version="1"`, "<basic>open</basic>", "!elsewhere")
		w.want("group", list(alice.uri()+";pres-list=Friends"), "carol@parley.test", "!bob@parley.test")

		body := string(pidf.AppendResourceLists(nil, []pidf.List{{Entries: []pidf.Entry{{URI: "sip:bob@parley.test"}, {URI: "sip:dave@parley.test"}}}}))
		res := alice.do("SUBSCRIBE", "sip:rls@parley.test", "application/resource-lists+xml", body, "Event", "presence", "Supported", "eventlist", "Require", "recipient-list-subscribe", "Accept", "application/pidf+xml", "Expires", "600", "Call-ID", "rls")
		if res.StatusCode() != 200 {
			t.Fatalf("%s", res.Bytes())
		}
		w.want("list in the request", alice.last(), "bob@parley.test", "dave@parley.test")
	})
}

func TestWatcherInfo(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.client("alice", dialect.Standard), w.client("bob", dialect.Standard)
		if res := alice.do("SUBSCRIBE", bob.uri(), "", "", "Event", "presence.winfo", "Expires", "600"); res.StatusCode() != 403 {
			t.Errorf("somebody else's watchers: %d", res.StatusCode())
		}
		bob.do("SUBSCRIBE", bob.uri(), "", "", "Event", "presence.winfo", "Accept", "application/watcherinfo+xml", "Expires", "600")
		w.want("nobody", bob.last(), `<watcher-list resource="sip:bob@parley.test" package="presence"/>`, `version="0"`)
		res := alice.watch("bob")
		w.want("a watcher", bob.last(), `status="active"`, `display-name="Alice">sip:alice@parley.test<`, `version="1"`)
		alice.do("SUBSCRIBE", bob.uri(), "", "", "Event", "presence", "Expires", "0", "To", res.Get("To"), "Call-ID", "w-"+alice.epid+"bob")
		w.want("none again", bob.last(), "!alice")
	})
}

func TestDialogInfo(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.client("alice", dialect.Standard), w.client("bob", dialect.Standard)
		alice.do("SUBSCRIBE", bob.uri(), "", "", "Event", "dialog", "Accept", "application/dialog-info+xml", "Expires", "600")
		w.want("none", alice.last(), `entity="sip:bob@parley.test"/>`)
		w.svc.Call(bob.user, pidf.Dialog{ID: "1", State: pidf.DialogEarly, Remote: "sip:carol@parley.test"})
		w.want("ringing", alice.last(), "<state>early</state>", "sip:carol@parley.test")
		if _, token := w.svc.State(bob.user); token != "" {
			t.Errorf("ringing shows as %q", token)
		}
		w.svc.Call(bob.user, pidf.Dialog{ID: "1", State: pidf.DialogConfirmed, Remote: "sip:carol@parley.test"})
		w.want("talking", alice.last(), "<state>confirmed</state>")
		if _, token := w.svc.State(bob.user); token != "on-the-phone" {
			t.Errorf("a call shows as %q", token)
		}
		w.svc.Call(bob.user, pidf.Dialog{ID: "1", State: pidf.DialogTerminated})
		w.want("over", alice.last(), "!<dialog ")

		doc := string(pidf.AppendDialogInfo(nil, 0, true, bob.uri(), []pidf.Dialog{{ID: "x", State: pidf.DialogConfirmed}}))
		if res := bob.do("PUBLISH", bob.uri(), "application/dialog-info+xml", doc, "Event", "dialog"); res.StatusCode() != 200 {
			t.Errorf("%s", res.Bytes())
		}
		w.want("published", alice.last(), `<dialog id="x"`)
		if _, token := w.svc.State(bob.user); token != "on-the-phone" {
			t.Errorf("a published call shows as %q", token)
		}
	})
}

func TestSubscriptionEnds(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.client("alice", dialect.Standard)
		first := alice.watch("bob")
		alice.received()
		time.Sleep(10 * time.Minute)
		got := alice.received()
		if len(got) != 0 || w.svc.Subscriptions() != 1 {
			t.Fatalf("ended early: %d", len(got))
		}
		time.Sleep(6 * time.Second)
		got = alice.received()
		if len(got) != 1 || got[0].Get("Subscription-State") != "terminated;reason=timeout" || w.svc.Subscriptions() != 0 {
			t.Fatalf("%d notifications, %d subscriptions", len(got), w.svc.Subscriptions())
		}
		if res := alice.watch("bob", "To", first.Get("To")); res.StatusCode() != 481 {
			t.Errorf("refresh of an ended one: %d", res.StatusCode())
		}
	})
}

func TestRefreshAndUnsubscribe(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.client("alice", dialect.Standard)
		first := alice.watch("bob")
		alice.received()
		to := first.Get("To")
		time.Sleep(500 * time.Second)
		if res := alice.watch("bob", "To", to); res.StatusCode() != 200 || res.Get("To") != to {
			t.Fatalf("%s", res.Bytes())
		}
		w.want("refreshed", alice.last(), "<presence ")
		time.Sleep(500 * time.Second)
		if w.svc.Subscriptions() != 1 {
			t.Fatal("the refresh did not count")
		}
		// Somebody else with the same Call-ID and tags is not the watcher.
		eve := w.client("eve", dialect.Standard)
		eve.epid, eve.cseq = alice.epid, 50
		if res := eve.watch("bob", "To", to); res.StatusCode() != 481 {
			t.Errorf("a stranger in the dialog: %d", res.StatusCode())
		}
		stale := w.client("alice", dialect.Standard)
		if res := stale.watch("bob", "To", to); res.StatusCode() != 500 {
			t.Errorf("an old request in the dialog: %d", res.StatusCode())
		}
		res := alice.do("SUBSCRIBE", "sip:bob@parley.test", "", "", "Event", "presence", "Expires", "0", "To", to, "Call-ID", "w-epidalicebob")
		got := alice.received()
		if res.StatusCode() != 200 || len(got) != 1 || !strings.HasPrefix(got[0].Get("Subscription-State"), "terminated") || w.svc.Subscriptions() != 0 {
			t.Errorf("%d, %d notifications, %d subscriptions", res.StatusCode(), len(got), w.svc.Subscriptions())
		}
	})
}

func TestOneNotifyAtATime(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.client("alice", dialect.Standard), w.client("bob", dialect.Lync)
		bob.signIn()
		alice.replies = 0 // never answers
		alice.watch("bob")
		if n := len(alice.received()); n != 1 {
			t.Fatal(n)
		}
		for i, a := range []int{6500, 9500, 12500} {
			time.Sleep(3 * time.Second)
			bob.both("userState", a, "", i, "static")
		}
		if n := len(alice.received()); n != 0 {
			t.Errorf("%d notifications while one is under way", n)
		}
		alice.replies = 200
		alice.silent()
		got := alice.received()
		if len(got) != 1 {
			t.Fatalf("%d notifications after the answer", len(got))
		}
		w.want("the latest", string(got[0].Body()), "Be right back")
	})
}

func TestWatcherThatIsGone(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.client("alice", dialect.Standard)
		alice.replies = 481
		alice.watch("bob")
		alice.received()
		if n := w.svc.Subscriptions(); n != 0 {
			t.Errorf("%d subscriptions of somebody who knows nothing of them", n)
		}
	})
}

func TestSubscribeRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		w.svc.Close()
		w.limits.MaxSubscribers = 1
		w.start()
		alice := w.client("alice", dialect.Standard)
		for _, c := range []struct {
			code   int
			uri    string
			fields []string
		}{
			{489, "sip:bob@parley.test", []string{"Event", "weather"}},
			{404, "sip:nobody@parley.test", []string{"Event", "presence"}},
			{423, "sip:bob@parley.test", []string{"Event", "presence", "Expires", "3"}},
			{406, "sip:bob@parley.test", []string{"Event", "presence", "Accept", "text/html"}},
			{403, "sip:bob@parley.test", []string{"Event", "vnd-microsoft-roaming-self"}},
			{481, "sip:bob@parley.test", []string{"Event", "presence", "To", "<sip:bob@parley.test>;tag=x"}},
			{200, "sip:bob@parley.test", []string{"Event", "presence"}},
			{503, "sip:bob@parley.test", []string{"Event", "presence"}},
		} {
			if res := alice.do("SUBSCRIBE", c.uri, "", "", c.fields...); res.StatusCode() != c.code {
				t.Errorf("%v: want %d, got %s", c.fields, c.code, res.Bytes())
			}
		}
		alice.user = ""
		if res := alice.do("SUBSCRIBE", "sip:bob@parley.test", "", "", "Event", "presence"); res.StatusCode() != 403 {
			t.Errorf("not signed in: %d", res.StatusCode())
		}
	})
}

func TestFetch(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.client("alice", dialect.Standard)
		alice.do("SUBSCRIBE", "sip:bob@parley.test", "", "", "Event", "presence", "Expires", "0")
		got := alice.received()
		if len(got) != 1 || got[0].Get("Subscription-State") != "terminated;reason=timeout" || w.svc.Subscriptions() != 0 {
			t.Errorf("%d notifications, %d subscriptions", len(got), w.svc.Subscriptions())
		}
	})
}

func TestManyWatchersOrder(t *testing.T) {
	inWorld(t, func(w *world) {
		bob := w.client("bob", dialect.Lync)
		bob.signIn()
		var watchers []*client
		for i := range 50 {
			c := w.client(fmt.Sprintf("w%d", i), dialect.Lync)
			c.batch("", "bob")
			watchers = append(watchers, c)
		}
		for i := range 20 {
			bob.both("userState", []int{6500, 9500}[i%2], "", i, "static")
			time.Sleep(2100 * time.Millisecond)
		}
		for _, c := range watchers {
			got := c.received()
			if len(got) != 20 {
				t.Fatalf("%s was told %d times", c.user, len(got))
			}
			for i, m := range got {
				if want := fmt.Sprintf("%d BENOTIFY", i+2); m.Get("CSeq") != want {
					t.Fatalf("CSeq %q, want %q", m.Get("CSeq"), want)
				}
			}
		}
	})
}

// Clients that start in the same second share Call-IDs, tags and sequence numbers.
func TestClientsWithTheSameIDs(t *testing.T) {
	inWorld(t, func(w *world) {
		bob := w.client("bob", dialect.Lync)
		bob.signIn()
		var all []*client
		for _, name := range []string{"alice", "carol", "dave"} {
			c := w.client(name, dialect.Lync)
			c.epid = "same"
			c.batch("", "bob")
			all = append(all, c)
		}
		if n := w.svc.Subscriptions(); n != 3 {
			t.Fatalf("%d subscriptions", n)
		}
		time.Sleep(3 * time.Second)
		bob.both("userState", 6500, "", 0, "static")
		for _, c := range all {
			if got := c.received(); len(got) != 1 || !strings.Contains(got[0].Get("To"), c.user) {
				t.Errorf("%s was told %d times", c.user, len(got))
			}
		}
	})
}
