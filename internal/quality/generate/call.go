package generate

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// kind is what sort of call it is.
type kind uint8

const (
	conference kind = iota // one end is the conferencing server
	trunk                  // one end is the server towards the telephone network
	direct                 // two clients, media between them
	relayed                // two clients, each with the server's relay
)

// end is one client in a call.
type end struct {
	user    int
	machine *machine
	archive.End
	building  int // -1 outside
	region    int
	bad       float64 // how likely its access spoils a stream
	rtt       float64
	jitter    float64
	loss      float64
	poorRadio bool
}

// call is a call before its streams are measured.
type call struct {
	key       int64
	id        string
	kind      kind
	started   time.Time
	answered  time.Time
	ended     time.Time
	outcome   string
	code      int32
	reason    string
	hungUp    string
	region    int
	ends      [2]end
	clients   int // how many of ends there are
	legs      int
	media     []metric.Media // media lines of each leg
	stars     int32
	server    string // address of the server's end
	relay     string
	transport string
	bumpy     float64 // how bad the backbone is
	random    *rand.Rand
	streams   int // how many streams it has, of all legs
}

// each calls yield for each call of a part with the number of streams of it that
// belong to the part. The call is only valid inside of yield.
func (g *Generator) each(p *part, yield func(c *call, streams int)) {
	var c call
	for made, n := 0, uint64(0); made < p.streams; n++ {
		c.random = source(g.seed, 2, p.number, n)
		share := (float64(made) + c.random.Float64()) / float64(p.streams)
		g.call(&c, p.from.Add(time.Duration(share*float64(p.length))).Truncate(time.Millisecond), mix(g.seed, p.number, n))
		take := min(c.streams, p.streams-made)
		yield(&c, take)
		made += c.streams
	}
}

// call draws a call that begins at a time.
func (g *Generator) call(c *call, at time.Time, number uint64) {
	r := c.random
	w := g.world
	*c = call{key: key(number), started: at, random: r, media: c.media[:0], outcome: "answered", code: 200, transport: "UDP"}
	var id [8]byte
	binary.BigEndian.PutUint64(id[:], number)
	c.id = hex.EncodeToString(id[:])
	c.region = g.awake(r, at)
	reg := &w.regions[c.region]
	c.clients, c.legs = 1, 1
	switch x := r.Float64(); {
	case x < 0.48:
		c.kind = conference
	case x < 0.66:
		c.kind = trunk
	case x < 0.88:
		c.kind, c.clients = direct, 2
	default:
		c.kind, c.clients, c.legs = relayed, 2, 2
	}
	g.client(&c.ends[0], r, reg.userFrom+skewed(r, reg.userTo-reg.userFrom, 1.5), at)
	if c.clients == 2 {
		g.client(&c.ends[1], r, g.callee(r, &c.ends[0]), at)
	}
	c.server = reg.mcus[r.IntN(len(reg.mcus))]
	c.relay = reg.relays[r.IntN(len(reg.relays))]
	c.media = append(c.media, metric.Audio)
	if c.kind != trunk && r.Float64() < 0.22 {
		c.media = append(c.media, metric.Video)
	}
	if c.kind != trunk && r.Float64() < 0.09 {
		c.media = append(c.media, metric.VbSS)
	}
	c.streams = c.legs * 2 * len(c.media)
	if r.Float64() < 0.04 {
		c.transport = "TCP"
	}
	c.bumpy = logNormal(r, 1, 0.3)
	g.fate(c, r)
}

// awake draws the region of the caller by how much each calls at the time.
func (g *Generator) awake(r *rand.Rand, at time.Time) int {
	var sums [8]float64
	n := len(g.world.regions)
	total := 0.0
	for i := range n {
		total += g.world.regions[i].calls(at)
		sums[i] = total
	}
	x := r.Float64() * total
	for i := range n {
		if x < sums[i] {
			return i
		}
	}
	return n - 1
}

// callee draws whom a client calls: mostly colleagues nearby.
func (g *Generator) callee(r *rand.Rand, from *end) int {
	w := g.world
	reg := &w.regions[from.region]
	if r.Float64() < 0.25 {
		reg = &w.regions[w.regionMix.pick(r)]
	}
	to := reg.userFrom + skewed(r, reg.userTo-reg.userFrom, 1.5)
	if to == from.user {
		to = reg.userFrom + (to+1-reg.userFrom)%(reg.userTo-reg.userFrom)
	}
	return to
}

// fate draws how the call went.
func (g *Generator) fate(c *call, r *rand.Rand) {
	c.answered = c.started.Add(time.Duration(logNormal(r, 6, 0.5) * float64(time.Second))).Truncate(time.Millisecond)
	minutes := logNormal(r, 3.2, 1.1)
	if c.kind == conference {
		minutes = logNormal(r, 24, 0.7)
	}
	if r.Float64() < 0.03 {
		minutes = 0.06 // hung up at once
	}
	c.ended = c.answered.Add(time.Duration(min(minutes, 600) * float64(time.Minute))).Truncate(time.Millisecond)
	c.hungUp = [...]string{"caller", "callee"}[r.IntN(2)]
	if r.Float64() < 0.012 {
		c.outcome, c.reason = "dropped", "the media stopped"
	}
	if r.Float64() < 0.09 {
		c.stars = int32(5 - skewed(r, 5, 2.6))
	}
}
