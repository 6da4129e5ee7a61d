package rtcpxr

import (
	"iter"
	"strings"
)

// parameters yields the NAME=value pairs of a line. Pairs are separated by
// blanks or, from some phones, commas; a value in quotes may hold both. Blanks
// around the equal sign are skipped.
func parameters(s string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for {
			s = strings.TrimLeft(s, " \t,")
			eq := strings.IndexByte(s, '=')
			if eq < 0 {
				return
			}
			name := strings.TrimSpace(s[:eq])
			// A word without a value before the name is skipped, and so is
			// the name of a line that was joined to the one before by a comma.
			if i := strings.LastIndexAny(name, " \t,:"); i >= 0 {
				name = name[i+1:]
			}
			s = strings.TrimLeft(s[eq+1:], " \t")
			var value string
			if strings.HasPrefix(s, `"`) {
				end := strings.IndexByte(s[1:], '"')
				if end < 0 {
					end = len(s) - 1
				}
				value, s = s[1:1+end], s[min(len(s), end+2):]
			} else {
				end := strings.IndexAny(s, " \t,")
				if end < 0 {
					end = len(s)
				}
				value, s = s[:end], s[end:]
			}
			if name != "" && !yield(name, value) {
				return
			}
		}
	}
}
