package relay

import (
	"log/slog"
	"net/netip"
	"testing"

	"parley/internal/stack/ice"
	"parley/internal/stack/sockaddr"
	"parley/internal/stack/srtp"
	"parley/internal/wire/rtp"
	"parley/internal/wire/stun"
)

// FuzzDatagram throws bytes at legs of every kind, from the endpoint's own address and from a stranger's.
func FuzzDatagram(f *testing.F) {
	h := rtp.Header{PT: 0, Seq: 1, SSRC: 7}
	f.Add(append(h.Append(nil), payload(160)...))
	f.Add(append(h.Append(nil), payload(961)...))
	f.Add(rtp.AppendCNAME(rtp.AppendSR(nil, 7, rtp.SenderInfo{NTP: 1}, []rtp.Block{{SSRC: 1, LastSR: 9}}), 7, "x"))
	f.Add(rtp.AppendReceiverTime(nil, 7, 1))
	f.Add(stun.Write(nil, stun.BindingRequest, stun.ID{1}, stun.Microsoft).Sign(nil))
	f.Add([]byte{22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0})

	r, err := New(Config{Addresses: []Address{{Bind: loopback}}, Ports: [2]uint16{22000, 22999}, Workers: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	own, stranger := netip.MustParseAddrPort("127.0.0.1:9"), netip.MustParseAddrPort("127.0.0.2:9")
	key := srtp.NewCrypto(1, srtp.AES80)
	var legs []*Leg
	for _, kind := range []Kind{Audio, Video} {
		for _, remote := range []Remote{
			{RTP: own},
			{RTP: own, Crypto: &key},
			{RTP: own, ICE: MicrosoftICE, Ufrag: "abcd", Pwd: "0123456789012345678901", Candidates: []ice.Candidate{
				{Foundation: "1", Component: 1, Transport: "UDP", Priority: 1, Addr: own, Type: ice.Host},
			}},
		} {
			st, err := r.NewSession("fuzz").AddStream(kind)
			if err != nil {
				f.Fatal(err)
			}
			remote.Codecs = []Codec{pcmu, keys, {PT: 122, Name: "H264", Rate: 90000}}
			var pair [2]*Leg
			for i := range pair {
				if pair[i], err = st.AddLeg("leg", LegOptions{}); err != nil {
					f.Fatal(err)
				}
				if err := pair[i].SetRemote(remote); err != nil {
					f.Fatal(err)
				}
				remote = Remote{RTP: own, Codecs: []Codec{g722, keys2, {PT: 99, Name: "H264", Rate: 90000}}}
			}
			st.Bridge(pair[0], pair[1])
			legs = append(legs, pair[:]...)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > receiveSize {
			return
		}
		for _, l := range legs {
			for component := ice.RTP; component <= ice.RTCP; component++ {
				for _, from := range []netip.AddrPort{own, stranger} {
					s := sockaddr.Of(from)
					l.worker.mu.Lock()
					l.worker.look()
					l.worker.arrived = l.worker.now
					l.receive(component, &s, append(make([]byte, 0, bufferSize), b...))
					l.worker.out.flush()
					l.tick(l.worker.now)
					l.worker.mu.Unlock()
				}
			}
		}
	})
}
