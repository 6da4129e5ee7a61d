package generate

import (
	"math"
	"time"
)

// busy is how much is called in each hour of a working day, local time.
var busy = [24]float64{.02, .01, .01, .01, .02, .05, .15, .45, .95, 1.25, 1.3, 1.2, .75, .95, 1.2, 1.2, 1.05, .75, .4, .22, .15, .1, .06, .03}

// week is how much is called on each day, Sunday first.
var week = [7]float64{.04, 1.02, 1.1, 1.08, 1.05, .85, .06}

// calls is how much a region calls at a time, against its average hour.
func (g *region) calls(at time.Time) float64 {
	local := at.Add(time.Duration(g.offset) * time.Hour)
	v := g.weight * busy[local.Hour()] * week[local.Weekday()]
	if m, d := local.Month(), local.Day(); m == time.December && d >= 24 || m == time.January && d == 1 {
		v *= 0.12
	}
	return v
}

// part is a stretch of time with the number of streams that begin in it.
type part struct {
	from    time.Time
	length  time.Duration
	streams int
	number  uint64
}

// partSize is about how many streams a part has.
const partSize = 2000

// monthParts are the parts of one month.
type monthParts struct {
	month int32
	parts []part
}

// plan distributes the streams over the hours from one time to another, so that
// the sum is exact.
func (w *world) plan(from, until time.Time, streams int, month func(time.Time) int32) []monthParts {
	hours := int(until.Sub(from) / time.Hour)
	weights := make([]float64, hours)
	total := 0.0
	for h := range hours {
		at := from.Add(time.Duration(h) * time.Hour)
		for i := range w.regions {
			weights[h] += w.regions[i].calls(at)
		}
		weights[h] *= 1 + 0.00003*float64(h) // two percent more each month
		total += weights[h]
	}
	var months []monthParts
	done, sum := 0, 0.0
	number := uint64(0)
	for h := range hours {
		sum += weights[h]
		upTo := int(math.Round(float64(streams) * sum / total))
		n := upTo - done
		done = upTo
		if n <= 0 {
			continue
		}
		at := from.Add(time.Duration(h) * time.Hour)
		if m := month(at); len(months) == 0 || months[len(months)-1].month != m {
			months = append(months, monthParts{month: m})
		}
		pieces := max(1, (n+partSize/2)/partSize)
		length := time.Hour / time.Duration(pieces)
		p := &months[len(months)-1].parts
		for i := range pieces {
			*p = append(*p, part{at.Add(time.Duration(i) * length), length, n*(i+1)/pieces - n*i/pieces, number})
			number++
		}
	}
	return months
}
