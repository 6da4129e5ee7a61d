package im

import (
	"encoding/binary"
	"hash/maphash"
	"sync"

	"parley/internal/wire/sip"
)

// maxArrivals bounds the memory of arrivals, twice over: at most so many are remembered since the last turn.
const maxArrivals = 1 << 16

// arrivalKey is what makes one arrival: a request that comes again, over another connection too, is the same message.
// It is made of the sender's account and endpoint, Call-ID, number and kind of request: Call-ID and tags alone are not
// enough, since clients of the Lync dialect that start in one second share them.
type arrivalKey [2]uint64

// arrivals remembers the messages of the last one to two turns.
type arrivals struct {
	seeds    [3]maphash.Seed // make collisions unpredictable from outside
	mu       sync.Mutex
	now, old map[arrivalKey]arrival
}

type arrival struct {
	body uint64 // hash: the same key with another body is another message, from a client that repeats its ids
	fate *fate
}

func newArrivals() *arrivals {
	return &arrivals{seeds: [3]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed(), maphash.MakeSeed()}, now: map[arrivalKey]arrival{}}
}

// key is the arrival of a request. Kind is MESSAGE, or "tf" for the first text within an INVITE.
func (a *arrivals) key(account string, req *sip.Message, kind string) (key arrivalKey) {
	cseq, _, _ := req.CSeq()
	number := binary.LittleEndian.AppendUint32(nil, cseq)
	for i := range key {
		var h maphash.Hash
		h.SetSeed(a.seeds[i])
		for _, part := range [...]string{account, device(req), req.CallID(), kind} {
			h.WriteString(part)
			h.WriteByte(0)
		}
		h.Write(number)
		key[i] = h.Sum64()
	}
	return key
}

// enter remembers a message by its key, or returns what becomes of the one that came before by the same key.
func (a *arrivals) enter(key arrivalKey, body []byte, f *fate) (before *fate) {
	sum := maphash.Bytes(a.seeds[2], body)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, known := range [...]map[arrivalKey]arrival{a.now, a.old} {
		if got, ok := known[key]; ok && got.body == sum {
			return got.fate
		}
	}
	if len(a.now) >= maxArrivals {
		a.shift()
	}
	a.now[key] = arrival{sum, f}
	return nil
}

// forget makes room for another attempt after one that was not stored.
func (a *arrivals) forget(key arrivalKey, f *fate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, known := range [...]map[arrivalKey]arrival{a.now, a.old} {
		if known[key].fate == f {
			delete(known, key)
		}
	}
}

// turn lets go of what is older than a turn.
func (a *arrivals) turn() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shift()
}

func (a *arrivals) shift() { a.now, a.old = map[arrivalKey]arrival{}, a.now }
