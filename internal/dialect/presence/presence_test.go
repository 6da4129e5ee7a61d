package presence

import (
	"encoding/base64"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/wire/pidf"
)

var update = flag.Bool("update", false, "rewrite the tables of docs/interop/presence.md")

var at = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

// Every row of the table from the scale to PIDF: the edges of its band and what is written.
func TestToPIDF(t *testing.T) {
	for _, c := range []struct {
		name         string
		availability []int
		token        string
		open         bool
		activities   string
		input        string
		note         string
	}{
		{"Unknown", []int{-1, 0, 2999}, "", false, "unknown", "", ""},
		{"Available", []int{3000, 3500, 4499}, "", true, "", "active", ""},
		{"Available, idle", []int{4500, 5000, 5999}, "idle", true, "", "idle", ""},
		{"Busy", []int{6000, 6500, 7499}, "busy", true, "busy", "", ""},
		{"Busy", []int{6500}, "", true, "busy", "", ""},
		{"In a call", []int{6000, 6500, 7499}, "on-the-phone", true, "on-the-phone busy", "", ""},
		{"In a conference call", []int{6000, 7000, 7499}, "in-a-conference", true, "on-the-phone meeting", "", ""},
		{"In a meeting", []int{6000, 6500, 7499}, "in-a-meeting", true, "meeting appointment", "", ""},
		{"Busy, idle", []int{7500, 8000, 8999}, "busyidle", true, "busy", "idle", ""},
		{"Do not disturb", []int{9000, 9500, 11999}, "do-not-disturb", true, "busy other=do-not-disturb", "", ""},
		{"Presenting", []int{9000, 9000, 11999}, "in-presentation", true, "presentation busy", "", ""},
		{"Presenting", []int{9000}, "presenting", true, "presentation busy", "", ""},
		{"Urgent interruptions only", []int{9000, 9500, 10500}, "urgent-interruptions-only", true, "busy other=do-not-disturb", "", ""},
		{"Be right back", []int{12000, 12500, 14999}, "be-right-back", true, "away", "", "Be right back"},
		{"Away", []int{15000, 15500, 17999}, "away", true, "away", "", ""},
		{"Off work", []int{15500}, "off-work", true, "away", "", ""},
		{"Out to lunch", []int{15500}, "out-to-lunch", true, "away meal", "", ""},
		{"Out of office", []int{15500}, "out-of-office", true, "away vacation", "", ""},
		{"Offline", []int{18000, 18500, 99999}, "", false, "", "", ""},
	} {
		for _, a := range c.availability {
			s := State{Availability: a, Activity: c.token, IdleSince: at.Add(-time.Hour)}
			if s.Name() != c.name {
				t.Errorf("%d %q is %q, want %q", a, c.token, s.Name(), c.name)
			}
			p := ToPIDF(s, "sip:bob@parley.test", at)
			if p.Tuples[0].Open != c.open || spell(p.Person.Activities) != c.activities || inputOf(p) != c.input || firstNote(p) != c.note {
				t.Errorf("%d %q: open %v, activities %q, input %q, note %q", a, c.token, p.Tuples[0].Open, spell(p.Person.Activities), inputOf(p), firstNote(p))
			}
			if c.input == "idle" && !p.Person.Input.LastInput.Equal(s.IdleSince) {
				t.Errorf("%s: last input %v", c.name, p.Person.Input.LastInput)
			}
			valid(t, p)
		}
	}
}

