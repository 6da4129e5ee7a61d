package registrar

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/stack/memnet"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

func binding(account, contact string) *frontend.Binding {
	return &frontend.Binding{
		Account: account, Contact: contact, Dialect: dialect.Standard, Proto: transport.UDP, Q: 1000,
		Remote: netip.MustParseAddrPort("192.0.2.7:5060"), Expires: time.Now().Add(time.Hour),
	}
}

func TestDevicesByPreference(t *testing.T) {
	t.Parallel()
	r := New(Config{})
	for i, q := range []int{500, 1000, 700} {
		b := binding("bob@example.test", fmt.Sprintf("sip:bob@192.0.2.%d", i))
		b.Q = q
		r.put(b)
	}
	gone := binding("bob@example.test", "sip:bob@192.0.2.9")
	gone.Expires = time.Now().Add(-time.Second)
	r.put(gone)
	defer r.Stop()
	var order []int
	for _, b := range r.Lookup("bob@example.test") {
		order = append(order, b.Q)
	}
	if fmt.Sprint(order) != "[1000 700 500]" {
		t.Errorf("order %v", order)
	}
}

func TestStandardGRUULeadsToItsDevice(t *testing.T) {
	t.Parallel()
	r := New(Config{})
	defer r.Stop()
	for _, id := range []string{"urn:uuid:A", "urn:uuid:B"} {
		b := binding("bob@example.test", "sip:bob@192.0.2.1;i="+id)
		b.Instance = id
		b.GRUU = gruu(b)
		r.put(b)
	}
	u, err := sip.ParseURI("sip:bob@example.test;gr=urn:uuid:b")
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := r.Device(u); !ok || b.Instance != "urn:uuid:B" || b.GRUU != "sip:bob@example.test;gr=urn:uuid:B" {
		t.Errorf("leads to %+v", b)
	}
	u.Params = ";gr=urn:uuid:c"
	if _, ok := r.Device(u); ok {
		t.Error("a device that is not there was found")
	}
}

// deaf takes what arrives and does nothing.
type deaf struct{}

func (deaf) Receive(transport.Flow, *sip.Message, error) {}
func (deaf) Closed(transport.Flow, error)                {}

// BenchmarkMemory registers 100,000 users by real requests and reports what one costs.
func BenchmarkMemory(b *testing.B) {
	const users = 100_000
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r := New(Config{})
		var network memnet.Network
		flow, _ := network.Pair(transport.UDP, deaf{}, deaf{})
		for i := range users {
			m := sip.NewRequest("REGISTER", "sip:example.test")
			m.Add("From", fmt.Sprintf("<sip:user%d@example.test>;tag=%d", i, i))
			m.Add("To", fmt.Sprintf("<sip:user%d@example.test>", i))
			m.Add("Call-ID", fmt.Sprintf("%d@192.0.2.7", i))
			m.Add("CSeq", "1 REGISTER")
			m.Add("User-Agent", "Example Phone 1.0.0")
			m.Add("Contact", fmt.Sprintf("<sip:user%d@192.0.2.7:%d>;expires=3600", i, i%60000+1024))
			parsed, err := sip.Parse(m.Bytes())
			if err != nil {
				b.Fatal(err)
			}
			contacts, err := parsed.Contacts()
			if err != nil {
				b.Fatal(err)
			}
			req := &frontend.Request{Message: parsed, Flow: flow, User: fmt.Sprintf("user%d@example.test", i), Dialect: dialect.Standard}
			if _, err := r.apply(req, contacts, []int{3600}); err != nil {
				b.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/users, "bytes/registration")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB/100k")
		if r.Count() != users {
			b.Fatalf("%d registered", r.Count())
		}
		r.Stop()
		network.Close()
	}
}
