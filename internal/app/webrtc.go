package app

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"parley/internal/portal"
	"parley/internal/quality/ingest"
	"parley/internal/quality/webrtc"
	"parley/internal/wire/rtcstats"
)

// samples takes WebRTC statistics into the archive's journal.
type samples struct {
	ingest *ingest.Service // nil without an archive
	calls  webrtc.Calls
}

func (s *server) samples() portal.Samples {
	if s.quality == nil {
		return &samples{}
	}
	return &samples{ingest: s.quality.ingest}
}

// Sample implements portal.Samples.
func (s *samples) Sample(ctx context.Context, user string, p *webrtc.Post) (int, error) {
	if s.ingest == nil {
		return 0, fmt.Errorf("%w: this server keeps no archive of call quality", webrtc.ErrPost)
	}
	measured, err := s.calls.Take(user, p, time.Now())
	if err != nil {
		return 0, err
	}
	var (
		mu     sync.Mutex
		failed error
		stored sync.WaitGroup
	)
	for i := range measured {
		stored.Add(1)
		s.ingest.End(endMeasurement(user, p, &measured[i]), func(err error) {
			defer stored.Done()
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
	}
	stored.Wait()
	if errors.Is(failed, ingest.ErrStranger) {
		return 0, fmt.Errorf("%w: %w", portal.ErrNotInCall, failed)
	}
	return len(measured), failed
}

func endMeasurement(user string, p *webrtc.Post, m *webrtc.Measurement) ingest.EndMeasurement {
	out := ingest.EndMeasurement{
		Dialog: ingest.Dialog{CallID: p.CallID, TagA: p.LocalTag, TagB: p.RemoteTag}, User: user, Peer: p.Peer, Initiated: p.Initiator, UserAgent: p.UserAgent,
		Sent: m.Sent, Label: m.Label, Codec: m.Codec, ClockRate: m.Clock, SSRC: m.SSRC, Local: candidateAddress(m.Local), Remote: candidateAddress(m.Remote),
		Network: m.Local.Network, Relayed: m.Local.Type == "relay" || m.Remote.Type == "relay", Final: m.Final, Started: m.Started, Ended: m.Ended, Values: m.Values,
	}
	return out
}

// candidateAddress is zero for a candidate that hides its address.
func candidateAddress(c rtcstats.Candidate) netip.AddrPort {
	a, err := netip.ParseAddr(c.Address)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a, uint16(c.Port))
}
