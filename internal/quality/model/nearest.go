package model

import "strings"

// NearestDimension is the key of the dimension that a wrong name was probably
// meant to be, empty when none is like it.
func (c *Catalogue) NearestDimension(name string) string {
	best := nearer{limit: len(name)/2 + 1}
	for i := range c.dimensions {
		best.offer(name, c.dimensions[i].Key, c.dimensions[i].Name)
	}
	return best.key
}

// NearestMeasure is the same for measures.
func (c *Catalogue) NearestMeasure(name string) string {
	best := nearer{limit: len(name)/2 + 1}
	for i := range c.measures {
		best.offer(name, c.measures[i].Key, c.measures[i].Name)
	}
	return best.key
}

type nearer struct {
	key   string
	limit int
}

func (n *nearer) offer(name, key, friendly string) {
	for _, candidate := range []string{key, friendly} {
		if d := Distance(strings.ToLower(name), strings.ToLower(candidate), n.limit); d < n.limit {
			n.key, n.limit = key, d
		}
	}
}

// maxName bounds the names that are compared.
const maxName = 100

// Distance is the number of letters to change, add or remove to make one text
// of another; limit when it is not below that.
func Distance(a, b string, limit int) int {
	if len(a) > maxName || len(b) > maxName || len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return min(row[len(b)], limit)
}
