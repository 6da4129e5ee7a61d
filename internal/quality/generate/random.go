package generate

import (
	"math"
	"math/rand/v2"
)

// mix makes a well-spread number of some numbers (the finaliser of splitmix64).
func mix(parts ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		h ^= p
		h += 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// key makes a row's key, which is never 0.
func key(parts ...uint64) int64 {
	if k := int64(mix(parts...)); k != 0 {
		return k
	}
	return 1
}

// source is a random source that depends on nothing but numbers.
func source(parts ...uint64) *rand.Rand {
	return rand.New(rand.NewPCG(mix(parts...), mix(append(parts, 1)...)))
}

// logNormal draws around a median; sigma is the deviation of the logarithm.
func logNormal(r *rand.Rand, median, sigma float64) float64 {
	return median * math.Exp(sigma*r.NormFloat64())
}

// skewed draws an index below n; small ones are more frequent the higher the
// power.
func skewed(r *rand.Rand, n int, power float64) int {
	return min(n-1, int(float64(n)*math.Pow(r.Float64(), power)))
}

// weighted is a choice by weight.
type weighted []float64 // cumulative

func newWeighted(weights []float64) weighted {
	w := make(weighted, len(weights))
	sum := 0.0
	for i, x := range weights {
		sum += x
		w[i] = sum
	}
	return w
}

func (w weighted) pick(r *rand.Rand) int {
	x := r.Float64() * w[len(w)-1]
	lo, hi := 0, len(w)-1
	for lo < hi {
		m := (lo + hi) / 2
		if w[m] > x {
			hi = m
		} else {
			lo = m + 1
		}
	}
	return lo
}
