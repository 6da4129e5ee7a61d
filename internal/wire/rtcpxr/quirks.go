package rtcpxr

import "fmt"

// bestMOS is the highest score that the E-model can give (G.107 annex B).
const bestMOS = 4.5

// Repair puts right what known reporters say wrongly, and returns what it did,
// in words. linphone gives scores of up to 5.0, which no E-model reaches, and a
// score of 1.0 for a stream of which no packet arrived (the other end's SSRC is
// then 0): the first is clamped, the second is no score.
func (r *Report) Repair() []string {
	var done []string
	note := func(format string, a ...any) { done = append(done, fmt.Sprintf(format, a...)) }
	for _, s := range []struct {
		name   string
		m      *Metrics
		silent bool
	}{
		{"local", r.Local, r.RemoteAddr.SSRC == 0},
		{"remote", r.Remote, r.LocalAddr.SSRC == 0},
	} {
		if s.m == nil {
			continue
		}
		for _, f := range []Field{MOSLQ, MOSCQ} {
			v, ok := s.m.Get(f)
			switch {
			case !ok:
			case v > bestMOS && v <= 5:
				s.m.Put(f, bestMOS)
				note("%s %s %.2f clamped to %.1f, the most that the E-model gives", s.name, f, v, bestMOS)
			case v == 1 && s.silent:
				s.m.Remove(f)
				note("%s %s 1.0 left out: no packet arrived", s.name, f)
			}
		}
	}
	return done
}
