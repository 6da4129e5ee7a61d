package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"sync"
	"sync/atomic"
	"time"
)

// nonceLife is how long a Digest nonce is good. Clients that register more rarely pay one more round trip.
const nonceLife = 5 * time.Minute

const (
	nonceMAC  = 12
	nonceSize = 8 + 4 + nonceMAC // serial number, Unix time in seconds, authentication code
	nonceText = nonceSize / 3 * 4
)

// nonceSlots bounds how many nonces' counts are remembered: 4 MiB that is touched only as nonces are used. A nonce whose slot
// a later one took is stale, so that a flood of sign-ins shortens the life of nonces instead of growing memory.
const nonceSlots = 1 << 18

// nonces issues Digest nonces without keeping them and remembers the counts of those that authenticated somebody.
type nonces struct {
	makers sync.Pool
	serial atomic.Uint64
	locks  [64]sync.Mutex
	slots  []nonceSlot
}

// nonceSlot holds which of the last 32 counts up to highest were used with the nonce of this serial number.
type nonceSlot struct {
	serial  uint64
	highest uint32
	used    uint32
}

func newNonces(key []byte) *nonces {
	n := &nonces{slots: make([]nonceSlot, nonceSlots)}
	n.makers.New = func() any { return &nonceMaker{mac: hmac.New(sha256.New, key)} }
	var start [8]byte
	rand.Read(start[:])
	n.serial.Store(binary.BigEndian.Uint64(start[:]) >> 16) // nonces of an earlier start must not look later
	return n
}

func (n *nonces) issue(realm string, now time.Time) string {
	var raw [nonceSize]byte
	binary.BigEndian.PutUint64(raw[:], n.serial.Add(1))
	binary.BigEndian.PutUint32(raw[8:], uint32(now.Unix()))
	n.sum(&raw, realm)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// nonceMaker computes codes with room of its own, so that it allocates nothing.
type nonceMaker struct {
	mac  hash.Hash
	text [12 + 256]byte
	out  [sha256.Size]byte
}

// sum writes the code over the other bytes and the realm.
func (n *nonces) sum(raw *[nonceSize]byte, realm string) {
	m := n.makers.Get().(*nonceMaker)
	m.mac.Reset()
	m.mac.Write(append(append(m.text[:0], raw[:12]...), realm...))
	copy(raw[12:], m.mac.Sum(m.out[:0]))
	n.makers.Put(m)
}

// check says whether a nonce is ours for this realm and fresh, and its serial number.
func (n *nonces) check(text, realm string, now time.Time) (serial uint64, ok bool) {
	if len(text) != nonceText {
		return 0, false
	}
	var raw, want [nonceSize]byte
	var src [nonceText]byte
	copy(src[:], text)
	if _, err := base64.RawURLEncoding.Decode(raw[:], src[:]); err != nil {
		return 0, false
	}
	want = raw
	n.sum(&want, realm)
	if !hmac.Equal(raw[12:], want[12:]) {
		return 0, false
	}
	age := now.Unix() - int64(binary.BigEndian.Uint32(raw[8:]))
	return binary.BigEndian.Uint64(raw[:]), age >= -1 && age <= int64(nonceLife/time.Second)
}

// use records a count of a nonce; false when it was used before or too much is known since to tell.
func (n *nonces) use(serial uint64, count uint32) bool {
	index := serial % nonceSlots
	lock := &n.locks[index%uint64(len(n.locks))]
	lock.Lock()
	defer lock.Unlock()
	s := &n.slots[index]
	switch {
	case serial < s.serial:
		return false
	case serial > s.serial:
		*s = nonceSlot{serial: serial, highest: count, used: 1}
		return true
	case count > s.highest:
		s.used = s.used<<min(count-s.highest, 32) | 1
		s.highest = count
		return true
	}
	bit := s.highest - count
	if bit >= 32 || s.used&(1<<bit) != 0 {
		return false
	}
	s.used |= 1 << bit
	return true
}
