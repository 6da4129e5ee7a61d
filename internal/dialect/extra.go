package dialect

import (
	"strings"

	"parley/internal/wire/sdp"
)

// DropExtra removes the lines that only one dialect understands, for a stream or session that crosses to the other. Lines
// of one name are told once.
func DropExtra(lines *[]sdp.Line, to Kind) []Change {
	var changes []Change
	told := make(map[string]bool)
	for _, l := range *lines {
		name, value, _ := strings.Cut(l.Value, ":")
		if l.Type != 'a' {
			name, value = string(l.Type)+"=", l.Value
		} else {
			name = "a=" + name
		}
		if told[name] {
			continue
		}
		told[name] = true
		changes = append(changes, Change{What: name, From: value, Reason: "has no meaning in the " + to.String() + " dialect"})
	}
	*lines = nil
	return changes
}
