package query

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley/internal/quality/model"
)

// manyCodes is how many codes a condition lists; more go through a lookup.
const manyCodes = 1000

// filterSQL is a filter as a condition over the source's columns. It is true or
// false for every row, never NULL.
func (p *planner) filterSQL(ctx context.Context, f *Filter) (string, error) {
	switch {
	case len(f.And) > 0:
		return p.joined(ctx, f.And, " AND ")
	case len(f.Or) > 0:
		return p.joined(ctx, f.Or, " OR ")
	case f.Not != nil:
		sql, err := p.filterSQL(ctx, f.Not)
		return "NOT (" + sql + ")", err
	}
	path := f.Path + ".dim"
	if rest, ok := strings.CutPrefix(f.Dim, "either."); ok {
		firstEnd, secondEnd := *f, *f
		firstEnd.Dim, secondEnd.Dim = "first."+rest, "second."+rest
		return p.joined(ctx, []*Filter{&firstEnd, &secondEnd}, " OR ")
	}
	d, err := p.dimension(path, f.Dim)
	if err != nil {
		return "", err
	}
	if d.Kind == model.Pair {
		return p.pairSQL(ctx, f, d)
	}
	fld, err := p.field(ctx, path, d)
	if err != nil {
		return "", err
	}
	parts := make([]string, 0, len(f.Tests))
	for _, t := range f.Tests {
		sql, err := p.testSQL(ctx, f.Path+"."+string(t.Op), fld, t)
		if err != nil {
			return "", err
		}
		parts = append(parts, "("+sql+")")
	}
	return strings.Join(parts, " AND "), nil
}

func (p *planner) joined(ctx context.Context, all []*Filter, by string) (string, error) {
	parts := make([]string, len(all))
	for i, f := range all {
		sql, err := p.filterSQL(ctx, f)
		if err != nil {
			return "", err
		}
		parts[i] = "(" + sql + ")"
	}
	return strings.Join(parts, by), nil
}

// pairSep stands between the values of a pair.
const pairSep = " : "

// pairSQL takes the values of a pair apart.
func (p *planner) pairSQL(ctx context.Context, f *Filter, d *model.Dimension) (string, error) {
	leaves := p.leaves(d)
	var or []*Filter
	negative := false
	for _, t := range f.Tests {
		switch t.Op {
		case NotIn, Ne:
			negative = true
		case In, Eq:
		default:
			return "", bad(f.Path+"."+string(t.Op), "a pair is compared with eq, ne, in and not_in; filter its ends for more")
		}
		for _, v := range t.Values {
			s, _ := v.(string)
			parts := strings.Split(s, pairSep)
			if len(parts) != len(leaves) {
				return "", bad(f.Path+"."+string(t.Op), "%.60q has not the %d parts of %s, with %q between them", s, len(leaves), d.Key, pairSep)
			}
			both := &Filter{}
			for i, leaf := range leaves {
				var want any = parts[i]
				if parts[i] == "" {
					want = nil
				}
				both.And = append(both.And, &Filter{Dim: leaf.Key, Tests: []Test{{Eq, []any{want}}}, Path: f.Path})
			}
			or = append(or, both)
		}
	}
	if len(or) == 0 {
		return "1 = 0", nil
	}
	sql, err := p.filterSQL(ctx, &Filter{Or: or})
	if negative {
		sql = "NOT (" + sql + ")"
	}
	return sql, err
}

// testSQL is one comparison.
func (p *planner) testSQL(ctx context.Context, path string, f *field, t Test) (string, error) {
	if t.Op == Null {
		yes, ok := t.Values[0].(bool)
		if !ok {
			return "", bad(path, "null is true or false")
		}
		return f.nullSQL(yes), nil
	}
	negative := t.Op == Ne || t.Op == NotIn
	if f.matching == nil {
		return p.numberSQL(path, f, t)
	}
	match, withNull, err := textMatch(path, t)
	if err != nil {
		return "", err
	}
	values := f.matching(match)
	slices.Sort(values)
	values = slices.Compact(values)
	sql := "1 = 0"
	switch {
	case len(values) > manyCodes && f.column != "":
		l, err := p.service.passing(ctx, values)
		if err != nil {
			return "", err
		}
		p.lookups = append(p.lookups, l)
		sql = p.src.join(p.service.archive.Lookup(l.name), f.column) + " = 1" // the column is there since the field was made
	case len(values) > 0:
		sql = "(" + f.sql + ") IN " + ints(values)
	}
	if withNull {
		sql = "(" + sql + " OR " + f.nullSQL(true) + ")"
	}
	if negative {
		sql = "NOT (" + sql + ")"
	}
	return sql, nil
}

func (f *field) nullSQL(yes bool) string {
	switch {
	case f.hasNull && yes:
		return fmt.Sprintf("(%s) = %d", f.sql, f.null)
	case f.hasNull:
		return fmt.Sprintf("(%s) <> %d", f.sql, f.null)
	case yes:
		return "1 = 0"
	}
	return "1 = 1"
}