// Every row of the way back.
func TestFromPIDF(t *testing.T) {
	for _, c := range []struct {
		activities   string
		closed, idle bool
		availability int
		token, text  string
	}{
		{"", true, false, 18500, "", ""},
		{"other=do-not-disturb", false, false, 9500, "do-not-disturb", ""},
		{"other=Do Not Disturb", false, false, 9500, "do-not-disturb", ""},
		{"dnd", false, false, 9500, "do-not-disturb", ""},
		{"busy other=DND", false, false, 9500, "do-not-disturb", ""},
		{"presentation", false, false, 9000, "in-presentation", ""},
		{"performance", false, false, 9000, "in-presentation", ""},
		{"meeting on-the-phone", false, false, 7000, "in-a-conference", ""},
		{"on-the-phone", false, false, 6500, "on-the-phone", ""},
		{"on-the-phone busy", false, true, 6500, "on-the-phone", ""},
		{"meeting", false, false, 6500, "in-a-meeting", ""},
		{"appointment", false, false, 6500, "in-a-meeting", ""},
		{"busy", false, false, 6500, "busy", ""},
		{"working", false, false, 6500, "busy", ""},
		{"steering", false, false, 6500, "busy", ""},
		{"tv", false, false, 6500, "busy", ""},
		{"playing", false, false, 6500, "busy", ""},
		{"worship", false, false, 6500, "busy", ""},
		{"spectator", false, false, 6500, "busy", ""},
		{"busy", false, true, 8000, "busyidle", ""},
		{"lunch", false, false, 15500, "", "Lunch"},
		{"breakfast", false, false, 15500, "", "Breakfast"},
		{"dinner", false, false, 15500, "", "Dinner"},
		{"away meal", false, false, 15500, "", "Meal"},
		{"vacation", false, false, 15500, "out-of-office", ""},
		{"holiday", false, false, 15500, "out-of-office", ""},
		{"permanent-absence", false, false, 15500, "out-of-office", ""},
		{"travel", false, false, 15500, "out-of-office", ""},
		{"away", false, false, 15500, "away", ""},
		{"away", true, false, 15500, "away", ""},
		{"in-transit", false, false, 15500, "away", ""},
		{"sleeping", false, false, 15500, "away", ""},
		{"shopping", false, false, 15500, "away", ""},
		{"looking-for-work", false, false, 15500, "away", ""},
		{"unknown", true, false, 0, "", ""},
		{"", false, false, 3500, "", ""},
		{"", false, true, 5000, "idle", ""},
		{"other=cooking", false, false, 3500, "", "cooking"},
		{"juggling", true, false, 18500, "", ""},
	} {
		p := pidf.Presence{Tuples: []pidf.Tuple{{Open: !c.closed}}, Person: &pidf.Person{Activities: parse(c.activities)}}
		if c.idle {
			p.Person.Input = &pidf.UserInput{Idle: true, LastInput: at}
		}
		s := FromPIDF(p)
		if s.Availability != c.availability || s.Activity != c.token || s.Custom != c.text {
			t.Errorf("%q closed %v idle %v: %d %q %q, want %d %q %q", c.activities, c.closed, c.idle, s.Availability, s.Activity, s.Custom, c.availability, c.token, c.text)
		}
	}
}

// What we write comes back as the same state where PIDF can say it.
func TestRoundTrip(t *testing.T) {
	for _, s := range []State{
		{Availability: Available}, {Availability: Idle, Activity: "idle", IdleSince: at}, {Availability: Busy, Activity: "busy"},
		{Availability: Busy, Activity: TokenPhone}, {Availability: Conference, Activity: TokenConference}, {Availability: Busy, Activity: TokenMeeting, Until: at},
		{Availability: BusyIdle, Activity: "busyidle", IdleSince: at}, {Availability: DoNotDisturb, Activity: "do-not-disturb"},
		{Availability: Presenting, Activity: TokenPresentation}, {Availability: Away, Activity: "away"}, {Availability: Away, Activity: TokenOutOfOffice},
		{Availability: Offline}, {Availability: 0}, {Availability: Available, Custom: "cooking", Notes: []string{"at home"}},
	} {
		doc := pidf.AppendPresence(nil, ToPIDF(s, "sip:bob@parley.test", at))
		p, err := pidf.ParsePresence(doc)
		if err != nil {
			t.Fatal(err)
		}
		got := FromPIDF(p)
		got.Observed = false
		if diff := cmp.Diff(s, got); diff != "" {
			t.Errorf("%s\n%s", doc, diff)
		}
	}
}

func TestSeveralTuples(t *testing.T) {
	tuple := func(open bool, activities string) pidf.Tuple {
		return pidf.Tuple{Open: open, Activities: parse(activities)}
	}
	order := []pidf.Tuple{tuple(true, "on-the-phone"), tuple(true, "dnd"), tuple(true, "meeting"), tuple(true, "busy"), tuple(true, ""), tuple(true, "away"), tuple(false, "")}
	for i := range order[:len(order)-1] {
		for j := i + 1; j < len(order); j++ {
			want := FromPIDF(pidf.Presence{Tuples: order[i : i+1]})
			got := FromPIDF(pidf.Presence{Tuples: []pidf.Tuple{order[j], order[i]}})
			if got.Availability != want.Availability || got.Activity != want.Activity {
				t.Errorf("%v before %v gave %+v", order[j].Activities, order[i].Activities, got)
			}
		}
	}
}

