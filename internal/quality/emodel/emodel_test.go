package emodel

import (
	"math"
	"testing"
)

// The values of G.107 for all defaults: R = 93.2, MOS = 4.41.
func TestDefaultsGiveTheRecommendationsRating(t *testing.T) {
	got, ok := Rate(Input{Codec: "PCMU", ClockRate: 8000})
	if !ok || math.Abs(got.R-93.2) > 0.05 {
		t.Fatalf("R = %.3f (known %v), want 93.2", got.R, ok)
	}
	if math.Abs(got.Listening-4.41) > 0.005 || got.Listening != got.Conversational {
		t.Fatalf("listening %.3f, conversational %.3f, want 4.41 for both", got.Listening, got.Conversational)
	}
	if got.Model != "g107/2" {
		t.Fatalf("model %q", got.Model)
	}
}

// Equipment impairment alone, by hand from G.107 equation 7-29.
func TestLossIsRatedByCodec(t *testing.T) {
	for _, c := range []struct {
		codec string
		loss  float64
		want  float64 // R
	}{
		{"PCMA", 0.01, 93.2 - 95*1/(1+25.1)},
		{"PCMA", 0.05, 93.2 - 95*5/(5+25.1)},
		{"G729", 0, 93.2 - 11},
		{"G729", 0.03, 93.2 - 11 - 84*3/(3+19.0)},
		{"G722", 0.02, 129 - 13 - 82*2/(2+13.0)},
	} {
		got, ok := Rate(Input{Codec: c.codec, Loss: c.loss})
		if !ok || math.Abs(got.R-c.want) > 0.1 {
			t.Errorf("%s at %.0f %%: R = %.2f, want %.2f", c.codec, 100*c.loss, got.R, c.want)
		}
	}
}

// Scores of the wideband scale as published for its codecs: G.107.1 annex A divides R by 1.29 first.
func TestWidebandHasItsOwnScale(t *testing.T) {
	for _, c := range []struct {
		codec     string
		r, listen float64
	}{
		{"AMR-WB", 129 - 13, 4.337}, {"G722", 129 - 13, 4.337}, {"G7221", 129 - 19, 4.207}, {"L16", 129, 4.5},
	} {
		got, ok := Rate(Input{Codec: c.codec, ClockRate: 16000})
		if !ok || math.Abs(got.R-c.r) > 0.001 || math.Abs(got.Listening-c.listen) > 0.005 || got.Model != modelWide {
			t.Errorf("%s: %+v, want R %.1f and %.2f", c.codec, got, c.r, c.listen)
		}
	}
	if got, ok := Rate(Input{Codec: "L16", ClockRate: 8000}); !ok || got.Model != modelNarrow {
		t.Errorf("L16 of a telephone's bandwidth: %+v", got)
	}
}

// The approximation that RFC 6035's estimators commonly use for Id stays within
// 3.5 points of the full model over the 400 ms for which it was made.
func TestDelayFollowsTheKnownApproximation(t *testing.T) {
	for d := 0.0; d <= 400; d += 25 {
		want := 0.024 * d
		if d > 177.3 {
			want += 0.11 * (d - 177.3)
		}
		got, _ := Rate(Input{Codec: "PCMU", Delay: d})
		if id := 93.2 - got.R; math.Abs(id-want) > 3.5 {
			t.Errorf("delay %.0f ms: impairment %.2f, approximation %.2f", d, id, want)
		}
	}
}

func TestMoreOfAnythingBadIsNeverBetter(t *testing.T) {
	for _, name := range []string{"PCMU", "G729", "G722", "opus", "x-msrta", "gsm"} {
		last := Rating{Listening: 5, Conversational: 5}
		for loss := 0.0; loss <= 1; loss += 0.01 {
			got, ok := Rate(Input{Codec: name, ClockRate: 16000, Loss: loss, Delay: 1000 * loss})
			if !ok {
				t.Fatalf("%s unknown", name)
			}
			if got.Listening > last.Listening || got.Conversational > got.Listening+1e-9 || got.Listening < 1 || got.Listening > 4.5 {
				t.Fatalf("%s at loss %.2f: %+v after %+v", name, loss, got, last)
			}
			last = got
		}
	}
}

func TestBurstsHurtMoreThanRandomLoss(t *testing.T) {
	random, _ := Rate(Input{Codec: "PCMU", Loss: 0.05})
	bursty, _ := Rate(Input{Codec: "PCMU", Loss: 0.05, BurstRatio: 4})
	if bursty.R >= random.R {
		t.Fatalf("bursty %.2f, random %.2f", bursty.R, random.R)
	}
}

func TestUnknownCodecHasNoRating(t *testing.T) {
	if r, ok := Rate(Input{Codec: "H264"}); ok {
		t.Fatalf("video was rated %+v", r)
	}
	if r, ok := Rate(Input{}); ok {
		t.Fatalf("no codec was rated %+v", r)
	}
}

func TestOddInputsAreBounded(t *testing.T) {
	for _, in := range []Input{{Codec: "PCMU", Loss: math.NaN()}, {Codec: "PCMU", Loss: -1}, {Codec: "PCMU", Delay: -5}} {
		if r, ok := Rate(in); !ok || r.Listening < 4.4 || r.Conversational < 4.4 {
			t.Errorf("%+v is rated %+v", in, r)
		}
	}
	if r, _ := Rate(Input{Codec: "PCMU", Loss: 7, Delay: math.Inf(1)}); r.Conversational != 1 {
		t.Errorf("everything lost is rated %+v", r)
	}
}
