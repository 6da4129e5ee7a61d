package classify

import (
	"strings"
	"testing"

	"parley/internal/quality/metric"
)

func set(pairs ...any) *metric.Set {
	var s metric.Set
	for i := 0; i < len(pairs); i += 2 {
		s.Put(pairs[i].(metric.ID), pairs[i+1].(float64))
	}
	return &s
}

// Every limit of reference section 2.1 and 2.2, at the limit and just over it.
func TestCQD2015Limits(t *testing.T) {
	rules, err := ByName("")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		media      metric.Media
		id         metric.ID
		good, poor float64
	}{
		{metric.Audio, metric.Degradation, 1.0, 1.01},
		{metric.Audio, metric.RoundTrip, 500, 501},
		{metric.Audio, metric.LossRate, 0.1, 0.1001},
		{metric.Audio, metric.Jitter, 30, 30.5},
		{metric.Audio, metric.Concealed, 0.07, 0.0701},
		{metric.Video, metric.FrameLossLocal, 50, 51},
		{metric.Video, metric.FrameRate, 7, 6.9},
		{metric.Video, metric.VideoPostFECLoss, 0.15, 0.16},
		{metric.VbSS, metric.FrameRate, 2, 1.9},
		{metric.AppShare, metric.SpoiledTiles, 36, 37},
		{metric.AppShare, metric.TileLatency, 400, 401},
		{metric.AppShare, metric.SharingOneWay, 1750, 1751},
	} {
		if v, why := rules.Judge(c.media, set(c.id, c.good), false); v != Good {
			t.Errorf("%s %s = %v: %v %v", c.media, c.id, c.good, v, why)
		}
		v, why := rules.Judge(c.media, set(c.id, c.poor), false)
		if v != Poor || len(why) != 1 || !strings.Contains(why[0], c.id.Get().Title) {
			t.Errorf("%s %s = %v: %v %v", c.media, c.id, c.poor, v, why)
		}
		if v, _ := rules.Judge(c.media, set(c.id, c.poor), true); v != Unclassified {
			t.Errorf("%s without a media path is %v", c.media, v)
		}
	}
}

func TestJPDRLeavesConcealmentOut(t *testing.T) {
	rules, err := ByName("jpdr")
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := rules.Judge(metric.Audio, set(metric.Concealed, 0.5), false); v != Unclassified {
		t.Fatalf("concealment alone is %v", v)
	}
	if v, _ := rules.Judge(metric.Audio, set(metric.Concealed, 0.5, metric.Jitter, 3.0), false); v != Good {
		t.Fatalf("with little jitter it is %v", v)
	}
}

func TestFirstVideoMetricDecides(t *testing.T) {
	rules, _ := ByName("cqd2015")
	v, _ := rules.Judge(metric.Video, set(metric.FrameLossLocal, 3.0, metric.FrameRate, 1.0), false)
	if v != Good {
		t.Fatalf("frame loss is fine but the frame rate decided: %v", v)
	}
}

func TestNothingMeasuredIsUnclassified(t *testing.T) {
	rules, _ := ByName("cqd2015")
	for _, m := range []metric.Media{metric.Audio, metric.Video, metric.VbSS, metric.AppShare, metric.Other} {
		if v, why := rules.Judge(m, set(metric.Packets, 4.0), false); v != Unclassified || len(why) != 1 {
			t.Errorf("%s: %v %v", m, v, why)
		}
	}
	if _, err := ByName("best"); err == nil {
		t.Error("an unknown classifier was found")
	}
}

func TestSQLIsStable(t *testing.T) {
	rules, _ := ByName("cqd2015")
	first := rules.SQL()
	for range 20 {
		if again := rules.SQL(); again != first {
			t.Fatalf("two texts:\n%s\n%s", first, again)
		}
	}
	for _, part := range []string{"ice_failed = 1 THEN 0", "coalesce(jitter, 3000) > 3000", "coalesce(frame_rate, 700) < 700", "concealed IS NOT NULL"} {
		if !strings.Contains(first, part) {
			t.Errorf("no %q in %s", part, first)
		}
	}
}
