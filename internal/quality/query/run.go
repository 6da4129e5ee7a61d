package query

import (
	"context"
	"fmt"
	"time"

	"parley/internal/quality/model"
)

// group is one row of the archive's answer.
type group struct {
	dims  []int64
	atoms []any
}

// Table answers a query as a whole.
func (s *Service) Table(ctx context.Context, access Access, q *Query) (*Result, error) {
	var c collector
	if err := s.Run(ctx, access, q, &c); err != nil {
		return nil, err
	}
	return &c.Result, nil
}

// Run answers a query row by row, until it is done or ctx ends. Errors about
// the query itself are *Problem and come before the first call to the sink.
func (s *Service) Run(ctx context.Context, access Access, q *Query, sink Sink) error {
	began := time.Now()
	p, err := s.plan(ctx, access, q)
	if err != nil {
		return err
	}
	defer p.close()
	q = p.query
	tail := Tail{Meta: p.meta()}
	if err := sink.Columns(p.outputColumns()); err != nil {
		return err
	}
	var totals, totalsBefore *group
	if q.Totals || q.Others {
		if totals, err = p.total(ctx, p.from, p.to); err != nil {
			return err
		}
		if q.compares() {
			if totalsBefore, err = p.total(ctx, p.before, p.from); err != nil {
				return err
			}
		}
	}
	shown := p.zero()
	emit := func(g *group, before *group) error {
		tail.Meta.Rows++
		p.add(shown, g)
		return sink.Row(p.row(g, before))
	}
	if p.streams() {
		err = p.groups(ctx, p.orderedSQL(p.groupSQL(p.from, p.to, true), q.Limit), func(g *group) error { return emit(g, nil) })
	} else {
		err = p.buffered(ctx, emit)
	}
	if err != nil {
		return err
	}
	if q.Totals {
		tail.Totals = p.blank(p.row(totals, totalsBefore))
	}
	if q.Others {
		tail.Others = p.blank(p.row(p.less(totals, shown), nil))
	}
	tail.Meta.MS = float64(time.Since(began).Microseconds()) / 1000
	return sink.End(tail)
}

func (p *planner) meta() Meta {
	m := Meta{Source: fromArchive, Why: p.why, AsOf: p.service.now().UTC(), Timezone: p.zone.String(), From: p.from.UTC(), To: p.to.UTC()}
	if p.cube != nil {
		m.Source = fromCube
	}
	for _, r := range p.rules {
		m.Classifier = append(m.Classifier, r.Name)
	}
	return m
}

// streams tells whether rows can be passed on in the order of the engine.
func (p *planner) streams() bool {
	if p.query.compares() {
		return false
	}
	for _, o := range p.order {
		if o.sql == "" {
			return false
		}
	}
	return true
}

// groups runs SQL that groupSQL made.
func (p *planner) groups(ctx context.Context, sql string, yield func(g *group) error) error {
	n := len(p.leaves1)
	g := &group{dims: make([]int64, n)}
	return p.service.archive.Query(ctx, sql, func(row []any) error {
		for i := range n {
			v, ok := row[i].(int64)
			if !ok {
				return fmt.Errorf("column d%d of a query holds %T %v", i, row[i], row[i])
			}
			g.dims[i] = v
		}
		g.atoms = row[n:]
		return yield(g)
	})
}

// total is the one group over everything.
func (p *planner) total(ctx context.Context, from, to time.Time) (*group, error) {
	g := p.zero()
	err := p.service.archive.Query(ctx, p.groupSQL(from, to, false), func(row []any) error {
		g.atoms = append([]any(nil), row...)
		return nil
	})
	return g, err
}

func (p *planner) zero() *group {
	return &group{dims: make([]int64, len(p.leaves1)), atoms: make([]any, max(len(p.atoms), 1))}
}

// additive tells which atoms of groups can be added up.
func (p *planner) additive() []bool {
	out := make([]bool, len(p.atoms))
	for i := range p.columns {
		c := &p.columns[i]
		for n, a := range c.atoms {
			switch c.measure.Atoms[min(n, len(c.measure.Atoms)-1)].Func {
			case model.Count, model.Sum, model.Known:
				out[a] = true
			}
		}
	}
	return out
}

// add adds the atoms of a group to a sum.
func (p *planner) add(sum, g *group) {
	for i := range sum.atoms {
		if i < len(g.atoms) {
			a, _ := float(sum.atoms[i])
			b, _ := float(g.atoms[i])
			sum.atoms[i] = a + b
		}
	}
}

// less is what the totals have beyond the rows that were shown; what cannot be
// subtracted is missing, and all of it when rows count streams twice.
func (p *planner) less(total, shown *group) *group {
	g := p.zero()
	can := p.additive()
	for i := range g.atoms {
		g.atoms[i] = notAdditive{}
		if i < len(can) && can[i] && !p.either {
			a, _ := float(total.atoms[i])
			b, _ := float(shown.atoms[i])
			g.atoms[i] = a - b
		}
	}
	return g
}

// notAdditive is the atom of a group that is known as a difference only.
type notAdditive struct{}

// blank removes the dimensions from a row.
func (p *planner) blank(row []any) []any {
	for i := range p.columns {
		if p.columns[i].measure == nil {
			row[i] = nil
		}
	}
	return row
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
