package metric

import (
	"slices"
	"testing"
)

func TestGroups(t *testing.T) {
	last := Group(0)
	seen := map[Group]bool{}
	for id := range Count {
		g := id.Group()
		if g < last {
			t.Errorf("%s is in %s, out of the catalogue's order", id, g)
		}
		last, seen[g] = g, true
	}
	if len(seen) != int(Groups) {
		t.Errorf("%d groups have metrics, want %d", len(seen), Groups)
	}
	for id, want := range map[ID]Group{EndSystemDelay: NetworkReceived, RoundTrip: NetworkSent, MOSCQ: Scores, PostFECLoss: Healing, SendMute: Sound,
		FrameRate: Picture, TileLatency: Sharing, EventHowling: Complaints} {
		if id.Group() != want {
			t.Errorf("%s is in %s, want %s", id, id.Group(), want)
		}
	}
}

func TestProvenance(t *testing.T) {
	var p Provenance
	p.Add(Jitter, ReceivingEnd)
	p.Add(LossRate, Relay)
	p.Add(EventHowling, Probe)
	if got := p.Of(NetworkReceived); !slices.Equal(got, []Source{ReceivingEnd, Relay}) {
		t.Errorf("network: %v", got)
	}
	if got := p.Of(Complaints); !slices.Equal(got, []Source{Probe}) {
		t.Errorf("events: %v", got)
	}
	if got := p.Of(Scores); got != nil {
		t.Errorf("scores: %v", got)
	}
}
