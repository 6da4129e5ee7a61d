package auth

// windowSize is how far behind the newest a message's number may be. [MS-SIPAE] section 3.2.5 has 256 as well.
const windowSize = 256

// window knows which of the last numbers were used. The zero value has seen none; number 0 is never good.
type window struct {
	highest uint32
	used    [windowSize / 64]uint64 // bit n%256 for number n, valid for the last 256 numbers
}

// accept records a number; false when it was used before or left the window.
func (w *window) accept(number uint32) bool {
	if number > w.highest {
		for n := w.highest + 1; n != number && n-w.highest <= windowSize; n++ {
			w.set(n, false)
		}
		w.highest = number
		w.set(number, true)
		return true
	}
	if w.highest-number >= windowSize || number == 0 || w.used[number%windowSize/64]&(1<<(number%64)) != 0 {
		return false
	}
	w.set(number, true)
	return true
}

func (w *window) set(number uint32, used bool) {
	word, bit := &w.used[number%windowSize/64], uint64(1)<<(number%64)
	if used {
		*word |= bit
	} else {
		*word &^= bit
	}
}
