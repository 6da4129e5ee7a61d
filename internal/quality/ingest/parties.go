package ingest

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"parley/internal/quality/archive"
)

// maxParties bounds the legs whose parties are remembered.
const maxParties = 1 << 16

// ErrStranger says that who reports was not in the call.
var ErrStranger = errors.New("not a party of the call")

// parties remembers who took part in the latest calls, so that a report by
// somebody else who knows Call-ID and tags is refused. What comes before the
// call's record, or long after it, is judged by the consumer.
type parties struct {
	mu   sync.Mutex
	legs map[int64][2]string // by legKey: the endpoint's user, and the other's of a proxied dialog
	ring []int64             // keys in the order of their coming
	next int                 // in ring, once it is full
}

func (p *parties) add(rec *CallRecord) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.legs == nil {
		p.legs = make(map[int64][2]string)
	}
	for i := range rec.Legs {
		l := &rec.Legs[i]
		key := legKey(l.Dialog)
		if _, ok := p.legs[key]; !ok {
			p.keep(key)
		}
		p.legs[key] = [2]string{aor(l.User), aor(l.Peer)}
	}
}

func (p *parties) keep(key int64) {
	if len(p.ring) < maxParties {
		p.ring = append(p.ring, key)
		return
	}
	delete(p.legs, p.ring[p.next])
	p.ring[p.next] = key
	p.next = (p.next + 1) % maxParties
}

// check refuses a reporter who is known not to have been in a dialog.
func (p *parties) check(d Dialog, reporter string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if who, ok := p.legs[legKey(d)]; ok && !among(reporter, who[0], who[1]) {
		return fmt.Errorf("%w: report is from %q, Call-ID %.60q", ErrStranger, reporter, d.CallID)
	}
	return nil
}

// among tells whether a reporter is one of the ends of a leg. One who did not
// say who he is may be.
func among(reporter, user, peer string) bool {
	return reporter == "" || reporter == user || peer != "" && reporter == peer || sameParty(reporter, user) || peer != "" && sameParty(reporter, peer)
}

// stranger tells whether an observation is by somebody who was not in the call
// that the server itself handled.
func stranger(leg *archive.Leg, o *observation) bool {
	return leg.Known && o.source.Endpoint() && !among(o.reporter, leg.User, leg.Peer)
}

// strangers is the reason that is kept with what they told.
func strangers(reporter string) string {
	return fmt.Sprintf("%s did not take part in this call: the report is set aside", reporter)
}

// dismiss sets aside what others than its ends told of a leg before the
// server's record of the call came.
func (w *work) dismiss(leg *archive.Leg) {
	for _, s := range w.byLeg[leg.Key] {
		for p, m := range w.measurements[s.Key] {
			if !m.Source.Endpoint() || among(m.Reporter, leg.User, leg.Peer) {
				continue
			}
			delete(w.measurements[s.Key], p)
			w.drop.Measurements = append(w.drop.Measurements, *m)
			w.changedStreams[s.Key] = true
			w.setAside(archive.Rejected{
				Seq: -abs(key("stranger", fmt.Sprint(s.Key, p.source, p.number, m.Reporter))), Received: m.Received, Format: m.Format, Reporter: m.Reporter,
				Reason: strangers(m.Reporter), Body: strings.ToValidUTF8(m.Remarks, "�"),
			})
		}
		if len(w.measurements[s.Key]) == 0 && w.streams[s.Key] != nil {
			w.drop.Streams = append(w.drop.Streams, *s)
			delete(w.streams, s.Key)
			delete(w.changedStreams, s.Key)
		}
	}
}

func (w *work) setAside(r archive.Rejected) {
	w.rejected = append(w.rejected, r)
	w.tally.of(r.Format).SetAside++
}

func abs(n int64) int64 {
	if n < 0 {
		return -(n + 1) // cannot overflow
	}
	return n
}
