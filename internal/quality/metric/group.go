package metric

// Group is a set of metrics that one party tells together. The numbers are
// stored.
type Group uint8

// The groups, in the catalogue's order.
const (
	NetworkReceived Group = iota // loss, jitter, bursts, buffer
	NetworkSent                  // round trip, bandwidth
	Scores                       // opinion scores and R factors
	Healing                      // what the receiver made up, stretched, corrected
	Sound                        // levels, echo, glitches
	Picture                      // camera video
	Sharing                      // application sharing
	Complaints                   // the clients' event ratios
	Groups
)

// String is the name that the API uses.
func (g Group) String() string {
	return [...]string{"network-received", "network-sent", "scores", "healing", "sound", "video", "sharing", "events"}[g]
}

// Group tells the group of a metric.
func (id ID) Group() Group {
	switch {
	case id >= EventNetworkSendQuality:
		return Complaints
	case id >= SpoiledTiles:
		return Sharing
	case id >= VideoBitRate:
		return Picture
	case id >= SendSignal:
		return Sound
	case id >= Concealed:
		return Healing
	case id >= Degradation:
		return Scores
	case id >= RoundTrip:
		return NetworkSent
	}
	return NetworkReceived
}

// Provenance says for each group which sources gave the values that a row has:
// eight bits a group, bit 1<<source of each.
type Provenance uint64

// Add notes that a value of a metric is from a source.
func (p *Provenance) Add(id ID, s Source) { *p |= 1 << (8*Provenance(id.Group()) + Provenance(s)) }

// Of lists the sources behind the values of a group.
func (p Provenance) Of(g Group) []Source {
	var out []Source
	for s := range Sources {
		if p>>(8*Provenance(g)+Provenance(s))&1 != 0 {
			out = append(out, s)
		}
	}
	return out
}
