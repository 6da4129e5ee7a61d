package event

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSubscriberReceivesItsKindsInOrder(t *testing.T) {
	t.Parallel()
	var bus Bus
	calls := bus.Subscribe("calls", 10, KindCallStarted, KindCallEnded)
	all := bus.Subscribe("all", 10)
	bus.Publish(CallStarted{CallID: "1"})
	bus.Publish(AuthFailed{User: "mallory"})
	bus.Publish(CallEnded{CallID: "1"})

	if diff := cmp.Diff([]Kind{KindCallStarted, KindCallEnded}, queued(calls)); diff != "" {
		t.Errorf("kinds of a filtered subscriber (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Kind{KindCallStarted, KindAuthFailed, KindCallEnded}, queued(all)); diff != "" {
		t.Errorf("kinds of a subscriber to all (-want +got):\n%s", diff)
	}
}

func TestSlowSubscriberLosesAndNobodyWaits(t *testing.T) {
	t.Parallel()
	var bus Bus
	bus.Subscribe("slow", 2)
	quick := bus.Subscribe("quick", 10)
	for range 5 {
		bus.Publish(Registered{})
	}
	want := []Loss{{"slow", 3}, {"quick", 0}}
	if diff := cmp.Diff(want, bus.Losses()); diff != "" {
		t.Errorf("losses (-want +got):\n%s", diff)
	}
	if got := len(queued(quick)); got != 5 {
		t.Errorf("the quick subscriber got %d events, want 5", got)
	}
}

func TestObserverIsCalledAndLosesNothing(t *testing.T) {
	t.Parallel()
	var bus Bus
	var got []Kind
	sub := bus.Observe("count", func(r Record) { got = append(got, r.Event.Kind()) }, KindCallStarted, KindCallEnded)
	for range 3 {
		bus.Publish(CallStarted{})
		bus.Publish(AuthFailed{})
	}
	sub.Close()
	bus.Publish(CallEnded{})
	if diff := cmp.Diff([]Kind{KindCallStarted, KindCallStarted, KindCallStarted}, got); diff != "" {
		t.Errorf("kinds of an observer (-want +got):\n%s", diff)
	}
	if got := bus.Losses(); len(got) != 0 {
		t.Errorf("subscribers left: %v", got)
	}
}

func TestCloseEndsDelivery(t *testing.T) {
	t.Parallel()
	var bus Bus
	sub := bus.Subscribe("a", 10, KindSIPMessage)
	if !bus.Wants(KindSIPMessage) || bus.Wants(KindRegistered) {
		t.Error("Wants does not follow the subscription")
	}
	bus.Publish(SIPMessage{})
	sub.Close()
	bus.Publish(SIPMessage{})
	if bus.Wants(KindSIPMessage) {
		t.Error("Wants is true without a subscriber")
	}
	if got := len(queued(sub)); got != 1 {
		t.Errorf("queued after Close: %d, want the one published before", got)
	}
}

func TestRunHandlesWhatIsQueuedAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var bus Bus
		sub := bus.Subscribe("a", 10)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		for range 4 {
			bus.Publish(Unregistered{})
		}
		var got []Record
		sub.Run(ctx, func(r Record) { got = append(got, r) })
		if len(got) != 4 {
			t.Fatalf("handled %d events, want 4", len(got))
		}
		if got[0].Seq != 1 || got[3].Seq != 4 {
			t.Errorf("sequence numbers %d to %d, want 1 to 4", got[0].Seq, got[3].Seq)
		}
		if !got[0].At.Equal(time.Now()) {
			t.Errorf("time of the event %v, want %v", got[0].At, time.Now())
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	var bus Bus
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				bus.Publish(MessageStored{})
			}
		})
		wg.Go(func() {
			for range 100 {
				bus.Subscribe("x", 1).Close()
			}
		})
	}
	wg.Wait()
	if got := bus.Losses(); len(got) != 0 {
		t.Errorf("subscribers left: %v", got)
	}
}

func TestKindNamesAreTypeNames(t *testing.T) {
	t.Parallel()
	events := []Event{
		Registered{}, Unregistered{}, AuthFailed{}, MessageStored{}, MessageDelivered{}, PresenceChanged{}, CallStarted{},
		CallAnswered{}, CallEnded{}, TranslationChanged{}, StreamMeasured{}, SIPMessage{},
	}
	if len(events) != int(kinds) {
		t.Fatalf("%d events listed, %d kinds", len(events), kinds)
	}
	for i, e := range events {
		if e.Kind() != Kind(i) {
			t.Errorf("%T has kind %d, want %d", e, e.Kind(), i)
		}
		if got := fmt.Sprintf("%T", e); got != "event."+e.Kind().String() {
			t.Errorf("%s is named %s", got, e.Kind())
		}
	}
}

func BenchmarkPublishWithoutSubscriber(b *testing.B) {
	var bus Bus
	b.ReportAllocs()
	for b.Loop() {
		bus.Publish(CallStarted{CallID: "1"})
	}
}

func BenchmarkPublishToOne(b *testing.B) {
	var bus Bus
	sub := bus.Subscribe("a", 1, KindCallStarted)
	b.ReportAllocs()
	for b.Loop() {
		bus.Publish(CallStarted{CallID: "1"})
		<-sub.Events()
	}
}

// queued empties a subscription's queue.
func queued(s *Subscription) []Kind {
	var out []Kind
	s.drain(func(r Record) { out = append(out, r.Event.Kind()) })
	return out
}
