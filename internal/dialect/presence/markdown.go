package presence

import (
	"fmt"
	"strings"
)

// Markdown prints the tables for docs/interop/presence.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| availability | state | published as | activity token | PIDF basic | RPID activities | user-input | note |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range toPIDF {
		band := fmt.Sprintf("%d-%d", r.Low, r.Next-1)
		if r.Next > Offline {
			band = fmt.Sprintf("%d and above", r.Low)
		}
		basic, input := "closed", ""
		if r.Open {
			basic = "open"
		}
		switch {
		case r.Idle:
			input = "idle"
		case r.Input:
			input = "active"
		}
		note := r.Note
		if r.Name == "In a meeting" {
			note = "the subject, to those who may see it"
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %s | %s | %s | %s |\n", band, r.Name, r.Publish, strings.Join(r.Tokens, ", "), basic, strings.Join(r.Activities, ", "), input, note)
	}
	b.WriteString("\nBack, the first row that fits:\n\n| PIDF | availability | activity token | when the user is idle |\n|---|---|---|---|\n")
	for _, r := range fromPIDF {
		when := r.Name
		switch {
		case len(r.All) > 0:
			when = strings.Join(r.All, " and ")
		case len(r.Any) > 0:
			when = strings.Join(r.Any, ", ")
		}
		token := r.Result.Activity
		if r.Custom {
			token = "the activity as text"
		}
		idle := ""
		if s, ok := whenIdle[r.Result.Availability]; ok && (token == "" || token == "busy") {
			idle = fmt.Sprint(s.Availability)
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", when, r.Result.Availability, token, idle)
	}
	return b.String()
}
