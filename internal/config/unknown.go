package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// unknownKeys is an error for each key that the configuration does not have, with its line and the key that was probably meant.
func unknownKeys(text string, unknown []toml.Key) error {
	var errs []error
	seen := map[string]bool{}
	for _, k := range unknown {
		// The table of an unknown key is listed as well, before it.
		if table := k[:len(k)-1].String(); len(k) > 1 && seen[table] {
			seen[k.String()] = true
			continue
		}
		seen[k.String()] = true
		message := fmt.Sprintf("unknown key %q", k.String())
		if line := lineOf(text, k); line > 0 {
			message = fmt.Sprintf("line %d: %s", line, message)
		}
		if near := nearest(k.String()); near != "" {
			message += fmt.Sprintf("; did you mean %q?", near)
		}
		errs = append(errs, errors.New(message))
	}
	return errors.Join(errs...)
}

// lineOf finds the line, from 1, that sets a key or opens its table; 0 when the file says it in a way that is not looked for.
func lineOf(text string, k toml.Key) int {
	table := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "["); ok {
			table = strings.Trim(strings.SplitN(rest, "]", 2)[0], "[ ")
			if table == k.String() {
				return i + 1
			}
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		if name = strings.TrimSpace(name); table != "" {
			name = table + "." + name
		}
		if name == k.String() {
			return i + 1
		}
	}
	return 0
}

// maxUnknown bounds the unknown keys for which a near one is sought, in bytes.
const maxUnknown = 100

// nearest is the key or table that differs least from an unknown one, or "" when none is near.
func nearest(unknown string) string {
	if len(unknown) > maxUnknown {
		return ""
	}
	best, bestDistance := "", len(unknown)/3+2
	consider := func(name string, distance int) {
		if name != "" && distance < bestDistance {
			best, bestDistance = name, distance
		}
	}
	var c Config
	for _, s := range c.sections() {
		consider(s.name, editDistance(unknown, s.name))
		for _, k := range s.keys {
			consider(k.name, editDistance(unknown, k.name))
			// The right key in the wrong table.
			consider(k.name, editDistance(unknown[strings.LastIndexByte(unknown, '.')+1:], k.last())+1)
		}
	}
	return best
}

// editDistance counts the insertions, deletions, replacements and swaps of neighbours that make a into b (optimal string alignment).
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			rows[i][j] = min(replace, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
