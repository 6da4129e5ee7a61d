package measure

// GMin is the number of received packets between losses that ends a burst (RFC 3611 section 4.7.2).
const GMin = 16

// Pattern tells how losses were distributed. A burst starts and ends with a loss and never has GMin received packets in
// a row; a loss with GMin received on both sides is part of a gap (RFC 3611 section 4.7.2).
type Pattern struct {
	// Runs counts losses of 1, 2, … 9 packets in a row, and of ten or more.
	Runs [10]uint32

	Packets      uint64 // decided: received or lost for good
	Lost         uint64
	Bursts       uint32
	BurstPackets uint64 // packets within bursts, lost or not
	BurstLost    uint64
}

// BurstDensity gives the share of lost packets within bursts, 0 to 1.
func (p Pattern) BurstDensity() float64 { return share(p.BurstLost, p.BurstPackets) }

// GapDensity gives the share of lost packets outside bursts, 0 to 1.
func (p Pattern) GapDensity() float64 { return share(p.Lost-p.BurstLost, p.Packets-p.BurstPackets) }

// BurstLength gives the mean length of a burst in packets.
func (p Pattern) BurstLength() float64 { return share(p.BurstPackets, uint64(p.Bursts)) }

// GapLength gives the mean length of a gap in packets; bursts lie between gaps.
func (p Pattern) GapLength() float64 {
	return share(p.Packets-p.BurstPackets, uint64(p.Bursts)+1)
}

// Ratio is the E-model's BurstR: the mean run of losses over the mean run that the same number of independent losses
// would have (ITU-T G.107 section 7.4). At least 1.
func (p Pattern) Ratio() float64 {
	var runs uint64
	for _, n := range p.Runs {
		runs += uint64(n)
	}
	if runs == 0 || p.Lost == p.Packets {
		return 1
	}
	mean := float64(p.Lost) / float64(runs)
	return max(1, mean*(1-float64(p.Lost)/float64(p.Packets)))
}

func (p Pattern) since(e Pattern) Pattern {
	for i := range p.Runs {
		p.Runs[i] -= e.Runs[i]
	}
	p.Packets -= e.Packets
	p.Lost -= e.Lost
	p.Bursts -= min(p.Bursts, e.Bursts)
	p.BurstPackets -= min(p.BurstPackets, e.BurstPackets)
	p.BurstLost -= min(p.BurstLost, e.BurstLost)
	return p
}

func share(part, of uint64) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

// runs builds the pattern from packets in order.
type runs struct {
	p     Pattern
	run   uint64 // lost in a row, up to now
	good  uint64 // received since the last loss
	open  uint64 // packets from the first to the last loss of the candidate burst; 0 when there is none
	holes uint64 // lost in it
}

func (r *runs) add(received bool) {
	r.p.Packets++
	if received {
		r.good++
		if r.run > 0 {
			r.endRun()
		}
		if r.good == GMin && r.open > 0 {
			r.endBurst()
		}
		return
	}
	r.p.Lost++
	r.run++
	if r.open == 0 {
		r.open, r.holes = 1, 1
	} else {
		r.open += r.good + 1
		r.holes++
	}
	r.good = 0
}

func (r *runs) endRun() {
	r.p.Runs[min(r.run, uint64(len(r.p.Runs)))-1]++
	r.run = 0
}

func (r *runs) endBurst() {
	// A single loss between gaps belongs to the gap.
	if r.holes > 1 {
		r.p.Bursts++
		r.p.BurstPackets += r.open
		r.p.BurstLost += r.holes
	}
	r.open, r.holes = 0, 0
}

// pattern gives the figures as if the stream ended now.
func (r runs) pattern() Pattern {
	if r.run > 0 {
		r.endRun()
	}
	if r.open > 0 {
		r.endBurst()
	}
	return r.p
}
