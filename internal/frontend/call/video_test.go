package call

import (
	"testing"
	"testing/synctest"

	"parley/internal/dialect"
)

// pidgin-sipe numbers audio and video apart, so that one number means a format of each.
func TestSameNumberInAudioAndVideo(t *testing.T) {
	const video = "m=video 4010 RTP/AVP 98\r\na=rtpmap:98 X-H264UC/90000\r\na=fmtp:98 packetization-mode=1;mst-mode=NI-TC"
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Lync), w.phone("bob", dialect.Lync)
		both := func() string {
			return "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 98 0\r\na=rtpmap:98 G726-16/8000\r\na=rtpmap:0 PCMU/8000\r\n" + video + "\r\n"
		}
		a.call("bob", both())
		inv := b.request("INVITE")
		has(t, inv, "a=rtpmap:98 X-H264UC/90000", "a=rtpmap:98 G726-16/8000")
		b.reply(inv, 200, both())
		b.request("ACK")
		has(t, a.response(200), "RTP/AVP 98\r\n", "a=rtpmap:98 X-H264UC/90000")
		a.ack("")
		synctest.Wait()
		if len(w.media.bridges) != 2 {
			t.Errorf("bridges %v", w.media.bridges)
		}
	})
}
