package classify

import (
	"strings"
	"testing"

	"parley/internal/quality/metric"
	"parley/internal/state"
)

func TestTeams2024WantsPackets(t *testing.T) {
	rules, err := ByName("teams2024")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		set  *metric.Set
		want Verdict
	}{
		{"few packets", set(metric.Jitter, 90.0, metric.Packets, 500.0), Unclassified},
		{"unknown packets", set(metric.Jitter, 90.0), Unclassified},
		{"jitter", set(metric.Jitter, 30.5, metric.Packets, 501.0), Poor},
		{"round trip", set(metric.RoundTrip, 501.0, metric.Packets, 501.0), Poor},
		{"loss", set(metric.LossRate, 0.11, metric.Packets, 501.0), Poor},
		{"at the limits", set(metric.Jitter, 30.0, metric.RoundTrip, 500.0, metric.LossRate, 0.1, metric.Packets, 501.0), Good},
		{"what it does not look at", set(metric.Degradation, 3.0, metric.Concealed, 0.5, metric.Jitter, 1.0, metric.Packets, 501.0), Good},
	} {
		if v, why := rules.Judge(metric.Audio, c.set, false); v != c.want {
			t.Errorf("%s: %v, want %v (%v)", c.what, v, c.want, why)
		}
	}
	if sql := rules.SQL(); !strings.Contains(sql, "media = 1 AND NOT (coalesce(packets, 500) > 500) THEN 0") {
		t.Error(sql)
	}
}

// Reference section 2.1: optimal and acceptable.
func TestSDN3Levels(t *testing.T) {
	rules, err := ByName("sdn3")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		media                     metric.Media
		id                        metric.ID
		optimal, acceptable, poor float64
	}{
		{metric.Audio, metric.Degradation, 0.6, 1, 1.01}, {metric.Audio, metric.Jitter, 15, 25, 26}, {metric.Audio, metric.LossRate, 0.02, 0.05, 0.051},
		{metric.Audio, metric.Concealed, 0.03, 0.07, 0.071}, {metric.Audio, metric.RoundTrip, 200, 500, 501},
		{metric.Audio, metric.EventDeviceCaptureNotFunctioning, 0.1, 0.3, 0.31}, {metric.Audio, metric.EventDeviceRenderNotFunctioning, 0.1, 0.3, 0.31},
		{metric.Audio, metric.EventDeviceHalfDuplexAEC, 0.1, 0.3, 0.31}, {metric.Video, metric.FrameLossLocal, 5, 10, 11}, {metric.Video, metric.FrameRate, 12, 7, 6},
		{metric.AppShare, metric.SpoiledTiles, 11, 36, 37},
	} {
		for value, want := range map[float64]int{c.optimal: 1, c.acceptable: 2} {
			if v, why := rules.Judge(c.media, set(c.id, value), false); v != Good || len(why) != want {
				t.Errorf("%s = %v: %v %v", c.id, value, v, why)
			}
		}
		if v, _ := rules.Judge(c.media, set(c.id, c.poor), false); v != Poor {
			t.Errorf("%s = %v: %v", c.id, c.poor, v)
		}
	}
}

const mine = `{"name":"mine","title":"Ours","media":[{"media":"audio","enough":{"metric":"packets","above":100},"limits":[{"metric":"jitter","above":20,"optimal":10}]}]}`

func TestAdministratorsRuleSets(t *testing.T) {
	st, err := state.Open(t.Context(), state.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	s, err := OpenStore(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	d, err := ReadDefinition([]byte(mine))
	if err != nil {
		t.Fatal(err)
	}
	for want := 1; want <= 2; want++ {
		if v, err := s.Put(t.Context(), d); err != nil || v != want {
			t.Fatalf("version %d %v, want %d", v, err, want)
		}
	}
	rules, err := s.ByName("mine")
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := rules.Judge(metric.Audio, set(metric.Jitter, 21.0, metric.Packets, 101.0), false); v != Poor {
		t.Errorf("verdict %v", v)
	}
	if names := s.Names(); len(names) != 5 || names[0] != DefaultName || names[4] != "mine" {
		t.Errorf("names %v", names)
	}
	if err := s.Remove(t.Context(), "mine"); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), "mine"); err == nil {
		t.Error("removed twice")
	}
	if _, err := s.ByName("mine"); err == nil {
		t.Error("still there")
	}
}

func TestBadDefinitions(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                        "read classifier",
		`{"nam":"x"}`:              "nam",
		`{"name":"X"}`:             "small letters",
		`{"name":"cqd2015"}`:       "built in",
		`{"name":"x"}`:             "title",
		`{"name":"x","title":"t"}`: "no rules",
		strings.Replace(mine, `"audio"`, `"smell"`, 1):                     "smell",
		strings.Replace(mine, `"jitter"`, `"jtter"`, 1):                    "jtter",
		strings.Replace(mine, `"above":20`, `"above":-1`, 1):               "limit of jitter",
		strings.Replace(mine, `"above":20`, `"above":20,"below":3`, 1):     "one of above and below",
		strings.Replace(mine, `"packets","above"`, `"packets","below"`, 1): "above",
	} {
		if _, err := ReadDefinition([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
