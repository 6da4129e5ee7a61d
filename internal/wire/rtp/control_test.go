package rtp

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"
)

func all(t testing.TB, b []byte) []Control {
	t.Helper()
	var out []Control
	for {
		c, rest, ok, err := Next(b)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return out
		}
		out, b = append(out, c), rest
	}
}

func TestReportsAgainstPion(t *testing.T) {
	blocks := []Block{{SSRC: 7, FractionLost: 51, Lost: -3, HighestSeq: 1<<16 | 9, Jitter: 80, LastSR: 0x11223344, Delay: 65536}}
	info := SenderInfo{NTP: 0x0102030405060708, Timestamp: 160, Packets: 50, Octets: 8000}
	raw := AppendSR(nil, 42, info, blocks)
	raw = AppendCNAME(raw, 42, "leg@parley")
	raw = AppendRR(raw, 43, blocks)
	raw = AppendBYE(raw, 42)
	raw = AppendReceiverTime(raw, 43, info.NTP)
	raw = AppendDLRR(raw, 42, 43, 1, 2)
	got, err := rtcp.Unmarshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 6 {
		t.Fatalf("pion reads %d packets, want 6", len(got))
	}
	sr := got[0].(*rtcp.SenderReport)
	if sr.SSRC != 42 || sr.NTPTime != info.NTP || sr.PacketCount != 50 || sr.OctetCount != 8000 || sr.Reports[0].Jitter != 80 ||
		sr.Reports[0].FractionLost != 51 || sr.Reports[0].TotalLost != 0xFFFFFD {
		t.Errorf("pion reads %v", sr)
	}
	if name := got[1].(*rtcp.SourceDescription).Chunks[0].Items[0].Text; name != "leg@parley" {
		t.Errorf("pion reads CNAME %q", name)
	}

	packets := all(t, raw)
	if back, ok := packets[0].SenderInfo(); !ok || back != info {
		t.Errorf("sender info %+v", back)
	}
	for _, i := range []int{0, 2} {
		back, ok := packets[i].Block(0)
		if !ok {
			t.Fatalf("packet %d has no block", i)
		}
		if d := cmp.Diff(blocks[0], back); d != "" {
			t.Error(d)
		}
		if _, ok := packets[i].Block(1); ok {
			t.Error("a block that is not there was read")
		}
	}
	x, rest, ok := NextExtended(packets[4].Body[4:])
	if ntp, has := x.ReceiverTime(); !ok || !has || ntp != info.NTP || len(rest) != 0 {
		t.Errorf("receiver time %x", ntp)
	}
	x, _, _ = NextExtended(packets[5].Body[4:])
	if ssrc, last, delay, ok := x.DLRR(0); !ok || ssrc != 43 || last != 1 || delay != 2 {
		t.Errorf("DLRR %d %d %d", ssrc, last, delay)
	}
}

