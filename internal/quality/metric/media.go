package metric

import "strings"

// Media is the kind of a stream. The numbers are stored.
type Media uint8

// The kinds of media.
const (
	Other    Media = iota
	Audio          // speech
	Video          // camera
	VbSS           // desktop shared as video
	AppShare       // desktop shared as remote desktop tiles
)

// String is the name that the API and the portal use.
func (m Media) String() string {
	switch m {
	case Audio:
		return "audio"
	case Video:
		return "video"
	case VbSS:
		return "vbss"
	case AppShare:
		return "appshare"
	default:
		return "data"
	}
}

// MediaOfLabel tells the kind from the label of a media line, as MS-QoE section
// 2.2.1.5 and SDP's a=label have it: main-audio, main-video, panoramic-video,
// data, applicationsharing-video; the plain media names of SDP are known too.
func MediaOfLabel(label string) Media {
	label = strings.ToLower(label)
	switch {
	case strings.HasPrefix(label, "applicationsharing-video"):
		return VbSS
	case label == "data", strings.HasPrefix(label, "applicationsharing"), label == "appshare":
		return AppShare
	case strings.Contains(label, "audio"):
		return Audio
	case strings.Contains(label, "video"):
		return Video
	}
	return Other
}
