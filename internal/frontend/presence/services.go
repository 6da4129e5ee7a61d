package presence

import (
	"slices"
	"strconv"
	"time"

	dp "parley/internal/dialect/presence"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/xmldoc"
)

const nsService = "http://schemas.microsoft.com/2006/09/sip/service"

// services tells by which media the user can be reached, gathered from all devices: Lync-dialect clients offer calls to
// those who have them. A standard device counts as one for text and voice.
func (p *presentity) services(state dp.State) *xmldoc.Node {
	can := map[string]bool{}
	for key, i := range p.instances {
		if key.category != msrtc.CategoryDevice || i.body == nil {
			continue
		}
		capabilities := i.body.Child("capabilities")
		if capabilities == nil {
			continue
		}
		for _, c := range capabilities.Children {
			if c.Attr("render") == "true" || c.Attr("capture") == "true" {
				can[c.Name] = true
			}
		}
	}
	for _, d := range p.devices {
		if d.plain {
			can["text"], can["voice"] = true, true
		}
	}
	if len(p.documents) > 0 {
		can["text"], can["voice"] = true, true
	}
	names := make([]string, 0, len(can))
	for name := range can {
		names = append(names, name)
	}
	slices.Sort(names)
	capabilities := &xmldoc.Node{Space: nsService, Name: "capabilities"}
	for _, name := range names {
		capabilities.Children = append(capabilities.Children, &xmldoc.Node{Space: nsService, Name: name, Attrs: []xmldoc.Attr{
			{Name: "render", Value: "true"}, {Name: "capture", Value: "true"}, {Name: "deviceAvailability", Value: strconv.Itoa(state.Availability)}}})
	}
	service := &xmldoc.Node{Space: nsService, Name: "service", Attrs: []xmldoc.Attr{{Name: "uri", Value: "sip:" + p.user}}, Children: []*xmldoc.Node{capabilities}}
	return &xmldoc.Node{Space: nsService, Name: "services", Children: []*xmldoc.Node{service}}
}

// freeBusyOf reads a calendarData element.
func freeBusyOf(n *xmldoc.Node) (dp.FreeBusy, bool) {
	fb := n.Child("freeBusy")
	start, err := time.Parse(time.RFC3339, fb.Attr("startTime"))
	if err != nil {
		return dp.FreeBusy{}, false
	}
	granularity := 15 * time.Minute
	switch fb.Attr("granularity") {
	case "PT30M":
		granularity = 30 * time.Minute
	case "PT1H", "PT60M":
		granularity = time.Hour
	}
	f, err := dp.ParseFreeBusy(start, granularity, fb.Value())
	return f, err == nil
}
