package ordered

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestOrderWithinKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r Runner
		var a []int
		for i := range 100 {
			r.Go("a", func() { a = append(a, i); time.Sleep(time.Millisecond) })
		}
		began := time.Now()
		done := make(chan time.Duration, 1)
		r.Go("b", func() { done <- time.Since(began) })
		if d := <-done; d != 0 {
			t.Errorf("b waited %v for a", d)
		}
		r.Close()
		if len(a) != 100 {
			t.Fatalf("%d jobs ran", len(a))
		}
		for i, v := range a {
			if v != i {
				t.Fatalf("job %d ran as number %d", v, i)
			}
		}
		if r.Go("a", func() { t.Error("ran after Close") }) {
			t.Error("a job was taken after Close")
		}
		if len(r.queues) != 0 {
			t.Error("queues are left")
		}
	})
}
