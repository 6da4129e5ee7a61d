package probe

import (
	"context"
	"time"

	"parley/internal/quality/emodel"
	"parley/internal/wire/qoe"
)

// tell reports a call. A server that takes no reports, as one without an archive, can be probed all the same.
func (a *agent) tell(ctx context.Context, c *call) {
	if err := a.report(ctx, c); err != nil {
		a.cfg.Log.Info("probe report was not taken", "comp", "probe", "user", a.account.Address, "err", err)
	}
}

// report tells the server what this end heard, by SERVICE with a metric report (MS-QoE section 3.1.4).
func (a *agent) report(ctx context.Context, c *call) error {
	m := a.request("SERVICE", "sip:"+a.domain(), "<sip:"+a.domain()+">")
	m.SetBody(qoe.ReportType, a.event(c, time.Now()).Append(nil))
	_, _, err := a.do(ctx, m)
	return err
}

// event is the report of a call.
func (a *agent) event(c *call, end time.Time) *qoe.Event {
	heard := c.media.heard()
	in := &qoe.Stream{PayloadType: payloadType, Codec: "PCMU", SampleRate: clockRate}
	in.Numbers.Put(qoe.Packets, float64(heard.Packets))
	in.Numbers.Put(qoe.LossRate, heard.LossRate())
	in.Numbers.Put(qoe.JitterInterArrival, milliseconds(heard.JitterAvg()))
	in.Numbers.Put(qoe.JitterInterArrivalMax, milliseconds(heard.JitterMax))
	if r, ok := emodel.Rate(emodel.Input{Codec: "PCMU", ClockRate: clockRate, Loss: heard.LossRate()}); ok {
		in.Numbers.Put(qoe.OverallAvg, r.Listening)
		in.Numbers.Put(qoe.OverallMin, r.Listening)
	}
	out := &qoe.Stream{PayloadType: payloadType, Codec: "PCMU", SampleRate: clockRate}
	c.media.mu.Lock()
	out.Numbers.Put(qoe.Packets, float64(c.media.sent))
	c.media.mu.Unlock()

	// From is the reporter's side, whoever called (MS-QoE section 3.2).
	d := qoe.DialogInfo{
		CallID: c.dialog.CallID, Start: c.started, End: end, Caller: !c.incoming, FromURI: "sip:" + a.account.Address, ToURI: "sip:" + c.peer,
		FromTag: c.dialog.LocalTag, ToTag: c.dialog.RemoteTag, LocalUserAgent: userAgent,
	}
	return &qoe.Event{Reports: []qoe.Report{{
		SessionID: c.dialog.CallID,
		Endpoint:  qoe.Endpoint{Name: "parley-probe"},
		Dialog:    d,
		Lines: []qoe.MediaLine{{
			Label: "main-audio", Inbound: in, Outbound: out,
			Description: qoe.Description{
				ICE: "DIRECT", Security: "None", Offerer: !c.incoming, Transport: "UDP", Network: "wired", NetworkDetail: "Ethernet",
				Local:  qoe.Address{IP: c.media.local.Addr().String(), Port: int(c.media.local.Port()), Inside: true},
				Remote: qoe.Address{IP: c.remote.Addr().String(), Port: int(c.remote.Port()), Inside: true},
			},
		}},
	}}}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
