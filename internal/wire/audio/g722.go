package audio

// The quantisers and adaptation tables of ITU-T G.722, named as in the recommendation's clauses 3 and 6.
var (
	// decision levels of the 60-level lower band quantiser (table 14: Q6).
	q6 = [...]int32{
		0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
		1458, 1612, 1765, 1980, 2195, 2557, 2919,
	}
	// log scale factor multipliers of the lower and higher band.
	wl = [...]int32{-60, -30, 58, 172, 334, 538, 1198, 3042}
	wh = [...]int32{0, -214, 798}
	// which multiplier a code selects.
	rl42 = [...]int32{0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0}
	rh2  = [...]int32{2, 1, 2, 1}
	// log to linear.
	ilb = [...]int32{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
		3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
	// inverse quantisers with 2, 4 and 6 bits.
	qm2 = [...]int32{-7408, -1616, 7408, 1616}
	qm4 = [...]int32{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	qm6 = [...]int32{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464,
		4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	// the quadrature mirror filter's coefficients, every second one.
	qmf = [...]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}
)

// limits of the logarithmic scale factors.
const (
	nbLow  = 18432
	nbHigh = 22528
)

// band is the adaptive predictor and scale factor of one sub-band (clauses 3.5 and 3.6).
type band struct {
	s, sp, sz int32 // prediction: of all, of the poles, of the zeros
	r, p      [2]int32
	a         [2]int32
	b, d      [6]int32
	nb, det   int32
}

func clamp16(v int32) int32 { return max(-32768, min(32767, v)) }

// adapt is block 4: update the predictor with the quantised difference.
func (b *band) adapt(d int32) {
	r := clamp16(b.s + d)
	p := clamp16(b.sz + d)

	// second pole coefficient
	a1 := clamp16(b.a[0] << 2)
	if (p ^ b.p[0]) >= 0 {
		a1 = -a1
	}
	a1 = min(a1, 32767)
	a2 := a1 >> 7
	if (p ^ b.p[1]) >= 0 {
		a2 += 128
	} else {
		a2 -= 128
	}
	a2 = max(-12288, min(12288, a2+(b.a[1]*32512)>>15))
	// first pole coefficient
	first := int32(-192)
	if (p ^ b.p[0]) >= 0 {
		first = 192
	}
	limit := clamp16(15360 - a2)
	first = max(-limit, min(limit, first+(b.a[0]*32640)>>15))

	// zero coefficients
	step := int32(128)
	if d == 0 {
		step = 0
	}
	for i := range b.b {
		s := -step
		if (d ^ b.d[i]) >= 0 {
			s = step
		}
		b.b[i] = clamp16(s + (b.b[i]*32640)>>15)
	}
	copy(b.d[1:], b.d[:5])
	b.d[0] = d
	b.r[1], b.r[0] = b.r[0], r
	b.p[1], b.p[0] = b.p[0], p
	b.a[0], b.a[1] = first, a2

	// prediction of the next sample
	b.sp = clamp16((b.a[0]*clamp16(b.r[0]*2))>>15 + (b.a[1]*clamp16(b.r[1]*2))>>15)
	b.sz = 0
	for i := range b.b {
		b.sz += (b.b[i] * clamp16(b.d[i]*2)) >> 15
	}
	b.sz = clamp16(b.sz)
	b.s = clamp16(b.sp + b.sz)
}

// scale is block 3: adapt the scale factor by a multiplier.
func (b *band) scale(w, limit, shift int32) {
	b.nb = max(0, min(limit, (b.nb*127)>>7+w))
	linear := ilb[b.nb>>6&31]
	if n := shift - b.nb>>11; n < 0 {
		b.det = linear << -n << 2
	} else {
		b.det = linear >> n << 2
	}
}

func (b *band) scaleLow(code int32) { b.scale(wl[rl42[code]], nbLow, 8) }

func (b *band) scaleHigh(code int32) { b.scale(wh[rh2[code]], nbHigh, 10) }

func newBands() (low, high band) {
	low.det, high.det = 32, 8
	return low, high
}
