package generate

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteBuildings writes where the company's subnets are, as a file of the 15
// columns that the cloud's dashboard takes, separated by tabs and without a
// header.
func (g *Generator) WriteBuildings(out io.Writer) error {
	w := bufio.NewWriter(out)
	for i := range g.world.subnets {
		s := &g.world.subnets[i]
		b := &g.world.buildings[s.building]
		r := &g.world.regions[b.region]
		name, ownership := "wired", "owned"
		if s.wifi {
			name = "wifi"
		}
		if s.building%5 == 0 {
			ownership = "leased"
		}
		city := strings.TrimRight(b.name, " 0123456789")
		fmt.Fprintf(w, "%s\t%s\t24\t%s\t%s\toffice\t%s\t%s\t%05d\t%s\t\t%s\t1\t0\t0\n",
			strings.TrimSuffix(s.text, "/24"), name+" "+b.name, b.name, ownership, size(b), city, 10000+s.building*37, r.country, r.name)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write buildings: %w", err)
	}
	return nil
}

func size(b *building) string {
	switch n := len(b.wired) + len(b.wifi); {
	case n > 60:
		return "campus"
	case n > 12:
		return "large"
	}
	return "small"
}
