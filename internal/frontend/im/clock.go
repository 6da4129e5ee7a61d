package im

import (
	"sync/atomic"
	"time"
)

// clock numbers messages. The numbers increase strictly within this process and, as long as the machine's clock does
// not go back over a restart, beyond it; so they do within each conversation, without a counter for each.
type clock struct{ last atomic.Uint64 }

// next returns microseconds of the Unix clock, or one more than the last number when that has not passed yet.
func (c *clock) next() uint64 {
	for {
		last := c.last.Load()
		n := max(last+1, uint64(time.Now().UnixMicro()))
		if c.last.CompareAndSwap(last, n) {
			return n
		}
	}
}
