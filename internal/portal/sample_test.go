package portal

import (
	"fmt"
	"math"
	"time"

	"parley/internal/portal/api"
	"parley/internal/quality/ladder"
	"parley/internal/quality/report"
)

// The sample is a day of a small office, made the same way each time: two hundred calls whose number and quality follow
// the hours, with an hour of trouble. The call c-poor is one that anything interesting happened to.

const (
	lyncClient = "UCCAPI/15.0.4420.1017 OC/15.0.4420.1017 (Microsoft Lync)"
	sipeClient = "Purple/2.14.12 Sipe/1.25.0 (linux-x86_64; RTC/6.0)"
	baresip    = "baresip v1.0.0 (x86_64/linux)"
	linphone   = "Linphone/5.1.65 (belle-sip/5.2.0)"
)

var sampleParties = []report.Party{
	{Address: "alice@parley.test", UserAgent: sipeClient, Dialect: "lync"},
	{Address: "bob@parley.test", UserAgent: baresip, Dialect: "standard"},
	{Address: "carol@parley.test", UserAgent: lyncClient, Dialect: "lync"},
	{Address: "dave@parley.test", UserAgent: linphone, Dialect: "standard"},
}

func sampleArchive() *archive {
	now := time.Now().UTC()
	a := &archive{calls: map[string]report.Call{}}
	for i := range 200 {
		// The golden ratio spreads the calls evenly; squaring the sine makes the working day busier than the night.
		at := math.Mod(float64(i)*0.618034, 1)
		started := now.Add(-time.Duration((0.02 + 0.9*at) * float64(24*time.Hour)))
		if h := started.Hour(); (h < 6 || h > 20) && i%5 != 0 {
			started = started.Add(9 * time.Hour)
			if started.After(now) {
				started = started.Add(-24 * time.Hour)
			}
		}
		a.add(sampleCall(fmt.Sprintf("c-%03d", i), i, started.Truncate(time.Second)))
	}
	poor := sampleCall("c-poor", 2, now.Add(-7*time.Minute).Truncate(time.Second))
	poor.Caller, poor.Callee = sampleParties[0], sampleParties[1]
	makePoor(&poor)
	a.add(poor)
	a.newest = now.Add(-7 * time.Minute)
	return a
}

func sampleCall(id string, i int, started time.Time) report.Call {
	c := report.Call{Classifier: "cqd2015", Answered: started.Add(4 * time.Second), HungUpBy: "caller"}
	c.ID, c.Started, c.Seconds = id, started, 20+float64(i*37%900)
	c.Caller, c.Callee = sampleParties[i%4], sampleParties[(i+1+i/4%3)%4]
	c.Outcome, c.SIPCode, c.Verdict = "answered", 200, report.Good
	c.Ended = c.Answered.Add(time.Duration(c.Seconds) * time.Second)
	mos := 4.41 - float64(i%7)*0.03
	c.WorstMOS, c.ReportedBy = &mos, []string{"relay"}
	c.Streams = report.StreamCounts{Good: 4}
	switch {
	case i%23 == 7:
		c.Outcome, c.SIPCode, c.Verdict, c.Seconds, c.WorstMOS = "busy", 486, report.Unclassified, 0, nil
		c.Streams, c.ReportedBy, c.Reason = report.StreamCounts{}, nil, "Busy Here"
	case i%31 == 5:
		c.Outcome, c.SIPCode, c.Verdict, c.Seconds, c.WorstMOS = "no-answer", 480, report.Unclassified, 0, nil
		c.Streams, c.ReportedBy, c.Reason = report.StreamCounts{}, nil, "Temporarily Unavailable"
	case started.Hour() == 14 && i%2 == 0 || i%19 == 3:
		mos = 2.3 + float64(i%5)*0.17
		c.Verdict, c.Streams = report.Poor, report.StreamCounts{Good: 2, Poor: 2}
	case i%11 == 4:
		c.Verdict, c.Streams, c.WorstMOS = report.Unclassified, report.StreamCounts{Unclassified: 4}, nil
	}
	return c
}