func TestNoTupleSaysNothing(t *testing.T) {
	if s := FromPIDF(pidf.Presence{}); s.Availability != Offline {
		t.Errorf("%+v", s)
	}
	if s := FromPIDF(pidf.Presence{Person: &pidf.Person{Activities: parse("busy")}}); s.Availability != Busy {
		t.Errorf("%+v", s)
	}
}

func TestFromDialogs(t *testing.T) {
	for state, want := range map[string]bool{"confirmed": true, "early": false, "trying": false, "proceeding": false, "terminated": false} {
		s, ok := FromDialogs([]pidf.Dialog{{State: "terminated"}, {State: state}})
		if ok != want || ok && (s.Availability != 6500 || s.Activity != "on-the-phone") {
			t.Errorf("%s: %+v %v", state, s, ok)
		}
	}
}

func TestFreeBusy(t *testing.T) {
	f := FreeBusy{Start: at, Granularity: 15 * time.Minute, Slots: []Slot{SlotFree, SlotBusy, SlotBusy, SlotTentative, SlotOutOfOffice, SlotFree, SlotFree, SlotFree}}
	back, err := ParseFreeBusy(at, f.Granularity, base64.StdEncoding.EncodeToString([]byte{0b01_10_10_00, 0b00_00_00_11}))
	if err != nil || cmp.Diff(f, back) != "" {
		t.Fatalf("%v %s", err, cmp.Diff(f, back))
	}
	if s, ok := f.Meeting(at.Add(20 * time.Minute)); !ok || s.Activity != TokenMeeting || !s.Until.Equal(at.Add(45*time.Minute)) {
		t.Errorf("busy slot: %+v %v", s, ok)
	}
	if s, ok := f.Meeting(at.Add(61 * time.Minute)); !ok || s.Activity != TokenOutOfOffice {
		t.Errorf("out of office slot: %+v %v", s, ok)
	}
	for _, m := range []time.Duration{-time.Minute, 0, 50 * time.Minute, 24 * time.Hour} {
		if _, ok := f.Meeting(at.Add(m)); ok {
			t.Errorf("a meeting after %v", m)
		}
	}
	for _, bad := range []string{"?", strings.Repeat("AAAA", 400)} {
		if _, err := ParseFreeBusy(at, f.Granularity, bad); err == nil {
			t.Errorf("%.10s was accepted", bad)
		}
	}
	if _, err := ParseFreeBusy(at, 0, ""); err == nil {
		t.Error("granularity 0 was accepted")
	}
}

// The tables in the documentation are those of the code.
func TestDocumentation(t *testing.T) {
	const path = "../../../docs/interop/presence.md"
	const begin, end = "<!-- tables: begin -->\n", "<!-- tables: end -->"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(raw), begin)
	old, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("markers are missing")
	}
	if *update {
		if err := os.WriteFile(path, []byte(head+begin+Markdown()+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(old, Markdown()); diff != "" {
		t.Errorf("docs/interop/presence.md differs; go test ./internal/dialect/presence -update\n%s", diff)
	}
}

func parse(words string) []pidf.Activity {
	var list []pidf.Activity
	for words != "" {
		var word string
		if rest, ok := strings.CutPrefix(words, "other="); ok {
			return append(list, pidf.Activity{Name: "other", Text: rest})
		}
		word, words, _ = strings.Cut(words, " ")
		list = append(list, pidf.Activity{Name: word})
	}
	return list
}

func spell(list []pidf.Activity) string {
	var words []string
	for _, a := range list {
		if a.Name == "other" {
			a.Name += "=" + a.Text
		}
		words = append(words, a.Name)
	}
	return strings.Join(words, " ")
}

func inputOf(p pidf.Presence) string {
	switch in := p.Person.Input; {
	case in == nil:
		return ""
	case in.Idle:
		return "idle"
	}
	return "active"
}

func firstNote(p pidf.Presence) string {
	if len(p.Person.Notes) == 0 {
		return ""
	}
	return p.Person.Notes[0].Text
}

func valid(t *testing.T, p pidf.Presence) {
	t.Helper()
	tool, err := exec.LookPath("xmllint")
	if err != nil {
		return // package pidf's tests say that the tool is missing
	}
	cmd := exec.Command(tool, "--nonet", "--noout", "--schema", "../../wire/pidf/testdata/schema/pidf.xsd", "-")
	cmd.Stdin = strings.NewReader(string(pidf.AppendPresence(nil, p)))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
