package transaction

import (
	"testing"
	"testing/synctest"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// A server that keeps each answered transaction for the 32 s of RFC 3261 fills its memory under load. Here the oldest go, and a retransmission
// of a recent one is still answered without being served again.
func TestAnsweredTransactionsAreBounded(t *testing.T) {
	run(t, transport.UDP, func(t *testing.T, p *pair) {
		served := 0
		p.server.serve = func(tx *ServerTx) {
			served++
			respond(200)(tx)
		}
		var last []byte
		for i := range maxHeld + 100 {
			m := request("MESSAGE")
			m.Prepend("Via", "SIP/2.0/UDP 192.0.2.9:4000;rport;branch="+sip.NewBranch())
			last = m.Bytes()
			if err := p.a.Send(last); err != nil {
				t.Fatal(err)
			}
			if i%1000 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		if servers, _ := p.server.layer.Pending(); servers != maxHeld || served != maxHeld+100 {
			t.Errorf("%d transactions are kept of %d, want %d", servers, served, maxHeld)
		}
		if err := p.a.Send(last); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if served != maxHeld+100 {
			t.Error("a retransmission was served again")
		}
	})
}