// makePoor gives a call the measurements of a bad Wi-Fi on the caller's side.
func makePoor(c *report.Call) {
	mos := 2.61
	c.Verdict, c.WorstMOS, c.ReportedBy = report.Poor, &mos, []string{"relay", "callee"}
	c.Streams, c.Seconds = report.StreamCounts{Good: 2, Poor: 2}, 184
	c.Ended = c.Answered.Add(184 * time.Second)
	c.Outcome, c.SIPCode, c.Reason = "answered", 200, ""
	c.Ratings = []report.Rating{{User: "bob@parley.test", Stars: 2, Text: "Alice broke up every few seconds.", Tokens: []string{"DistortedSpeech", "Interruptions"}}}
	c.Legs = []report.Leg{
		{Role: "caller", CallID: "9A1Bg2C3DaE4F5i6A7Bt8C9Db0E1Fx", Party: c.Caller, Streams: []report.Stream{
			sampleStream(c, "1", "from-endpoint", "PCMU", "SDES", report.Poor, 0.083, 41.3, 128, 96, 2.61),
			sampleStream(c, "2", "to-endpoint", "PCMU", "SDES", report.Good, 0.0004, 3.1, 9.4, 96, 4.37),
		}},
		{Role: "callee", CallID: "b2b-5e1d0c77", Party: c.Callee, Streams: []report.Stream{
			sampleStream(c, "3", "from-endpoint", "PCMU", "DTLS", report.Good, 0, 1.9, 4.2, 12, 4.41),
			sampleStream(c, "4", "to-endpoint", "PCMU", "DTLS", report.Poor, 0.0834, 42.0, 131, 12, 2.58),
		}},
	}
}

func sampleStream(c *report.Call, id, direction, codec, security, verdict string, loss, jitter, jitterMax, rtt, mos float64) report.Stream {
	v := func(x float64) *float64 { return &x }
	packets := math.Round(c.Seconds * 50)
	s := report.Stream{
		ID: id, Label: "main-audio", Media: "audio", Direction: direction, Codec: codec, Security: security, Transport: "UDP",
		Started: c.Answered, Seconds: c.Seconds, Verdict: verdict, Clock: "ok",
		Why: []string{"all measured metrics are within the limits of cqd2015"},
		Sources: []report.Source{
			{By: "relay", Format: "rtp", Reporter: "relay", Received: c.Ended},
			{By: "rtcp", Format: "rtcp", Reporter: c.Caller.Address, Received: c.Ended, Intervals: 36},
		},
		Metrics: []report.Metric{
			{Name: "packets", Title: "Packet Utilization", Values: []*float64{v(packets), nil}},
			{Name: "lost", Title: "Packets Lost", Values: []*float64{v(math.Round(packets * loss)), v(math.Round(packets * loss))}},
			{Name: "loss", Title: "Packet Loss Rate", Unit: "%", Values: []*float64{v(100 * loss), v(98 * loss)}},
			{Name: "jitter", Title: "Jitter", Unit: "ms", Values: []*float64{&jitter, v(jitter * 1.04)}},
			{Name: "jitter_max", Title: "Jitter Max", Unit: "ms", Values: []*float64{&jitterMax, nil}},
			{Name: "rtt", Title: "Round Trip", Unit: "ms", Values: []*float64{nil, &rtt}, Used: 1},
			{Name: "burst_density", Title: "Burst Density", Unit: "%", Values: []*float64{v(loss * 310), nil}},
			{Name: "burst_duration", Title: "Burst Duration", Unit: "ms", Values: []*float64{v(loss * 7400), nil}},
			{Name: "mos_lq", Title: "MOS Listening Quality", Unit: "MOS", Values: []*float64{&mos, nil}},
		},
	}
	if verdict == report.Poor {
		s.Why = []string{
			fmt.Sprintf("Jitter is %.4g ms, above the limit of 30", jitter),
			fmt.Sprintf("Audio Degradation Avg is %.3g MOS, above the limit of 1", 4.41-mos),
		}
	}
	return s
}

// sampleRecord is what the server noted of the call that started at t0.
func sampleRecord(t0 time.Time) ladder.Record {
	at := func(ms int) time.Time { return t0.Add(time.Duration(ms) * time.Millisecond) }
	return ladder.Record{
		ID: "c-poor", Started: t0,
		Changes: []ladder.Change{
			{At: at(12), Leg: "callee", What: "a=x-candidate-ipv6", From: "1 1 UDP 2130706431 2001:db8::5 32012 typ host",
				Reason: "A Lync-dialect attribute that standard clients do not know; the relay's own candidates are offered instead."},
			{At: at(12), Leg: "callee", What: "codec x-msrta/16000", From: "a=rtpmap:114 x-msrta/16000",
				Reason: "No standard client decodes RTAudio; PCMU, PCMA and G.722 are common to both."},
			{At: at(13), Leg: "callee", What: "m= profile", From: "RTP/SAVP", To: "UDP/TLS/RTP/SAVPF",
				Reason: "Keys by SDES on the Lync side, by DTLS on the standard side."},
			{At: at(3810), Leg: "caller", What: "a=crypto", To: "2 AES_CM_128_HMAC_SHA1_80 inline:(key not shown) |2^31|1:1",
				Reason: "The Lync dialect asks for a master key identifier of length 1."},
		},
		Steps: []ladder.Step{
			{At: at(0), What: "Call started", Detail: "alice@parley.test calls bob@parley.test: audio", Kind: ladder.Signalling},
			{At: at(12), What: "Translated", Detail: "3 changes for the callee", Kind: ladder.Translation},
			{At: at(4000), What: "Answered", Detail: "by bob@parley.test, 4s after the invitation", Kind: ladder.Signalling},
			{At: at(4210), What: "First audio packet from the caller", Detail: "PCMU, 9200 packets, 8.3 % lost, MOS 2.61", Kind: ladder.Media},
			{At: at(188000), What: "Call ended", Detail: "caller, after 3m4s", Kind: ladder.Signalling},
		},
		Runs: map[string][8]uint32{"caller": {212, 87, 41, 19, 11, 6, 3, 5}, "callee": {}},
	}
}

