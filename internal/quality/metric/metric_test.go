package metric

import (
	"encoding/json"
	"math"
	"regexp"
	"testing"
)

func TestCatalogueIsComplete(t *testing.T) {
	names := map[string]ID{}
	column := regexp.MustCompile(`^[a-z][a-z0-9_]{1,30}$`)
	for id := range Count {
		d := id.Get()
		if !column.MatchString(d.Name) || d.Title == "" || d.Scale < 1 || d.Max <= d.Min {
			t.Errorf("metric %d is incomplete: %+v", id, d)
		}
		if other, taken := names[d.Name]; taken {
			t.Errorf("%q names both %d and %d", d.Name, other, id)
		}
		names[d.Name] = id
		if got, ok := ByName(d.Name); !ok || got != id {
			t.Errorf("ByName(%q) = %d, %v", d.Name, got, ok)
		}
		if id.Stored(d.Max) > math.MaxInt64/1000 {
			t.Errorf("%s does not leave room for sums", d.Name)
		}
	}
}

func TestStoredKeepsTheDigitsThatReportsCarry(t *testing.T) {
	for _, c := range []struct {
		id ID
		v  float64
	}{{LossRate, 0.0123}, {NetworkMOS, 3.97}, {Jitter, 12.25}, {SendSignal, -26.3}, {Packets, 123456789}} {
		if got := c.id.Value(c.id.Stored(c.v)); got != c.v {
			t.Errorf("%s: %v became %v", c.id, c.v, got)
		}
	}
}

func TestOfferRefusesTheImpossible(t *testing.T) {
	var s Set
	for _, v := range []float64{math.NaN(), math.Inf(1), -0.1, 1.01} {
		if err := s.Offer(LossRate, v); err == nil {
			t.Errorf("loss of %v was taken", v)
		}
	}
	if s.Len() != 0 {
		t.Fatalf("%d metrics after refusals", s.Len())
	}
	if err := s.Offer(LossRate, 1); err != nil {
		t.Fatal(err)
	}
}

func TestSetRoundTripsAsJSON(t *testing.T) {
	var s Set
	s.Put(Packets, 0)
	s.Put(EventHowling, 3)
	s.Put(Jitter, 1.5)
	s.Put(Lost, 2)
	s.Remove(Lost)
	b, err := json.Marshal(s)
	if err != nil || string(b) != `{"event_howling":3,"jitter":1.5,"packets":0}` {
		t.Fatalf("%s %v", b, err)
	}
	var back Set
	if err := json.Unmarshal(b, &back); err != nil || back != s {
		t.Fatalf("%+v %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"jitters":1}`), &back); err == nil {
		t.Fatal("an unknown metric was read")
	}
}
