package pidf

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPresenceRoundTrip(t *testing.T) {
	at := time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)
	want := Presence{
		Entity: "sip:alice@parley.test",
		Tuples: []Tuple{{ID: "t1", Open: true, Contact: "sip:alice@10.0.0.1", Priority: "1", Timestamp: at, Notes: []Note{{Lang: "en", Text: "out & about"}}}},
		Person: &Person{ID: "p1", Activities: []Activity{{Name: "busy", Till: at}, {Name: "other", Text: "cooking", Till: at}}, Input: &UserInput{Idle: true, LastInput: at}, Notes: []Note{{Text: "hi"}}},
	}
	got, err := ParsePresence(AppendPresence(nil, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What clients write: linphone's person with an activity, baresip's tuple with the draft's rpid inside status.
func TestPresenceOfRealClients(t *testing.T) {
	baresip := `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:bob@parley.test">
 <dm:person id="p4159"><rpid:activities/></dm:person>
 <tuple id="t4109"><status><basic>open</basic></status><contact>sip:bob@parley.test</contact></tuple>
</presence>`
	p, err := ParsePresence([]byte(baresip))
	if err != nil || len(p.Tuples) != 1 || !p.Tuples[0].Open || p.Person == nil || len(p.Person.Activities) != 0 {
		t.Errorf("%+v %v", p, err)
	}
	draft := `<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:es="urn:ietf:params:xml:ns:pidf:rpid-status" entity="sip:b@p"><tuple id="x"><status><basic>OPEN</basic><es:activities><es:activity>on-the-phone</es:activity></es:activities></status></tuple></presence>`
	p, err = ParsePresence([]byte(draft))
	if err != nil || !p.Tuples[0].Open || len(p.Tuples[0].Activities) != 1 || p.Tuples[0].Activities[0].Name != "on-the-phone" {
		t.Errorf("%+v %v", p, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, doc := range []string{`<presence/>`, `<tuple xmlns="urn:ietf:params:xml:ns:pidf"/>`} {
		if _, err := ParsePresence([]byte(doc)); !errors.Is(err, ErrDocument) {
			t.Errorf("%s: %v", doc, err)
		}
	}
	for _, inside := range []string{`<external anchor="http://x"/>`, strings.Repeat(`<entry uri="sip:a@b"/>`, maxEntries+1)} {
		if _, err := ParseResourceLists([]byte(`<resource-lists><list>` + inside + `</list></resource-lists>`)); !errors.Is(err, ErrDocument) {
			t.Errorf("%.40s: %v", inside, err)
		}
	}
}

func TestResourceListsRoundTrip(t *testing.T) {
	want := []List{{Name: "friends", DisplayName: "Friends", Entries: []Entry{{URI: "sip:bob@parley.test", DisplayName: "Bob"}}}}
	got, err := ParseResourceLists(AppendResourceLists(nil, want))
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
}

func TestDialogInfoRoundTrip(t *testing.T) {
	want := []Dialog{{ID: "d1", Initiator: true, State: DialogConfirmed, Remote: "sip:bob@parley.test", RemoteName: "Bob", Local: "sip:a@parley.test"}}
	entity, got, err := ParseDialogInfo(AppendDialogInfo(nil, 1, true, "sip:a@parley.test", want))
	if err != nil || entity != "sip:a@parley.test" || cmp.Diff(want, got) != "" {
		t.Errorf("%q %v %s", entity, err, cmp.Diff(want, got))
	}
}

func TestListNotificationParts(t *testing.T) {
	got := string(AppendListNotification(nil, "b", "parley.test", "sip:alice@parley.test", 7, false, []Resource{{URI: "sip:bob@parley.test", State: InstanceActive, CID: "r1", Body: []byte("<presence/>")}}))
	for _, want := range []string{"Content-ID: <list@parley.test>\r\n", "Content-ID: <r1@parley.test>\r\n", `cid="r1@parley.test"`, `version="7" fullState="false"`, "<presence/>\r\n\r\n--b--\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q missing in\n%s", want, got)
		}
	}
}

func TestIdentifier(t *testing.T) {
	for in, want := range map[string]string{"": "t3", "abc-1.x": "abc-1.x", "7a": "t7a", "a b:c": "a_b_c", "-x": "t_x"} {
		if got := identifier(in, "t", 2); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(AppendPresence(nil, Presence{Entity: "sip:a@b", Tuples: []Tuple{{Open: true, Activities: []Activity{{Name: "busy"}}}}, Person: &Person{Input: &UserInput{Idle: true}}}))
	f.Add(AppendResourceLists(nil, []List{{Name: "x", Entries: []Entry{{URI: "sip:a@b"}}}}))
	f.Add(AppendDialogInfo(nil, 0, true, "sip:a@b", []Dialog{{ID: "1", State: "early"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ParsePresence(b); err == nil {
			_ = AppendPresence(nil, p)
		}
		_, _ = ParseResourceLists(b)
		_, _, _ = ParseDialogInfo(b)
	})
}
