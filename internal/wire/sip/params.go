package sip

import "strings"

// Params are the parameters of a URI or header value as they were written: ";name=value;flag". They are read in place.
type Params string

// Get returns the value of parameter name, unquoted, and whether it is present. Names compare without case.
func (p Params) Get(name string) (value string, ok bool) {
	value, ok = p.raw(name)
	return Unquote(value), ok
}

// Has says whether parameter name is present.
func (p Params) Has(name string) bool {
	_, ok := p.raw(name)
	return ok
}

func (p Params) raw(name string) (value string, ok bool) {
	rest := string(p)
	for rest != "" {
		var item string
		item, rest = cutItem(rest, ';')
		key, val, _ := strings.Cut(item, "=")
		if key = trim(key); len(key) == len(name) && strings.EqualFold(key, name) {
			return trim(val), true
		}
	}
	return "", false
}

// Each calls visit with each parameter in order, values as they were written, until it returns false.
func (p Params) Each(visit func(name, value string) bool) {
	rest := string(p)
	for rest != "" {
		var item string
		item, rest = cutItem(rest, ';')
		key, val, _ := strings.Cut(item, "=")
		if key = trim(key); key != "" && !visit(key, trim(val)) {
			return
		}
	}
}

// With returns the parameters with name set to value; an empty value writes the name alone. The value is written as it
// is: quote it first if it is not a token.
func (p Params) With(name, value string) Params {
	item := ";" + name
	if value != "" {
		item += "=" + value
	}
	if !p.Has(name) {
		return p + Params(item)
	}
	var b strings.Builder
	rest := strings.TrimPrefix(string(p), ";")
	for rest != "" {
		var old string
		old, rest = cutItem(rest, ';')
		key, _, _ := strings.Cut(old, "=")
		if strings.EqualFold(trim(key), name) {
			b.WriteString(item)
			item = "" // a repeated parameter is dropped
			continue
		}
		b.WriteString(";" + old)
	}
	return Params(b.String())
}

// Without returns the parameters without name.
func (p Params) Without(name string) Params {
	if !p.Has(name) {
		return p
	}
	var b strings.Builder
	rest := strings.TrimPrefix(string(p), ";")
	for rest != "" {
		var item string
		item, rest = cutItem(rest, ';')
		key, _, _ := strings.Cut(item, "=")
		if !strings.EqualFold(trim(key), name) {
			b.WriteString(";" + item)
		}
	}
	return Params(b.String())
}
