package cqd

import (
	"fmt"
	"strings"

	"parley/internal/quality/model"
)

// scenario is the order of a scenario's parts in the original:
// Client-Inside-Wifi-Server-Outside-Wired. Never changed.
var scenario = []string{"first.is_server", "first.inside_corp", "first.net", "second.is_server", "second.inside_corp", "second.net"}

// pairs is the condition that both ends have one of the combinations.
func pairs(c *model.Catalogue, d *model.Dimension, values []string) (any, error) {
	keys, separator := leaves(c, d), " : "
	if d.Key == "pair.scenario" {
		keys, separator = scenario, "-"
	}
	var some []any
	for _, v := range values {
		parts := strings.Split(v, separator)
		if len(parts) == 1 {
			parts = strings.Split(v, strings.TrimSpace(separator))
		}
		if len(parts) != len(keys) {
			return nil, fmt.Errorf("%.80q has not the %d parts of %s", v, len(keys), d.Name)
		}
		var all []any
		for i, key := range keys {
			cond, err := isOneOf(c, c.Dimension(key), []string{strings.TrimSpace(parts[i])})
			if err != nil {
				return nil, err
			}
			all = append(all, cond)
		}
		some = append(some, map[string]any{"and": all})
	}
	if len(some) == 1 {
		return some[0], nil
	}
	return map[string]any{"or": some}, nil
}

// leaves are the single dimensions of a pair, in order.
func leaves(c *model.Catalogue, d *model.Dimension) []string {
	if d.Kind != model.Pair {
		return []string{d.Key}
	}
	return append(leaves(c, c.Dimension(d.Of[0])), leaves(c, c.Dimension(d.Of[1]))...)
}