// textMatch makes a test of texts; withNull tells that null passes as well.
func textMatch(path string, t Test) (match func(string) bool, withNull bool, err error) {
	texts := make([]string, 0, len(t.Values))
	for _, v := range t.Values {
		switch v := v.(type) {
		case nil:
			withNull = true
		case string:
			texts = append(texts, v)
		case bool:
			texts = append(texts, strconv.FormatBool(v))
		case float64:
			texts = append(texts, strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	any := func(test func(text, want string) bool) func(string) bool {
		return func(text string) bool {
			return slices.ContainsFunc(texts, func(want string) bool { return test(text, want) })
		}
	}
	lower := func(test func(text, want string) bool) func(string) bool {
		for i := range texts {
			texts[i] = strings.ToLower(texts[i])
		}
		return any(func(text, want string) bool { return test(strings.ToLower(text), want) })
	}
	switch t.Op {
	case Eq, Ne, In, NotIn:
		set := make(map[string]bool, len(texts))
		for _, s := range texts {
			set[s] = true
		}
		return func(text string) bool { return set[text] }, withNull, nil
	case Contains:
		return lower(strings.Contains), false, nil
	case Begins:
		return lower(strings.HasPrefix), false, nil
	case Ends:
		return lower(strings.HasSuffix), false, nil
	case Regex:
		all := make([]*regexp.Regexp, len(texts))
		for i, s := range texts {
			if len(s) > 1000 {
				return nil, false, bad(path, "the pattern is longer than 1000 letters")
			}
			if all[i], err = regexp.Compile(s); err != nil {
				return nil, false, bad(path, "not a regular expression (RE2): %v", err)
			}
		}
		return func(text string) bool {
			return slices.ContainsFunc(all, func(r *regexp.Regexp) bool { return r.MatchString(text) })
		}, false, nil
	case InSubnet:
		match, err := subnetMatch(path, texts)
		return match, false, err
	case Gt:
		return any(func(text, want string) bool { return text > want }), false, nil
	case Ge:
		return any(func(text, want string) bool { return text >= want }), false, nil
	case Lt:
		return any(func(text, want string) bool { return text < want }), false, nil
	case Le:
		return any(func(text, want string) bool { return text <= want }), false, nil
	case Between:
		if len(texts) == 2 {
			return func(text string) bool { return text >= texts[0] && text <= texts[1] }, false, nil
		}
	}
	return nil, false, bad(path, "the values do not fit %s", t.Op)
}

// subnetMatch tests addresses and networks for being in one of some networks.
func subnetMatch(path string, texts []string) (func(string) bool, error) {
	nets := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		net, ok := prefixOf(s)
		if !ok {
			return nil, bad(path, "%.60q is no network such as 10.1.0.0/16 or 2001:db8::/32", s)
		}
		nets[i] = net
	}
	return func(text string) bool {
		p, ok := prefixOf(text)
		return ok && slices.ContainsFunc(nets, func(n netip.Prefix) bool { return n.Bits() <= p.Bits() && n.Contains(p.Addr()) })
	}, nil
}

// prefixOf reads a network, or an address as the network of it alone.
func prefixOf(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.WithZone("").Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

// numberSQL compares numbers and times.
func (p *planner) numberSQL(path string, f *field, t Test) (string, error) {
	values := make([]string, 0, len(t.Values))
	withNull := false
	for _, v := range t.Values {
		if v == nil {
			withNull = true
			continue
		}
		n, ok := v.(float64)
		if f.dim.Kind == model.Moment {
			var err error
			if n, err = momentNumber(f.dim.Part, p.zone, v); err != nil {
				return "", bad(path, "%v", err)
			}
		} else if s, isText := v.(string); isText {
			var err error
			if n, err = strconv.ParseFloat(s, 64); err != nil {
				return "", bad(path, "%s is a number, %.40q is none", f.dim.Key, s)
			}
		} else if !ok {
			return "", bad(path, "%s is a number, %v is none", f.dim.Key, v)
		}
		n *= f.scale
		if n != n || n > 9e18 || n < -8e18 {
			return "", bad(path, "the number is out of range")
		}
		values = append(values, number(roundTiny(n)))
	}
	op := map[Op]string{Gt: ">", Ge: ">=", Lt: "<", Le: "<="}[t.Op]
	var sql string
	switch {
	case t.Op == Eq, t.Op == In, t.Op == Ne, t.Op == NotIn:
		sql = "1 = 0"
		if len(values) > 0 {
			sql = fmt.Sprintf("(%s) IN (%s)", f.sql, strings.Join(values, ","))
		}
		if withNull {
			sql = "(" + sql + " OR " + f.nullSQL(true) + ")"
		}
		if t.Op == Ne || t.Op == NotIn {
			sql = "NOT (" + sql + ")"
		}
		return sql, nil
	case op != "" && len(values) == 1:
		sql = fmt.Sprintf("(%s) %s %s", f.sql, op, values[0])
	case t.Op == Between && len(values) == 2:
		sql = fmt.Sprintf("(%s) >= %s AND (%s) <= %s", f.sql, values[0], f.sql, values[1])
	default:
		return "", bad(path, "%s is a number: it is compared with eq, ne, in, gt, ge, lt, le and between", f.dim.Key)
	}
	return "(" + sql + " AND " + f.nullSQL(false) + ")", nil
}

// roundTiny takes back what multiplying with a scale adds: 0.07*100.
func roundTiny(v float64) float64 {
	if r := float64(int64(v*1e6+0.5)) / 1e6; v > 0 && v < 1e9 && r-v < 1e-9 && v-r < 1e-9 {
		return r
	}
	return v
}
