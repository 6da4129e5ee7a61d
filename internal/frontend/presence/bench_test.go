package presence

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/sip"

	"parley/internal/state/statetest"
)

// sink counts what would be sent, written out as it would be.
type sink struct {
	transport.Flow
	buf   []byte
	count int
	on    []func()
}

func (s *sink) Remote() netip.AddrPort     { return netip.AddrPort{} }
func (s *sink) Respond(*sip.Message) error { return nil }

func (s *sink) Request(req *sip.Message, _ transaction.Target, on func(*sip.Message, error)) (*transaction.ClientTx, error) {
	req.Prepend("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabcdefghijklmnop;rport")
	s.buf = req.Append(s.buf[:0])
	s.count++
	res := sip.NewResponse(req, 200, "")
	s.on = append(s.on, func() { on(res, nil) })
	return nil, nil
}

func (s *sink) Send(req *sip.Message, _ transaction.Target) error {
	s.buf = req.Append(s.buf[:0])
	s.count++
	return nil
}

type benchTx struct{ *sink }

func (benchTx) Flow() transport.Flow { return nil }

// BenchmarkFanOut is one NOTIFY of a change that 50 watchers see, without network: from the publication to the bytes,
// and taking the answer. Kamailio needs 35 us of CPU for one with its network.
func BenchmarkFanOut(b *testing.B) {
	for _, kind := range []string{"standard", "lync"} {
		b.Run(kind, func(b *testing.B) {
			const watchers = 50
			out := &sink{}
			w := &world{profiles: &statetest.Table[Profile]{}, contacts: map[string][]string{}}
			s := New(Config{Network: out, Directory: w, Profiles: w.profiles, Domains: []string{"parley.test"}, Host: "fe.parley.test",
				Contact: func(string, transport.Flow) string { return "sip:10.0.0.1:5060" }, Limits: Limits{Coalesce: time.Nanosecond}})
			defer s.Close()
			request := func(method, user, from string, cseq int, body []byte, fields ...string) Request {
				m := sip.NewRequest(method, "sip:"+user+"@parley.test")
				m.Set("From", "<sip:"+from+"@parley.test>;tag=f;epid=e")
				m.Set("To", "<sip:"+user+"@parley.test>")
				m.Set("Call-ID", "c"+from)
				m.Set("CSeq", fmt.Sprintf("%d %s", cseq, method))
				m.Set("Contact", "<sip:"+from+"@10.0.0.2:5060>")
				for i := 0; i < len(fields); i += 2 {
					m.Add(fields[i], fields[i+1])
				}
				if body != nil {
					m.SetBody(msrtc.TypePublish, body)
				}
				return Request{Message: m, Tx: benchTx{out}, User: from + "@parley.test"}
			}
			for i := range watchers {
				name := fmt.Sprintf("w%d", i)
				fields := []string{"Event", "presence", "Accept", "application/pidf+xml", "Expires", "3600"}
				if kind == "lync" {
					fields = []string{"Event", "presence", "Accept", msrtc.TypeCategories, "Supported", "ms-benotify", "Expires", "3600"}
				}
				s.Subscribe(request("SUBSCRIBE", "bob", name, 1, nil, fields...))
			}
			answer := func() {
				on := out.on
				out.on = nil
				for _, f := range on {
					f()
				}
			}
			answer()
			s.DeviceUp("bob@parley.test", "e", 2)
			version := 0
			b.ReportAllocs()
			out.count = 0
			b.ResetTimer()
			for out.count < b.N {
				p := stateOf("machineState", []int{3500, 15500}[version%2], "", 2, version, "endpoint")
				version++
				s.Service(request("SERVICE", "bob", "bob", version, msrtc.AppendPublish(nil, "sip:bob@parley.test", []msrtc.Publication{p})))
				answer()
			}
			b.ReportMetric(float64(out.count)/float64(version), "notify/publish")
		})
	}
}
