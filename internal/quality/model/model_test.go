package model

import (
	"strings"
	"testing"
)

func TestKeysAreUniqueAndNamed(t *testing.T) {
	c := New()
	seen := map[string]bool{}
	for _, d := range c.Dimensions() {
		if seen[d.Key] || d.Name == "" || d.Category == "" || len(d.In) == 0 || d.Kind == 0 {
			t.Errorf("dimension %+v", d)
		}
		seen[d.Key] = true
		if c.Dimension(d.Key) == nil || c.Dimension(strings.ToUpper(d.Name)) == nil {
			t.Errorf("%s is not found", d.Key)
		}
		for _, of := range d.Of {
			if of != "" && c.Dimension(of) == nil {
				t.Errorf("%s is made of %s", d.Key, of)
			}
		}
	}
	seen = map[string]bool{}
	for _, m := range c.Measures() {
		if seen[m.Key] || m.Name == "" || len(m.Atoms) == 0 {
			t.Errorf("measure %s %q", m.Key, m.Name)
		}
		seen[m.Key] = true
	}
	t.Logf("%d dimensions, %d measures", len(c.Dimensions()), len(c.Measures()))
}

// Every name of the original is answered: with data, or with the reason why not.
func TestOriginalNames(t *testing.T) {
	c := New()
	md, mm := c.Unavailable()
	for _, m := range append(md, mm...) {
		if m.Reason == "" || c.Dimension(m.Name) != nil {
			t.Errorf("%+v", m)
		}
	}
	for name, key := range map[string]string{
		"Second Building Name": "second.building", "Scenario Pair": "pair.scenario", "First Network Connection Detail": "first.net", "Date": "time.day",
		"Audio Degradation Avg": "degradation", "Poor Reason": "poor_reason", "Second Subnet": "second.subnet", "Transport": "transport",
	} {
		if d := c.Dimension(name); d == nil || d.Key != key {
			t.Errorf("%s is %+v, want %s", name, d, key)
		}
	}
	for name, key := range map[string]string{
		"Audio Poor Percentage": "audio.poor_pct", "Avg Jitter": "avg.jitter", "Total Call Setup Failure Percentage": "setup_failed_pct", "P50 Latency": "p50.rtt",
		"Audio Poor Due To Jitter Count": "audio.poor_due_jitter", "Avg Round Trip": "avg.rtt", "Second Feedback Rating Avg": "feedback_avg",
	} {
		if m, ok := c.Measure(name); !ok || m.Key != key {
			t.Errorf("%s is %+v, want %s", name, m, key)
		}
	}
	t.Logf("without data: %d dimensions, %d measures", len(md), len(mm))
}

func TestStatisticsOutsideTheList(t *testing.T) {
	c := New()
	for _, good := range []string{"p42.jitter", "audio.p95.rtt", "vbss.avg.frame_rate", "sum.packets"} {
		if m, ok := c.Measure(good); !ok || m.Key != good {
			t.Errorf("%s: %+v", good, m)
		}
	}
	for _, bad := range []string{"p0.jitter", "p100.jitter", "p07.jitter", "x.jitter", "avg.nothing", "radio.avg.jitter", "avg.", ".jitter", "", "a.b.c.d"} {
		if m, ok := c.Measure(bad); ok {
			t.Errorf("%s: %+v", bad, m)
		}
	}
}

func TestNearest(t *testing.T) {
	c := New()
	if got := c.NearestDimension("second.bulding"); got != "second.building" {
		t.Errorf("got %s", got)
	}
	if got := c.NearestMeasure("audio.poor_pc"); got != "audio.poor_pct" {
		t.Errorf("got %s", got)
	}
	if got := c.NearestDimension("zzzzzzzzzzzzzzzzzzzzzz"); got != "" {
		t.Errorf("got %s", got)
	}
}

func TestAgents(t *testing.T) {
	for text, want := range map[string][3]string{
		"UCCAPI/16.0.13801.21092 OC/16.0.13801.21092 (Skype for Business)": {"OC", "16.0.13801.21092", "OC"},
		"Linphone/5.2.0 (belle-sip/5.2)":                                   {"Linphone", "5.2.0", "Softphone"},
		"baresip v3.10.1 (x86_64/Linux)":                                   {"baresip", "3.10.1", "Softphone"},
		"Yealink SIP-T46S 66.84.0.15":                                      {"Yealink SIP-T46S", "66.84.0.15", "IP Phone"},
		"RTCC/6.0.0.0 MediationServer":                                     {"RTCC", "6.0.0.0", "MediationServer"},
		"iPhoneLync/6.29.0.42 (iPhone iOS)":                                {"iPhoneLync", "6.29.0.42", "iPhone"},
		"":                                                                 {"", "", ""},
		"something":                                                        {"something", "", "Other"},
	} {
		if got := [3]string{AgentProduct(text), AgentVersion(text), AgentCategory(text)}; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestDerivedTexts(t *testing.T) {
	for in, want := range map[string]string{"198.51.100.7": "198.51.100.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "::ffff:1.2.3.4": "1.2.3.0/24", "x": ""} {
		if got := networkOf(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	for in, want := range map[string]string{"Windows 10.0.19045 SP0.0 (x64)": "Windows 10.0.19045", "Mac OS X 13.2": "Mac OS X 13", "TempleOS": "TempleOS"} {
		if got := osFamily(in); got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
}