func samplePeople() []api.Person {
	now := time.Now().UTC()
	address := func(s string) *string { return &s }
	return []api.Person{
		{User: "alice@parley.test", DisplayName: "Alice Archer", Presence: api.Presence{Availability: 3500, Note: "Working from the lighthouse"},
			Endpoints: []api.Endpoint{
				{Client: sipeClient, Dialect: api.DialectLync, Transport: "TLS", Address: address("10.77.0.21:49812"), Expires: now.Add(52 * time.Minute)},
				{Client: lyncClient, Dialect: api.DialectLync, Transport: "TLS", Address: address("10.77.0.34:51220"), Expires: now.Add(96 * time.Minute)},
			}},
		{User: "bob@parley.test", DisplayName: "Bob Brook", Presence: api.Presence{Availability: 6500, Activity: "on-the-phone"},
			Endpoints: []api.Endpoint{{Client: baresip, Dialect: api.DialectStandard, Transport: "TLS", Address: address("10.77.0.5:5061"), Expires: now.Add(9 * time.Minute)}}},
		{User: "carol@parley.test", DisplayName: "Carol Castle", Presence: api.Presence{Availability: 9500, Activity: "do-not-disturb", Note: "Writing"},
			Endpoints: []api.Endpoint{{Client: lyncClient, Dialect: api.DialectLync, Transport: "TLS", Address: address("10.77.0.40:50111"), Expires: now.Add(71 * time.Minute)}}},
		{User: "dave@parley.test", DisplayName: "Dave Dune", Presence: api.Presence{Availability: 15500, Activity: "away"},
			Endpoints: []api.Endpoint{{Client: linphone, Dialect: api.DialectStandard, Transport: "UDP", Address: address("10.77.0.8:5060"), Expires: now.Add(40 * time.Second)}}},
	}
}

func sampleHealth() api.Health {
	now := time.Now().UTC()
	last := now.Add(-3 * time.Second)
	count := func(n int) *int { return &n }
	free := int64(61 << 30)
	some := func(n int64) *int64 { return &n }
	return api.Health{
		Status: api.StatusWarning, Node: "parley-1", Version: "0.1.0", Build: "full", GoVersion: "go1.26.8", Started: now.Add(-31 * time.Hour), AsOf: now,
		Listeners: []api.Listener{
			{Name: "sip-tls", Protocol: "TLS", Address: "[::]:5061", Connections: count(38), Status: api.StatusOK},
			{Name: "sip-tcp", Protocol: "TCP", Address: "127.0.0.1:5060", Connections: count(2), Status: api.StatusOK},
			{Name: "sip-udp", Protocol: "UDP", Address: "127.0.0.1:5060", Status: api.StatusOK},
			{Name: "https", Protocol: "HTTPS", Address: "[::]:8443", Connections: count(4), Status: api.StatusOK},
		},
		Queues: []api.Queue{
			{Name: "quality reports", Depth: 0, LagSeconds: 0, Status: api.StatusOK},
			{Name: "messages", Depth: 3, LagSeconds: 0.2, Status: api.StatusOK},
		},
		Collectors: []api.Collector{
			{Name: "Media relay", Accepted: 812, Merged: some(0), Quarantined: some(0), Rejected: some(0), Last: &last},
			{Name: "MS-QoE", Accepted: 74, Merged: some(70), Quarantined: some(1), Rejected: some(0), Last: &last},
			{Name: "RFC 6035", Accepted: 31, Merged: some(31), Quarantined: some(0), Rejected: some(2), Last: &last},
		},
		Storage: []api.Storage{{Name: "archive", Bytes: 48 << 20, FreeBytes: &free}, {Name: "state", Bytes: 9 << 20, FreeBytes: &free}},
		Checks: []api.Check{
			{Name: "Certificate", Status: api.StatusWarning, Detail: "The certificate of parley.test expires in 12 days.", Action: "Put a new one in place and run parley reload."},
			{Name: "Clock", Status: api.StatusOK, Detail: "Within 0.4 s of the endpoints' clocks."},
			{Name: "Probe call", Status: api.StatusOK, Detail: "MOS 4.41 over loopback 20 s ago."},
		},
	}
}
