package memnet

import (
	"testing"
	"testing/synctest"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

type recorder struct{ got []string }

func (r *recorder) Receive(_ transport.Flow, m *sip.Message, _ error) {
	r.got = append(r.got, m.CallID())
}
func (r *recorder) Closed(transport.Flow, error) { r.got = append(r.got, "closed") }

func TestMessagesArriveInOrderUntilTheFlowEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n Network
		var at recorder
		a, _ := n.Pair(transport.TCP, &recorder{}, &at)
		for _, id := range []string{"1", "2", "3"} {
			m := sip.NewRequest("MESSAGE", "sip:x@y")
			m.Add("Call-ID", id)
			if err := a.Send(m.Bytes()); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		n.Close()
		if want := "1,2,3,closed"; join(at.got) != want {
			t.Errorf("got %s, want %s", join(at.got), want)
		}
		if err := a.Send(nil); err == nil {
			t.Error("a closed flow took a message")
		}
	})
}

func join(all []string) string {
	s := ""
	for i, x := range all {
		if i > 0 {
			s += ","
		}
		s += x
	}
	return s
}
