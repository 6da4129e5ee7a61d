package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/quality/classify"
	"parley/internal/quality/cube"
	"parley/internal/quality/model"
)

// planner makes SQL of one query.
type planner struct {
	service  *Service
	query    *Query
	access   Access
	zone     *time.Location
	from, to time.Time
	before   time.Time // beginning of the span that is compared with
	rules    []classify.RuleSet

	// Of a plan on a roll-up: its SQL by the beginning of the span, the parts of
	// time and the changes of the mapping that decide what a day may stand for.
	cube    *cube.Definition
	rolled  map[int64]string
	parts   []model.Part
	changes []time.Time
	why     string // the cube was not taken

	src     *source
	fields  map[string]*field
	lookups []*lookup

	columns []column
	leaves1 []*field // group columns; of either.*, the first end's
	leaves2 []*field // the second end's where the dimension is either.*
	either  bool
	atoms   []string
	atomOf  map[string]int
	where   string
	having  string
	order   []orderKey
}

// column is one column of the answer.
type column struct {
	Column
	leaves  []int // of a dimension
	measure *model.Measure
	atoms   []int // of a measure
	excess  bool
}

// orderKey is one key to sort by.
type orderKey struct {
	column int
	desc   bool
	sql    string // when the engine can sort by it
}

func (q *Query) compares() bool {
	return q.Time.Compare || slices.ContainsFunc(q.Measures, func(m Measure) bool { return m.Excess })
}

// planOf checks a query and makes it ready to run on the archive or, when one is
// given, on a roll-up; that may then lack what the query needs.
func (s *Service) planOf(ctx context.Context, access Access, q *Query, rollUp *cube.Definition) (p *planner, err error) {
	p = &planner{service: s, query: q, access: access, zone: q.Zone, cube: rollUp, fields: map[string]*field{}, atomOf: map[string]int{}}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if p.zone == nil {
		p.zone = time.UTC
	}
	switch q.Dataset {
	case "":
		copied := *q
		copied.Dataset = model.Streams
		p.query, q = &copied, &copied
	case model.Streams, model.Calls, model.Ratings:
	default:
		return p, badName("$.dataset", nearest(string(q.Dataset), []string{"streams", "calls", "ratings"}), "there is no dataset %.40q", q.Dataset)
	}
	p.from, p.to, p.before = q.Time.bounds(s.now(), p.zone)
	if q.compares() && p.before.IsZero() {
		return p, bad("$.time", `a comparison needs a span: give "last", or "from" and "to"`)
	}
	names := q.Classifiers
	if len(names) == 0 {
		names = s.classifiers.Names()[:1]
	}
	for i, name := range names {
		if _, err := p.classifier(fmt.Sprintf("$.classifier[%d]", i), name); err != nil {
			return p, err
		}
	}
	p.src = &source{p: p, baseSQL: map[string]string{}}
	if q.Dataset == model.Ratings {
		p.src.computed("started", "received")
	}
	given := len(p.rules)
	if err := p.addDimensions(ctx); err != nil {
		return p, err
	}
	if err := p.addMeasures(ctx, given); err != nil {
		return p, err
	}
	if len(p.columns) == 0 {
		return p, bad("$", `a query needs "dimensions" or "measures"`)
	}
	p.where = "1 = 1"
	if f := All(access.Scope(), q.Filter); f != nil {
		if p.where, err = p.filterSQL(ctx, f); err != nil {
			return p, err
		}
	}
	if q.Having != nil {
		if p.having, err = p.havingSQL(ctx, q.Having, given); err != nil {
			return p, err
		}
	}
	return p, p.addOrder()
}

func (p *planner) close() { p.service.release(p.lookups) }

