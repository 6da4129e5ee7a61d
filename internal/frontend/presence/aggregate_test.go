package presence

import (
	"testing"
	"time"

	dp "parley/internal/dialect/presence"
)

func TestAggregate(t *testing.T) {
	s := func(availability int, token ...string) dp.State {
		out := dp.State{Availability: availability, Observed: true}
		if len(token) > 0 {
			out.Activity = token[0]
		}
		return out
	}
	list := func(l ...dp.State) []dp.State { return l }
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		in           inputs
		availability int
		token        string
	}{
		"nothing":                              {inputs{}, 18500, ""},
		"one machine":                          {inputs{machines: list(s(3500))}, 3500, ""},
		"the most active machine":              {inputs{machines: list(s(15500), s(3500), s(5000))}, 3500, ""},
		"idle machine, phone that says open":   {inputs{machines: list(s(5000, "idle")), plain: list(s(3500))}, 5000, "idle"},
		"offline machine, phone":               {inputs{machines: list(s(18500)), plain: list(s(3500))}, 3500, ""},
		"only a phone":                         {inputs{plain: list(s(3500))}, 3500, ""},
		"a phone that says closed":             {inputs{plain: list(s(18500))}, 18500, ""},
		"lost":                                 {inputs{lost: true}, 0, ""},
		"lost, but another is there":           {inputs{lost: true, machines: list(s(3500))}, 3500, ""},
		"busy by hand":                         {inputs{machines: list(s(3500)), chosen: list(s(6500))}, 6500, ""},
		"busy by hand, nobody there":           {inputs{chosen: list(s(6500))}, 18500, ""},
		"busy by hand, idle":                   {inputs{machines: list(s(5000)), chosen: list(s(6500))}, 8000, "busyidle"},
		"away by hand":                         {inputs{machines: list(s(3500)), chosen: list(s(15500))}, 15500, ""},
		"appear offline":                       {inputs{machines: list(s(3500)), chosen: list(s(18500)), calls: list(s(6500, "on-the-phone"))}, 18500, ""},
		"call":                                 {inputs{machines: list(s(3500)), calls: list(s(6500, "on-the-phone"))}, 6500, "on-the-phone"},
		"call while away":                      {inputs{machines: list(s(15500)), calls: list(s(6500, "on-the-phone"))}, 6500, "on-the-phone"},
		"call on a phone that is not watched":  {inputs{calls: list(s(6500, "on-the-phone"))}, 6500, "on-the-phone"},
		"call while do not disturb":            {inputs{machines: list(s(3500)), chosen: list(s(9500)), calls: list(s(6500, "on-the-phone"))}, 9500, ""},
		"call in busy time":                    {inputs{machines: list(s(3500)), chosen: list(s(6500)), calls: list(s(6500, "on-the-phone"))}, 6500, "on-the-phone"},
		"meeting":                              {inputs{machines: list(s(3500)), calendar: list(s(6500, "in-a-meeting")), meetingSince: noon}, 6500, "in-a-meeting"},
		"meeting while away":                   {inputs{machines: list(s(15500)), calendar: list(s(6500, "in-a-meeting"))}, 15500, ""},
		"available by hand after the meeting":  {inputs{machines: list(s(3500)), calendar: list(s(6500, "in-a-meeting")), meetingSince: noon, availableSince: noon.Add(time.Minute)}, 3500, ""},
		"available by hand before the meeting": {inputs{machines: list(s(3500)), calendar: list(s(6500, "in-a-meeting")), meetingSince: noon, availableSince: noon.Add(-time.Minute)}, 6500, "in-a-meeting"},
		"do not disturb in a meeting":          {inputs{machines: list(s(3500)), calendar: list(s(6500, "in-a-meeting")), chosen: list(s(9500))}, 9500, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := aggregate(c.in); got.Availability != c.availability || got.Activity != c.token {
				t.Errorf("%d %q, want %d %q", got.Availability, got.Activity, c.availability, c.token)
			}
		})
	}
}

func TestStandardDeviceAsInput(t *testing.T) {
	for name, c := range map[string]struct {
		s            dp.State
		availability int
	}{
		"open":        {dp.State{Availability: 3500}, 3500},
		"active":      {dp.State{Availability: 3500, Observed: true}, 3500},
		"busy":        {dp.State{Availability: 6500, Activity: "busy", Observed: true}, 6500},
		"busy, idle":  {dp.State{Availability: 8000, Activity: "busyidle", Observed: true}, 8000},
		"on phone":    {dp.State{Availability: 6500, Activity: "on-the-phone", Observed: true}, 6500},
		"dnd":         {dp.State{Availability: 9500, Observed: true}, 9500},
		"away":        {dp.State{Availability: 15500, Observed: true}, 15500},
		"idle":        {dp.State{Availability: 5000, Observed: true}, 5000},
		"closed":      {dp.State{Availability: 18500, Observed: true}, 18500},
		"plain close": {dp.State{Availability: 18500}, 18500},
	} {
		var in inputs
		in.add(c.s)
		if got := aggregate(in); got.Availability != c.availability {
			t.Errorf("%s: %d, want %d", name, got.Availability, c.availability)
		}
	}
}
