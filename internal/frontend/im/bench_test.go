package im

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"parley/internal/dialect"
	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/state"
	"parley/internal/wire/sip"
)

// benchFlow is a connection whose other end is the benchmark.
type benchFlow struct {
	id   uint64
	send func(raw []byte)
}

func (f *benchFlow) ID() uint64             { return f.id }
func (f *benchFlow) Proto() transport.Proto { return transport.TCP }
func (f *benchFlow) Local() netip.AddrPort  { return netip.MustParseAddrPort("192.0.2.1:5060") }
func (f *benchFlow) Remote() netip.AddrPort { return netip.MustParseAddrPort("192.0.2.2:5060") }
func (f *benchFlow) Send(raw []byte) error  { f.send(raw); return nil }
func (f *benchFlow) Close(error)            {}
func (f *benchFlow) Done() <-chan struct{}  { return nil }
func (f *benchFlow) Get(any) any            { return nil }
func (f *benchFlow) Set(any, any)           {}

// bench is the server between two connections; bob's end answers 200 to everything.
type bench struct {
	service  *Service
	layer    *transaction.Layer
	bob      frontend.Binding
	alice    *benchFlow
	answered chan struct{}
}

func (b *bench) ServeRequest(tx *transaction.ServerTx) {
	b.service.Message(&frontend.Request{Message: tx.Request(), Tx: tx, Flow: tx.Flow(), User: alice, Dialect: dialect.Standard, Host: "fe"})
}
func (b *bench) ServeAck(transport.Flow, *sip.Message)    {}
func (b *bench) FlowClosed(transport.Flow, error)         {}
func (b *bench) Lookup(account string) []frontend.Binding { return []frontend.Binding{b.bob} }

// benchmarkMessages passes messages from one standard device to another, 64 at a time.
func benchmarkMessages(b *testing.B, store Store) {
	w := &bench{answered: make(chan struct{}, 64)}
	w.layer = transaction.New(transaction.Config{Handler: w})
	defer w.layer.Stop()
	w.service = New(Config{Sender: w.layer, Location: w, Exists: func(string) bool { return true }, Store: store, Events: &event.Bus{}})
	w.alice = &benchFlow{id: 1, send: func([]byte) { w.answered <- struct{}{} }}
	toBob := make(chan []byte, 1024)
	bobFlow := &benchFlow{id: 2, send: func(raw []byte) { toBob <- raw }}
	w.bob = frontend.Binding{Account: bob, Contact: "sip:bob@192.0.2.2:5060;transport=tcp", Dialect: dialect.Standard, Flow: bobFlow}
	var reader sync.WaitGroup
	reader.Go(func() {
		for raw := range toBob {
			var res bytes.Buffer
			res.WriteString("SIP/2.0 200 OK\r\n")
			for line := range strings.SplitSeq(string(raw[:bytes.Index(raw, []byte("\r\n\r\n"))]), "\r\n") {
				for _, name := range [...]string{"Via:", "From:", "To:", "Call-ID:", "CSeq:"} {
					if strings.HasPrefix(line, name) {
						res.WriteString(line + "\r\n")
					}
				}
			}
			res.WriteString("Content-Length: 0\r\n\r\n")
			m, err := sip.Parse(res.Bytes())
			if err != nil {
				panic(err)
			}
			w.layer.Receive(bobFlow, m, nil)
		}
	})
	slots := make(chan struct{}, 64)
	go func() {
		for range w.answered {
			<-slots
		}
	}()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		slots <- struct{}{}
		raw := fmt.Appendf(nil, "MESSAGE sip:bob@x.test SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.2:5060;branch=z9hG4bK%d\r\nFrom: <sip:alice@x.test>;tag=1\r\n"+
			"To: <sip:bob@x.test>\r\nCall-ID: %d@192.0.2.2\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nUser-Agent: bench\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nhello world!", i, i)
		m, err := sip.Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		w.layer.Receive(w.alice, m, nil)
	}
	for range cap(slots) {
		slots <- struct{}{}
	}
	b.StopTimer()
	close(toBob)
	reader.Wait()
	close(w.answered)
}

type instantStore struct{}

func (instantStore) AppendAsync(_ []byte, done func(uint64, error)) { done(1, nil) }

func BenchmarkMessage(b *testing.B) {
	b.Run("unstored", func(b *testing.B) { benchmarkMessages(b, instantStore{}) })
	b.Run("durable", func(b *testing.B) {
		store, err := state.Open(b.Context(), state.Config{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		defer store.Close()
		stream, err := state.OpenStream(b.Context(), store, "messages", state.StreamOptions{})
		if err != nil {
			b.Fatal(err)
		}
		benchmarkMessages(b, stream)
	})
}