func TestExtendedAgainstPion(t *testing.T) {
	want := VoIP{
		SSRC: 9, LossRate: 13, DiscardRate: 2, BurstDensity: 128, GapDensity: 1, BurstDuration: 300, GapDuration: 6000,
		RoundTrip: 45, EndSystemDelay: 60, SignalLevel: -20, NoiseLevel: -60, EchoReturnLoss: 127, GMin: 16, RFactor: 90,
		ExternalR: 127, MOSLQ: 42, MOSCQ: 127, ReceiverConfig: 0x30, JitterNominal: 40, JitterMax: 80, JitterAbsoluteMax: 200,
	}
	raw, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ExtendedReport{SenderSSRC: 1, Reports: []rtcp.ReportBlock{
		&rtcp.VoIPMetricsReportBlock{
			SSRC: 9, LossRate: 13, DiscardRate: 2, BurstDensity: 128, GapDensity: 1, BurstDuration: 300, GapDuration: 6000,
			RoundTripDelay: 45, EndSystemDelay: 60, SignalLevel: 0xEC, NoiseLevel: 0xC4, RERL: 127, Gmin: 16, RFactor: 90,
			ExtRFactor: 127, MOSLQ: 42, MOSCQ: 127, RXConfig: 0x30, JBNominal: 40, JBMaximum: 80, JBAbsMax: 200,
		},
		&rtcp.StatisticsSummaryReportBlock{LossReports: true, JitterReports: true, SSRC: 9, BeginSeq: 1, EndSeq: 100, LostPackets: 3, MeanJitter: 17},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	c := all(t, raw)[0]
	x, rest, ok := NextExtended(c.Body[4:])
	got, has := x.VoIP()
	if !ok || !has {
		t.Fatal("no VoIP block")
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, ok := got.Conversational(); ok {
		t.Error("127 was taken for a score")
	}
	if lq, ok := got.Listening(); !ok || lq != 4.2 {
		t.Errorf("MOS-LQ %v", lq)
	}
	x, _, _ = NextExtended(rest)
	s, ok := x.Summary()
	if !ok || !s.HasLoss || s.HasDuplicates || s.Lost != 3 || s.MeanJitter != 17 || s.EndSeq != 100 {
		t.Errorf("summary %+v, %v", s, ok)
	}
}

// A compound with Microsoft's extensions: an RR with profile-specific bytes, a video source request and a picture loss
// indication with its own payload. pion/rtcp refuses the whole of it.
func TestMicrosoftCompoundStaysWhole(t *testing.T) {
	rr := []byte{0x80, 201, 0, 4, 0, 0, 0, 1, 0, 1, 0, 12, 0, 0, 0, 0, 0, 1, 0x86, 0xA0}
	vsr := append([]byte{0x8F, 206, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9}, make([]byte, 20)...)
	vsr[13] = 1
	pli := append([]byte{0x81, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 9}, make([]byte, 12)...)
	raw := bytes.Join([][]byte{rr, vsr, pli}, nil)
	if _, err := rtcp.Unmarshal(raw); err == nil {
		t.Log("pion/rtcp reads this compound now: the splitter's reason has gone")
	}
	got := all(t, raw)
	if len(got) != 3 {
		t.Fatalf("%d packets", len(got))
	}
	for i, want := range [][]byte{rr, vsr, pli} {
		if !bytes.Equal(got[i].Raw, want) {
			t.Errorf("packet %d is not whole", i)
		}
	}
	if m, ok := got[1].Feedback(); !ok || m != 9 {
		t.Errorf("media source %d", m)
	}
	if _, ok := got[0].Block(0); ok {
		t.Error("an extension was read as a report block")
	}
}

func TestBadCompounds(t *testing.T) {
	for name, b := range map[string][]byte{
		"short": {0x80, 200, 0}, "length runs out": {0x80, 200, 0, 9, 0, 0, 0, 0}, "version": {0x40, 200, 0, 0},
		"padding": {0xA0, 201, 0, 1, 0, 0, 0, 99},
	} {
		if _, _, _, err := Next(b); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func FuzzControl(f *testing.F) {
	f.Add(AppendCNAME(AppendSR(nil, 1, SenderInfo{}, []Block{{SSRC: 2}}), 1, "x"))
	f.Add(AppendDLRR(AppendReceiverTime(nil, 1, 2), 1, 2, 3, 4))
	f.Fuzz(func(t *testing.T, b []byte) {
		for {
			c, rest, ok, err := Next(b)
			if err != nil || !ok {
				return
			}
			c.Sender()
			c.Feedback()
			c.SenderInfo()
			for i := 0; ; i++ {
				if _, ok := c.Block(i); !ok {
					break
				}
			}
			if c.Type == TypeXR && len(c.Body) > 4 {
				for x, r, ok := NextExtended(c.Body[4:]); ok; x, r, ok = NextExtended(r) {
					x.VoIP()
					x.Summary()
					x.ReceiverTime()
					x.DLRR(0)
				}
			}
			b = rest
		}
	})
}