// classifier finds or adds a rule set and returns its number.
func (p *planner) classifier(path, name string) (int, error) {
	rules, err := p.service.classifiers.ByName(name)
	if err != nil {
		return 0, badName(path, nearest(name, p.service.classifiers.Names()), "no classifier is called %.40q; there are %s", name, strings.Join(p.service.classifiers.Names(), ", "))
	}
	for i := range p.rules {
		if p.rules[i].Name == rules.Name {
			return i, nil
		}
	}
	if len(p.rules) >= 8 {
		return 0, bad(path, "more than 8 classifiers in one query")
	}
	p.rules = append(p.rules, rules)
	if p.src != nil {
		p.src.verdict = append(p.src.verdict, "")
	}
	return len(p.rules) - 1, nil
}

// dimension finds a dimension that the dataset has and the caller may see.
func (p *planner) dimension(path, name string) (*model.Dimension, error) {
	d := p.service.model.Dimension(name)
	if d == nil {
		return nil, p.noSuch(path, "dimension", name, p.service.model.NearestDimension(name))
	}
	if !d.Has(p.query.Dataset) {
		return nil, bad(path, "%s is no dimension of the dataset %s", d.Key, p.query.Dataset)
	}
	for _, leaf := range append(p.leaves(d), d) {
		if !p.access.May(leaf) {
			return nil, &Problem{Path: path, Text: leaf.Key + " is personal data, which your role does not show", Kind: ErrDenied}
		}
	}
	return d, nil
}

// noSuch says that a name is unknown, or known and without data.
func (p *planner) noSuch(path, what, name, near string) error {
	dims, measures := p.service.model.Unavailable()
	for _, m := range append(dims, measures...) {
		if strings.EqualFold(m.Name, name) {
			return bad(path, "%s %.80q of the original has no data here: %s", what, name, m.Reason)
		}
	}
	return badName(path, near, "there is no %s %.80q", what, name)
}

// leaves are the dimensions of a pair, itself for any other.
func (p *planner) leaves(d *model.Dimension) []*model.Dimension {
	if d.Kind != model.Pair {
		return []*model.Dimension{d}
	}
	a, b := p.leaves(p.service.model.Dimension(d.Of[0])), p.leaves(p.service.model.Dimension(d.Of[1]))
	return append(a, b...)
}

// addDimensions makes the group columns.
func (p *planner) addDimensions(ctx context.Context) error {
	p.src.verdict = make([]string, len(p.rules))
	names := p.query.Dimensions
	if g := p.query.Time.Grain; g != "" && !slices.ContainsFunc(names, p.isGrain) {
		names = append([]string{"time." + g}, names...)
	}
	for i, name := range names {
		path := fmt.Sprintf("$.dimensions[%d]", i)
		if name == "time" && p.query.Time.Grain != "" {
			name = "time." + p.query.Time.Grain
		}
		rest, either := strings.CutPrefix(name, "either.")
		lookFor := name
		if either {
			lookFor = "second." + rest
		}
		d, err := p.dimension(path, lookFor)
		if err != nil {
			return err
		}
		c := column{Column: Column{Name: name, Title: d.Name, Type: d.Type(), Unit: d.Unit, Dimension: d.Key, Personal: d.Personal}}
		if either {
			c.Title = "Either" + strings.TrimPrefix(d.Name, "Second")
			c.Dimension = name
		}
		for _, leaf := range p.leaves(d) {
			f, err := p.field(ctx, path, leaf)
			if err != nil {
				return err
			}
			other := f
			if either {
				p.either = true
				if f, err = p.field(ctx, path, p.service.model.Dimension("first."+rest)); err != nil {
					return err
				}
			}
			c.leaves = append(c.leaves, len(p.leaves1))
			p.leaves1, p.leaves2 = append(p.leaves1, f), append(p.leaves2, other)
		}
		if slices.ContainsFunc(p.columns, func(o column) bool { return o.Name == c.Name }) {
			return bad(path, "%s is there twice", name)
		}
		p.columns = append(p.columns, c)
	}
	return nil
}

func (p *planner) isGrain(name string) bool {
	if name == "time" {
		return true
	}
	d := p.service.model.Dimension(name)
	return d != nil && d.Kind == model.Moment && d.Part.Grain()
}

