package emodel

import "math"

// Default values of G.107 table 2, for a connection between two handsets in
// quiet rooms.
const (
	slr, rlr       = 8.0, 2.0    // send and receive loudness rating, dB
	stmr, lstr     = 15.0, 18.0  // side-tone masking, listener side-tone, dB
	dSend          = 3.0         // D-value of the sending telephone
	telr, wepl     = 65.0, 110.0 // talker echo loudness, echo path loss, dB
	qdu            = 1.0         // quantising distortion units
	noiseCircuit   = -70.0       // Nc, dBm0p
	noiseFloor     = -64.0       // Nfor, dBmp
	roomSend, room = 35.0, 35.0  // Ps and Pr, dB(A)
)

// rNarrow is the rating R of G.107 equation 7-1 with an equipment impairment
// and a one-way delay in milliseconds.
func rNarrow(ie, delay float64) float64 {
	no := circuitNoise()
	ro := 15 - 1.5*(slr+no)
	return ro - simultaneous(ro, no, delay) - delayed(ro, no, delay) - ie
}

// rWide is the rating of G.107.1: its basic signal-to-noise ratio of 129 with
// default values, and the same impairment by delay as pure delay has there.
func rWide(ie, delay float64) float64 { return 129 - pureDelay(delay) - ie }

// circuitNoise is No, the sum of all noise powers at the 0 dBr point (G.107
// section 7.2).
func circuitNoise() float64 {
	const olr = slr + rlr
	nos := roomSend - slr - dSend - 100 + 0.004*square(roomSend-olr-dSend-14)
	pre := room + 10*math.Log10(1+math.Pow(10, (10-lstr)/10))
	nor := rlr - 121 + pre + 0.008*square(pre-35)
	nfo := noiseFloor + rlr
	return 10 * math.Log10(power(noiseCircuit)+power(nos)+power(nor)+power(nfo))
}

// simultaneous is Is: what impairs speech as it is spoken (G.107 section 7.3).
func simultaneous(ro, no, delay float64) float64 {
	const olr = slr + rlr
	x := olr + 0.2*(64+no-rlr)
	iolr := 20 * (math.Pow(1+math.Pow(x/8, 8), 1.0/8) - x/8)

	st := -10 * math.Log10(power(-stmr)+math.Exp(-delay/4)*power(-telr))
	ist := 12*math.Pow(1+math.Pow((st-13)/6, 8), 1.0/8) -
		28*math.Pow(1+math.Pow((st+1)/19.4, 35), 1.0/35) -
		13*math.Pow(1+math.Pow((st-3)/33, 13), 1.0/13) + 29

	q := 37 - 15*math.Log10(qdu)
	g := 1.07 + 0.258*q + 0.0602*q*q
	y := (ro-100)/15 + 46/8.4 - g/9
	z := 46.0/30 - g/40
	iq := 15 * math.Log10(1+math.Pow(10, y)+math.Pow(10, z))
	return iolr + ist + iq
}

// delayed is Id: talker echo, listener echo and pure delay (G.107 section 7.4).
func delayed(ro, no, t float64) float64 {
	terv := telr - 40*math.Log10((1+t/10)/(1+t/150)) + 6*math.Exp(-0.3*t*t)
	d := -1.5*(no-rlr) - (80 + 2.5*(terv-14))
	idte := (d/2 + math.Sqrt(d*d/4+100) - 1) * (1 - math.Exp(-t))

	rle := 10.5 * (wepl + 7) * math.Pow(2*t+1, -0.25)
	e := ro - rle
	idle := e/2 + math.Sqrt(e*e/4+169)
	return idte + idle + pureDelay(t)
}

// pureDelay is Idd: what delay alone does to a conversation, nothing up to
// 100 ms.
func pureDelay(t float64) float64 {
	if t <= 100 {
		return 0
	}
	x := math.Log2(t / 100)
	return 25 * (math.Pow(1+math.Pow(x, 6), 1.0/6) - 3*math.Pow(1+math.Pow(x/3, 6), 1.0/6) + 2)
}

func power(db float64) float64 { return math.Pow(10, db/10) }
func square(v float64) float64 { return v * v }
