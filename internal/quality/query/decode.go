package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"parley/internal/quality/model"
)

// Bounds of a query's text.
const (
	maxText   = 1 << 20
	maxDepth  = 24
	maxFields = 200
	maxValues = 100_000
)

// Decode reads a query from JSON. Unknown keys and values of a wrong type are
// errors that name the place.
func Decode(text []byte) (*Query, error) {
	if len(text) > maxText {
		return nil, bad("$", "the query has more than %d bytes", maxText)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, bad("$", "not JSON: %v", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, bad("$", "more follows after the query")
	}
	q := &Query{}
	err := object("$", v, fields{
		"dataset": func(p string, v any) error {
			s, err := textOf(p, v)
			q.Dataset = model.Dataset(s)
			return err
		},
		"classifier": func(p string, v any) (err error) { q.Classifiers, err = textsOf(p, v); return },
		"timezone": func(p string, v any) error {
			s, err := textOf(p, v)
			if err != nil {
				return err
			}
			q.Zone, err = Zone(s)
			if err != nil {
				return bad(p, "%v", err)
			}
			return nil
		},
		"time":       nil,
		"dimensions": func(p string, v any) (err error) { q.Dimensions, err = textsOf(p, v); return },
		"measures":   func(p string, v any) (err error) { q.Measures, err = measuresOf(p, v); return },
		"filter":     func(p string, v any) (err error) { q.Filter, err = filterOf(p, v, 0); return },
		"having":     func(p string, v any) (err error) { q.Having, err = havingOf(p, v, 0); return },
		"order":      func(p string, v any) (err error) { q.Order, err = orderOf(p, v); return },
		"limit": func(p string, v any) error {
			n, err := numberOf(p, v)
			if err == nil && (n != float64(int(n)) || n < 0) {
				err = bad(p, "a limit is a whole number from 0 (none) on")
			}
			q.Limit = int(n)
			return err
		},
		"totals":    func(p string, v any) (err error) { q.Totals, err = boolOf(p, v); return },
		"others":    func(p string, v any) (err error) { q.Others, err = boolOf(p, v); return },
		"intervals": func(p string, v any) (err error) { q.Intervals, err = boolOf(p, v); return },
		"source": func(p string, v any) (err error) {
			if q.Source, err = textOf(p, v); err == nil && q.Source != "archive" && q.Source != "cube" && q.Source != "" {
				err = bad(p, `a source is "archive" or "cube"`)
			}
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	if m, ok := v.(map[string]any); ok && m["time"] != nil {
		if q.Time, err = spanOf("$.time", m["time"], q.Zone); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// Zone finds a time zone by its IANA name.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, fmt.Errorf("%.64q is no time zone; give a name such as Europe/Lisbon", name)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no time zone that this server knows; give a name such as Europe/Lisbon", name)
	}
	return z, nil
}

type fields map[string]func(path string, v any) error

// object walks over an object's fields; a nil reader leaves the field to the
// caller.
func object(path string, v any, known fields) error {
	m, ok := v.(map[string]any)
	if !ok {
		return bad(path, "an object is expected, not %s", kindOf(v))
	}
	for _, key := range sortedKeys(m) {
		read, ok := known[key]
		if !ok {
			return badName(path, nearest(key, sortedKeys(known)), "there is no key %.60q", key)
		}
		if read == nil || m[key] == nil {
			continue
		}
		if err := read(path+"."+key, m[key]); err != nil {
			return err
		}
	}
	return nil
}

func nearest(name string, of []string) string {
	best, limit := "", len(name)/2+2
	for _, candidate := range of {
		if d := model.Distance(name, candidate, limit); d < limit {
			best, limit = candidate, d
		}
	}
	return best
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case json.Number, float64:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	}
	return "an object"
}

func textOf(path string, v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", bad(path, "a text is expected, not %s", kindOf(v))
	}
	return s, nil
}

func boolOf(path string, v any) (bool, error) {
	b, ok := v.(bool)
	if !ok {
		return false, bad(path, "true or false is expected, not %s", kindOf(v))
	}
	return b, nil
}

func numberOf(path string, v any) (float64, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, bad(path, "a number is expected, not %s", kindOf(v))
	}
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil {
		return 0, bad(path, "%.40s is too large a number", n)
	}
	return f, nil
}

func listOf(path string, v any, limit int) ([]any, error) {
	list, ok := v.([]any)
	switch {
	case !ok:
		return nil, bad(path, "a list is expected, not %s", kindOf(v))
	case len(list) > limit:
		return nil, bad(path, "%d entries are more than the %d that are allowed", len(list), limit)
	}
	return list, nil
}

// textsOf reads a list of texts, or one.
func textsOf(path string, v any) ([]string, error) {
	if s, ok := v.(string); ok {
		return []string{s}, nil
	}
	list, err := listOf(path, v, maxFields)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(list))
	for i, v := range list {
		if out[i], err = textOf(fmt.Sprintf("%s[%d]", path, i), v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// measuresOf reads names, {"p95":"jitter"}, {"excess":"audio.poor"} and
// {"measure":"audio.poor","as":"bad"}.
func measuresOf(path string, v any) ([]Measure, error) {
	list, err := listOf(path, v, maxFields)
	if err != nil {
		return nil, err
	}
	out := make([]Measure, len(list))
	for i, v := range list {
		p := fmt.Sprintf("%s[%d]", path, i)
		if s, ok := v.(string); ok {
			out[i] = Measure{Name: s}
			continue
		}
		m, ok := v.(map[string]any)
		if !ok {
			return nil, bad(p, "a measure is a text or an object, not %s", kindOf(v))
		}
		for _, key := range sortedKeys(m) {
			s, err := textOf(p+"."+key, m[key])
			if err != nil {
				return nil, err
			}
			switch key {
			case "as":
				out[i].As = s
				continue
			case "measure":
				out[i].Name = s
			case "excess":
				out[i].Name, out[i].Excess = s, true
			default:
				out[i].Name = key + "." + s
				if media, rest, ok := strings.Cut(s, "."); ok {
					out[i].Name = media + "." + key + "." + rest
				}
			}
		}
		if out[i].Name == "" {
			return nil, bad(p, `a measure needs a name: {"p95":"jitter"}, {"excess":"audio.poor"} or {"measure":"audio.poor","as":"bad"}`)
		}
	}
	return out, nil
}

func orderOf(path string, v any) ([]Order, error) {
	list, err := listOf(path, v, maxFields)
	if err != nil {
		return nil, err
	}
	out := make([]Order, len(list))
	for i, v := range list {
		p := fmt.Sprintf("%s[%d]", path, i)
		if s, ok := v.(string); ok {
			out[i].By = s
			continue
		}
		err := object(p, v, fields{
			"by":   func(p string, v any) (err error) { out[i].By, err = textOf(p, v); return },
			"desc": func(p string, v any) (err error) { out[i].Desc, err = boolOf(p, v); return },
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
