package im

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/dialect"
)

// TestAnyInterleaving lets two users write to each other on several devices that answer late, refuse, lose their
// connection and come back, in random order, and checks what must hold whatever happens:
//
//   - every message gets exactly one answer, and one that is answered 200 was shown;
//   - no device shows a message twice;
//   - each device shows the messages of one sender's device in the order in which they were written.
func TestAnyInterleaving(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) { interleave(t, w, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func interleave(t *testing.T, w *world, random *rand.Rand) {
	kinds := []dialect.Kind{dialect.Standard, dialect.Lync}
	join := func(account string, n int) *client {
		kind := kinds[random.IntN(2)]
		epid := ""
		if kind == dialect.Lync {
			epid = fmt.Sprintf("%s-%d", account, n)
		}
		return w.join(account, epid, kind, func(c *client) {
			c.answerAfter = time.Duration(random.IntN(4)) * 7 * time.Second // 0 to 21 s: within the server's patience
			c.showsHeader = random.IntN(2) == 0
		})
	}
	sender := join(alice, 0)
	devices := []*client{join(bob, 1), join(bob, 2)}
	type sent struct {
		text   string
		answer <-chan result
	}
	var all []sent
	for n := range 25 {
		switch random.IntN(8) {
		case 0:
			time.Sleep(time.Duration(random.IntN(15)) * time.Second)
		case 1:
			devices[random.IntN(len(devices))].setRefusal([]int{0, 0, 415, 480, 486}[random.IntN(5)])
		case 2: // a connection is lost, and the user comes back on another device
			c := devices[random.IntN(len(devices))]
			if w.leave(c) {
				devices = append(devices, join(bob, n+10))
			}
		default:
			text := fmt.Sprintf("m%02d", n)
			all = append(all, sent{text, sender.page(bob, text)})
		}
	}
	time.Sleep(2 * time.Minute)
	synctest.Wait()
	for _, m := range all {
		select {
		case r := <-m.answer:
			shown := 0
			for _, c := range devices {
				shown += strings.Count("|"+c.shown()+"|", "|"+m.text+"|")
			}
			if r.code == 200 && shown == 0 {
				t.Errorf("%s was answered 200 and shown nowhere", m.text)
			}
		default:
			t.Errorf("%s has no answer", m.text)
		}
	}
	for _, c := range devices {
		last := ""
		for _, text := range strings.Split(c.shown(), "|") {
			if text <= last && text != "" {
				t.Errorf("%s %s shows %s", c.dialect, c.epid, c.shown())
				break
			}
			last = text
		}
	}
}
