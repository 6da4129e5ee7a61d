package query

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// filterOf reads a condition on rows.
func filterOf(path string, v any, depth int) (*Filter, error) {
	m, ok := v.(map[string]any)
	switch {
	case !ok:
		return nil, bad(path, "a filter is an object, not %s", kindOf(v))
	case depth > maxDepth:
		return nil, bad(path, "filters are nested deeper than %d", maxDepth)
	}
	f := &Filter{Path: path}
	for _, key := range []string{"and", "or"} {
		if m[key] == nil {
			continue
		}
		if len(m) != 1 {
			return nil, bad(path, "beside %q nothing else may stand", key)
		}
		list, err := listOf(path+"."+key, m[key], maxFields)
		if err != nil {
			return nil, err
		}
		all := make([]*Filter, len(list))
		for i, v := range list {
			if all[i], err = filterOf(fmt.Sprintf("%s.%s[%d]", path, key, i), v, depth+1); err != nil {
				return nil, err
			}
		}
		if key == "and" {
			f.And = all
		} else {
			f.Or = all
		}
		if len(all) == 0 {
			return nil, bad(path+"."+key, "the list is empty: an empty filter is no filter, leave it out")
		}
		return f, nil
	}
	if m["not"] != nil {
		if len(m) != 1 {
			return nil, bad(path, `beside "not" nothing else may stand`)
		}
		var err error
		f.Not, err = filterOf(path+".not", m["not"], depth+1)
		return f, err
	}
	var err error
	if m["dim"] == nil {
		return nil, badName(path, nearest(first(m), []string{"and", "or", "not", "dim"}), `a filter has "and", "or", "not" or "dim"`)
	}
	if f.Dim, err = textOf(path+".dim", m["dim"]); err != nil {
		return nil, err
	}
	f.Tests, err = testsOf(path, m, "dim")
	return f, err
}

func first(m map[string]any) string {
	for _, k := range sortedKeys(m) {
		return k
	}
	return ""
}

// havingOf reads a condition on groups.
func havingOf(path string, v any, depth int) (*Having, error) {
	m, ok := v.(map[string]any)
	switch {
	case !ok:
		return nil, bad(path, "a condition is an object, not %s", kindOf(v))
	case depth > maxDepth:
		return nil, bad(path, "conditions are nested deeper than %d", maxDepth)
	}
	h := &Having{Path: path}
	for _, key := range []string{"and", "or"} {
		if m[key] == nil {
			continue
		}
		list, err := listOf(path+"."+key, m[key], maxFields)
		if err != nil {
			return nil, err
		}
		if len(m) != 1 || len(list) == 0 {
			return nil, bad(path, "%q has a list of conditions and nothing beside it", key)
		}
		all := make([]*Having, len(list))
		for i, v := range list {
			if all[i], err = havingOf(fmt.Sprintf("%s.%s[%d]", path, key, i), v, depth+1); err != nil {
				return nil, err
			}
		}
		if key == "and" {
			h.And = all
		} else {
			h.Or = all
		}
		return h, nil
	}
	var err error
	if m["not"] != nil {
		if len(m) != 1 {
			return nil, bad(path, `beside "not" nothing else may stand`)
		}
		h.Not, err = havingOf(path+".not", m["not"], depth+1)
		return h, err
	}
	if m["measure"] == nil {
		return nil, bad(path, `a condition on groups has "and", "or", "not" or "measure"`)
	}
	if h.Measure, err = textOf(path+".measure", m["measure"]); err != nil {
		return nil, err
	}
	h.Tests, err = testsOf(path, m, "measure")
	return h, err
}

// testsOf reads the comparisons that stand beside a name.
func testsOf(path string, m map[string]any, name string) ([]Test, error) {
	var out []Test
	for _, key := range sortedKeys(m) {
		if key == name {
			continue
		}
		p := path + "." + key
		op := Op(key)
		if !slices.Contains(ops, op) {
			known := make([]string, len(ops))
			for i := range ops {
				known[i] = string(ops[i])
			}
			return nil, badName(path, nearest(key, known), "there is no comparison %.60q", key)
		}
		values, err := valuesOf(p, m[key], op)
		if err != nil {
			return nil, err
		}
		out = append(out, Test{op, values})
	}
	if len(out) == 0 {
		return nil, bad(path, "%s %.60q is compared with nothing; add for example \"eq\"", name, m[name])
	}
	return out, nil
}

func valuesOf(path string, v any, op Op) ([]any, error) {
	list, isList := v.([]any)
	switch op {
	case In, NotIn:
		if !isList {
			return nil, bad(path, "a list is expected, not %s", kindOf(v))
		}
	case Between:
		if len(list) != 2 {
			return nil, bad(path, "two values are expected: the lowest and the highest")
		}
	case Contains, Begins, Ends, Regex, InSubnet:
		if !isList {
			list = []any{v}
		}
	default:
		if isList {
			return nil, bad(path, "one value is expected, not a list; use \"in\"")
		}
		list = []any{v}
	}
	if len(list) > maxValues {
		return nil, bad(path, "%d values are more than the %d that are allowed", len(list), maxValues)
	}
	out := make([]any, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case nil, string, bool:
			out[i] = v
		case json.Number:
			n, err := numberOf(path, v)
			if err != nil {
				return nil, err
			}
			out[i] = n
		default:
			return nil, bad(path, "a text, a number, true, false or null is expected, not %s", kindOf(v))
		}
	}
	return out, nil
}
