package generate

import (
	"math"
	"math/rand/v2"

	"parley/internal/quality/metric"
)

// pathOf is what the network does to a stream.
type pathOf struct {
	rtt, jitter float64 // ms
	loss        float64 // share
	concealed   float64 // share, beyond what loss causes
	direct      []value // what causes set without a detour by the network
}

type value struct {
	id metric.ID
	v  float64
}

// spoil makes a stream bad by chance, in one of the ways that networks have.
func (p *pathOf) spoil(r *rand.Rand, chance float64) {
	if r.Float64() >= chance {
		return
	}
	switch x := r.Float64(); {
	case x < 0.4:
		p.jitter = 31 + 60*r.ExpFloat64()/2
	case x < 0.7:
		p.loss = min(0.9, 0.101+0.12*r.ExpFloat64())
	case x < 0.85:
		p.concealed = 0.071 + 0.1*r.ExpFloat64()
	default:
		p.rtt = 501 + 400*r.ExpFloat64()
	}
}

// put sets the metrics of every kind of media.
func (p *pathOf) put(v *metric.Set, r *rand.Rand, seconds float64, m metric.Media) {
	perSecond := 50.0
	if m != metric.Audio {
		perSecond = 90
	}
	packets := math.Round(max(1, seconds*perSecond*(0.9+0.1*r.Float64())))
	lost := math.Round(packets * p.loss)
	v.Put(metric.Packets, packets-lost)
	v.Put(metric.Lost, lost)
	v.Put(metric.LossRate, p.loss)
	v.Put(metric.LossRateMax, min(1, p.loss*(1.5+3*r.Float64())))
	v.Put(metric.Jitter, p.jitter)
	v.Put(metric.JitterMax, p.jitter*(1.3+2*r.Float64()))
	v.Put(metric.RoundTrip, p.rtt)
	v.Put(metric.RoundTripMax, p.rtt*(1.2+1.5*r.Float64()))
	v.Put(metric.BurstDensity, min(100, 100*p.loss*8))
	v.Put(metric.BurstDuration, math.Round(min(5000, 20+p.loss*9000)/20)*20)
	v.Put(metric.GapDensity, 100*p.loss*0.4)
	v.Put(metric.GapDuration, math.Round(min(seconds, 40)*0.9)*1000)
	v.Put(metric.Bandwidth, 10000*math.Round(logNormal(r, 250, 0.5)))
}

// putAudio sets what is measured of speech. Scores follow from the network, by
// the shape that the published models have.
func (p *pathOf) putAudio(v *metric.Set, r *rand.Rand, from, to *end) {
	concealed := min(1, p.concealed+p.loss*0.7+max(0, p.jitter-20)*0.0008)
	v.Put(metric.Concealed, concealed)
	v.Put(metric.ConcealedMax, min(1, concealed*(1.5+2*r.Float64())))
	v.Put(metric.Stretched, min(1, 0.003+p.jitter*0.0012))
	v.Put(metric.Compressed, min(1, 0.002+p.jitter*0.0009))
	degradation := min(3.6, 12*p.loss*(1-1.2*p.loss)+2.2*concealed+max(0, p.jitter-25)*0.012+0.03*r.Float64())
	degradation = max(0, degradation)
	v.Put(metric.Degradation, degradation)
	v.Put(metric.DegradationMax, min(4, degradation*(1.2+r.Float64())))
	v.Put(metric.DegradationLoss, min(1, p.loss*9/(p.loss*9+0.02*p.jitter+0.01)))
	v.Put(metric.DegradationJitter, min(1, 0.02*p.jitter/(p.loss*9+0.02*p.jitter+0.01)))
	v.Put(metric.NetworkMOS, max(1, 3.95-degradation))
	v.Put(metric.NetworkMOSMin, max(1, 3.8-degradation*1.6))
	v.Put(metric.MOSLQ, max(1, 4.3-degradation*1.1))
	v.Put(metric.RListening, max(0, 92-26*degradation))
	if from != nil {
		signal := -21 - 8*r.Float64()
		if from.machine.poorMicrophone && r.Float64() < 0.4 {
			signal -= 14
			v.Put(metric.EventDeviceLowSpeechLevel, 0.2+0.5*r.Float64())
		}
		v.Put(metric.SendSignal, math.Round(signal))
		v.Put(metric.SendNoise, math.Round(-66-12*r.Float64()))
		v.Put(metric.ListenMOSSent, max(1, 4.1-0.03*max(0, -26-signal)-0.2*r.Float64()))
		if !isPhone(from) {
			v.Put(metric.EchoMicIn, echo(r, from.machine.headset))
			v.Put(metric.MicGlitches, math.Round(r.ExpFloat64()))
		}
		if !from.machine.headset && r.Float64() < 0.05 {
			v.Put(metric.EventDeviceEcho, 0.1+0.3*r.Float64())
		}
	}
	if to != nil {
		v.Put(metric.ListenMOSReceived, max(1, 4.0-degradation-0.15*r.Float64()))
		v.Put(metric.ReceiveSignal, math.Round(-22-6*r.Float64()))
		v.Put(metric.ReceiveNoise, math.Round(-68-10*r.Float64()))
		heard := 0.2 * r.Float64() // drawn in any case: a cause must not change what is drawn after it
		if degradation > 0.8 {
			v.Put(metric.EventNetworkReceiveQuality, min(1, degradation/5+heard))
		}
	}
	v.Put(metric.BufferNominal, math.Round(min(500, 40+p.jitter*2)/10)*10)
	v.Put(metric.BufferMax, math.Round(min(900, 60+p.jitter*4)/10)*10)
}

func echo(r *rand.Rand, headset bool) float64 {
	if headset {
		return math.Round(2 * r.ExpFloat64())
	}
	return math.Round(min(100, 12*r.ExpFloat64()))
}

// putVideo sets what is measured of pictures.
func (p *pathOf) putVideo(v *metric.Set, r *rand.Rand, m metric.Media, bad, seconds float64) {
	rate := 12 + 18*r.Float64()
	if m == metric.VbSS {
		rate = 4 + 8*r.Float64()
	}
	frameLoss := min(100, 100*p.loss*3+0.5*r.ExpFloat64())
	if r.Float64() < bad {
		frameLoss = min(100, 51+30*r.Float64())
		rate *= 0.3
	}
	v.Put(metric.FrameLossLocal, frameLoss)
	v.Put(metric.FrameRate, rate)
	v.Put(metric.FrameRateReceived, rate*0.98)
	v.Put(metric.VideoBitRate, 1000*math.Round(rate*(15+30*r.Float64())))
	v.Put(metric.VideoPostFECLoss, p.loss*0.6)
	v.Put(metric.LowFrameRate, math.Round(min(100, frameLoss*0.8)))
	if seconds > 30 {
		v.Put(metric.DynamicCapability, math.Round(2*r.ExpFloat64()))
	}
}
