package cqd

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"parley/internal/quality/archive"
	"parley/internal/quality/model"
)

// maxMembers bounds the values of one condition.
const maxMembers = 100_000

// condition translates one condition into the JSON of a filter.
func (f *Filter) condition(c *model.Catalogue, d *model.Dimension) (any, error) {
	switch f.Operand {
	case equals, notEqual:
		members, err := members(f.Value)
		if err != nil {
			return nil, err
		}
		cond, err := isOneOf(c, d, members)
		if err != nil {
			return nil, err
		}
		if f.Operand == notEqual {
			return map[string]any{"not": cond}, nil
		}
		return cond, nil
	case contains:
		return leaf(d, "contains", plainValue(f.Value)), nil
	case beginsWith:
		return leaf(d, "begins", plainValue(f.Value)), nil
	case rangeInclusive, rangeExclusive:
		low, high, ok := strings.Cut(f.Value, ",")
		if !ok {
			return nil, fmt.Errorf("a range is two values with a comma between them, not %.60q", f.Value)
		}
		between := leaf(d, "between", []any{bound(d, low), bound(d, high)})
		if f.Operand == rangeExclusive {
			return map[string]any{"dim": d.Key, "gt": bound(d, low), "lt": bound(d, high)}, nil
		}
		return between, nil
	case greaterThan:
		return leaf(d, "gt", bound(d, f.Value)), nil
	case greaterEqual:
		return leaf(d, "ge", bound(d, f.Value)), nil
	case lessThan:
		return leaf(d, "lt", bound(d, f.Value)), nil
	case lessEqual:
		return leaf(d, "le", bound(d, f.Value)), nil
	}
	return nil, fmt.Errorf("operand %d is not known; it is 0 (equals) to 9 (less or equal)", f.Operand)
}

func leaf(d *model.Dimension, op string, v any) any { return map[string]any{"dim": d.Key, op: v} }

// members reads "[a],[b]". The keys of tuples, [1]&[2], are taken as they are.
func members(value string) ([]string, error) {
	if !strings.HasPrefix(strings.TrimSpace(value), "[") {
		return []string{strings.TrimSpace(value)}, nil
	}
	var all []string
	for rest := strings.TrimSpace(value); rest != ""; {
		if rest[0] != '[' {
			return nil, fmt.Errorf("values are written [one],[two], not %.60q", value)
		}
		end := strings.Index(rest, "],")
		if end < 0 {
			end = len(rest) - 1
			if rest[end] != ']' || end == 0 {
				return nil, fmt.Errorf("%.60q has no closing bracket", rest)
			}
		}
		all = append(all, rest[1:end])
		rest = strings.TrimSpace(strings.TrimPrefix(rest[end+1:], ","))
		if len(all) > maxMembers {
			return nil, errors.New("the condition has more than 100,000 values")
		}
	}
	return all, nil
}

func plainValue(v string) string {
	v = strings.TrimSpace(v)
	if strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]") {
		return v[1 : len(v)-1]
	}
	return v
}

// bound is the end of a range: a number where the dimension has numbers.
func bound(d *model.Dimension, v string) any {
	v = plainValue(v)
	if d.Kind == model.Moment {
		return day(v)
	}
	if n, err := strconv.ParseFloat(v, 64); err == nil {
		return n
	}
	return v
}

// day takes midnight from a date of the cube: 2015-03-01T00:00:00.
func day(v string) string { return strings.TrimSuffix(v, "T00:00:00") }

// blank are the texts by which the original shows that there is no value.
func blank(v string) bool {
	switch strings.TrimSpace(v) {
	case "", "(Blank)", "<null>", "Unknown", "&":
		return true
	}
	return false
}

// never holds for no row: what a value that cannot occur asks for.
func never(d *model.Dimension) any {
	return map[string]any{"and": []any{leaf(d, "null", true), leaf(d, "null", false)}}
}

// isOneOf is the condition that a dimension has one of the values.
func isOneOf(c *model.Catalogue, d *model.Dimension, values []string) (any, error) {
	if d.Kind == model.Pair {
		return pairs(c, d, values)
	}
	if d.Key == "qoe_available" { // the cloud's model knows only whether there is any report
		return reported(d, values), nil
	}
	var some []any
	var texts []string
	var list []any
	for _, v := range values {
		switch {
		case blank(v):
			some = append(some, leaf(d, "null", true))
		case d.Kind == model.Enum, d.Kind == model.PoorDue, d.Kind == model.Verdict, d.Kind == model.Bands, d.Kind == model.Moment && len(d.Values) > 0:
			if named, ok := enum(d, v); ok {
				list = append(list, named)
			}
		case d.Kind == model.Code, d.Kind == model.Derived, d.Kind == model.Mapped, d.Kind == model.PoorReason:
			texts = append(texts, pattern(d, v))
		case d.Kind == model.Moment:
			list = append(list, bound(d, v))
		default:
			n, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return nil, fmt.Errorf("%.60q is not a number", v)
			}
			list = append(list, n)
		}
	}
	if len(texts) > 0 {
		some = append(some, leaf(d, "regex", "(?i)^(?:"+strings.Join(texts, "|")+")$"))
	}
	if len(list) > 0 {
		some = append(some, leaf(d, "in", list))
	}
	switch len(some) {
	case 0:
		return never(d), nil
	case 1:
		return some[0], nil
	}
	return map[string]any{"or": some}, nil
}

// enum finds a named value without regard to case, blanks and a trailing .0 of
// numbers: 5.0 Ghz is 5 GHz.
func enum(d *model.Dimension, v string) (any, bool) {
	plain := func(s string) string {
		return strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(s, " ", ""), ".0", ""))
	}
	want := plain(v)
	isFlag := d.Kind == model.PoorDue || len(d.Values) == 2 && d.Values[0].Text == "false"
	if isFlag {
		switch want {
		case "true", "1", "yes":
			return true, true
		case "false", "0", "no":
			return false, true
		}
		return nil, false
	}
	if d.Kind == model.Bands || d.Kind == model.Verdict {
		return strings.TrimSpace(v), true
	}
	for _, named := range d.Values {
		if plain(named.Text) == want || strconv.FormatInt(named.N, 10) == want {
			return named.Text, true
		}
	}
	return nil, false
}

// Words that the original has one name for and the reports several; never
// changed.
var synonyms = map[string]string{"wired": "wired|ethernet", "wifi": "wifi|wi-fi|wlan|wireless", "mobilebb": "mobilebb|mobile|cellular"}

// pattern is a regular expression for a text of a dictionary.
func pattern(d *model.Dimension, v string) string {
	v = strings.TrimSpace(v)
	if strings.HasSuffix(d.Key, ".net") {
		if s, ok := synonyms[strings.ToLower(v)]; ok {
			return s
		}
	}
	p := regexp.QuoteMeta(v)
	if d.Dict == archive.Subnet && !strings.Contains(v, "/") {
		p += "(?:/[0-9]+)?" // the original names a subnet by its address alone
	}
	return p
}

func reported(d *model.Dimension, values []string) any {
	yes, no := false, false
	for _, v := range values {
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "true", "1":
			yes = true
		case "false", "0", "none":
			no = true
		case "first", "second", "both":
			return leaf(d, "in", anys(values))
		}
	}
	switch {
	case yes && no:
		return leaf(d, "null", false)
	case yes:
		return map[string]any{"not": leaf(d, "eq", "None")}
	case no:
		return leaf(d, "eq", "None")
	}
	return never(d)
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