// addMeasures makes the measures' columns: one for each classifier where it
// matters and none is named.
func (p *planner) addMeasures(ctx context.Context, given int) error {
	for i, want := range p.query.Measures {
		path := fmt.Sprintf("$.measures[%d]", i)
		m, classifier, err := p.measure(path, want.Name)
		if err != nil {
			return err
		}
		classifiers := []int{max(classifier, 0)}
		if classifier < 0 && m.Judged() {
			classifiers = classifiers[:0]
			for c := range given {
				classifiers = append(classifiers, c)
			}
		}
		for n, c := range classifiers {
			name := want.As
			if name == "" {
				name = want.Name
				if want.Excess {
					name = "excess." + name
				}
			}
			if n > 0 {
				name += "@" + p.rules[c].Name
			}
			col := column{Column: Column{Name: name, Title: m.Name, Type: "number", Unit: m.Unit, Measure: m.Key}, measure: m, excess: want.Excess}
			if m.Judged() {
				col.Classifier = p.rules[c].Name
			}
			if want.Excess {
				if m, err = p.expected(path, m); err != nil {
					return err
				}
				col.Title = "Excess " + col.Title
			}
			if col.atoms, err = p.addAtoms(ctx, path, m, c); err != nil {
				return err
			}
			if slices.ContainsFunc(p.columns, func(o column) bool { return o.Name == name }) {
				return bad(path, "%s is there twice; give one another name with \"as\"", name)
			}
			p.columns = append(p.columns, col)
		}
	}
	return nil
}

// measure finds a measure of the dataset; classifier is -1 when the name has
// none.
func (p *planner) measure(path, name string) (m *model.Measure, classifier int, err error) {
	base, rules, named := strings.Cut(name, "@")
	classifier = -1
	if named {
		if classifier, err = p.classifier(path, rules); err != nil {
			return nil, 0, err
		}
	}
	m, ok := p.service.model.Measure(base)
	if !ok {
		return nil, 0, p.noSuch(path, "measure", base, p.service.model.NearestMeasure(base))
	}
	if !m.Has(p.query.Dataset) {
		return nil, 0, bad(path, "%s is no measure of the dataset %s", m.Key, p.query.Dataset)
	}
	return m, classifier, nil
}

// expected makes of a count of poor streams the measure whose share in the span
// before is what was to be expected: the count over all classified ones.
func (p *planner) expected(path string, m *model.Measure) (*model.Measure, error) {
	key, ok := strings.CutSuffix(m.Key, "poor")
	if share, found := p.service.model.Measure(key + "poor_pct"); ok && found {
		return share, nil
	}
	return nil, bad(path, "excess is of a count of poor streams: poor, audio.poor, video.poor, vbss.poor or appshare.poor")
}

// addAtoms makes what the archive computes for a measure; equal ones are shared.
func (p *planner) addAtoms(ctx context.Context, path string, m *model.Measure, classifier int) ([]int, error) {
	out := make([]int, len(m.Atoms))
	for i := range m.Atoms {
		a := m.Atoms[i]
		if err := p.mapColumns(ctx, path, &a); err != nil {
			return nil, err
		}
		sql := p.atomSQL(&a, classifier)
		n, ok := p.atomOf[sql]
		if !ok {
			n = len(p.atoms)
			p.atoms = append(p.atoms, sql)
			p.atomOf[sql] = n
		}
		out[i] = n
	}
	return out, nil
}

// mapColumns puts the mapping's lookup in place of the column second_building.
func (p *planner) mapColumns(ctx context.Context, path string, a *model.Atom) error {
	const column = "second_building"
	if !slices.Contains(a.When.Columns, column) {
		return nil
	}
	f, err := p.field(ctx, path, p.service.model.Dimension("second.building"))
	if err != nil {
		return err
	}
	a.When.Cond = strings.ReplaceAll(a.When.Cond, column, f.sql)
	a.When.Columns = slices.DeleteFunc(slices.Clone(a.When.Columns), func(c string) bool { return c == column })
	return nil
}
