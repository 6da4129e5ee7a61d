package classify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"parley/internal/quality/metric"
)

// Definition is a rule set as an administrator writes it, in JSON.
type Definition struct {
	Name    string            `json:"name"`
	Title   string            `json:"title"`
	Version int               `json:"version,omitempty"` // counted by the store
	Media   []MediaDefinition `json:"media"`
}

// MediaDefinition are the rules of one kind of media.
type MediaDefinition struct {
	Media        string           `json:"media"` // audio, video, vbss, appshare
	FirstDecides bool             `json:"firstDecides,omitempty"`
	Enough       *RuleDefinition  `json:"enough,omitempty"`
	Limits       []RuleDefinition `json:"limits"`
}

// RuleDefinition is one limit. Poor is above or below, in the metric's unit.
type RuleDefinition struct {
	Metric  string   `json:"metric"`
	Above   *float64 `json:"above,omitempty"`
	Below   *float64 `json:"below,omitempty"`
	Optimal float64  `json:"optimal,omitempty"`
}

// maxLimits bounds the limits of one kind of media.
const maxLimits = 40

// definitionName is what a rule set can be called.
var definitionName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// ReadDefinition reads a definition; an unknown field is an error.
func ReadDefinition(text []byte) (Definition, error) {
	var d Definition
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&d); err != nil {
		return d, fmt.Errorf("read classifier: %w", err)
	}
	_, err := d.RuleSet()
	return d, err
}

// RuleSet checks a definition and makes the rule set of it.
func (d Definition) RuleSet() (RuleSet, error) {
	s := RuleSet{Name: d.Name, Title: d.Title, Media: map[metric.Media]Rules{}}
	switch {
	case !definitionName.MatchString(d.Name):
		return s, fmt.Errorf("classifier %q: a name has small letters, digits, - and _, at most 32", d.Name)
	case slices.Contains(Names(), d.Name):
		return s, fmt.Errorf("classifier %q is built in and cannot be changed: give yours another name", d.Name)
	case d.Title == "" || len(d.Title) > 200:
		return s, fmt.Errorf("classifier %q needs a title of at most 200 bytes", d.Name)
	case len(d.Media) == 0:
		return s, fmt.Errorf("classifier %q has no rules for any media", d.Name)
	}
	for _, m := range d.Media {
		media, rules, err := m.rules()
		if err != nil {
			return s, fmt.Errorf("classifier %q: %w", d.Name, err)
		}
		if _, twice := s.Media[media]; twice {
			return s, fmt.Errorf("classifier %q has rules for %s twice", d.Name, media)
		}
		s.Media[media] = rules
	}
	return s, nil
}

func (m MediaDefinition) rules() (metric.Media, Rules, error) {
	rules := Rules{FirstDecides: m.FirstDecides}
	media := metric.Other
	for _, k := range []metric.Media{metric.Audio, metric.Video, metric.VbSS, metric.AppShare} {
		if k.String() == m.Media {
			media = k
		}
	}
	switch {
	case media == metric.Other:
		return media, rules, fmt.Errorf("media %q is not audio, video, vbss or appshare", m.Media)
	case len(m.Limits) == 0 || len(m.Limits) > maxLimits:
		return media, rules, fmt.Errorf("%s has %d limits; 1 to %d are possible", m.Media, len(m.Limits), maxLimits)
	}
	for _, l := range m.Limits {
		r, err := l.rule()
		if err != nil {
			return media, rules, fmt.Errorf("%s: %w", m.Media, err)
		}
		rules.Limits = append(rules.Limits, r)
	}
	if m.Enough == nil {
		return media, rules, nil
	}
	r, err := m.Enough.rule()
	if err == nil && r.Below {
		err = errors.New("enough has to be above")
	}
	rules.Enough = &r
	return media, rules, err
}

func (l RuleDefinition) rule() (Rule, error) {
	id, ok := metric.ByName(l.Metric)
	if !ok {
		return Rule{}, fmt.Errorf("no metric is called %q", l.Metric)
	}
	if (l.Above == nil) == (l.Below == nil) {
		return Rule{}, fmt.Errorf("%s needs one of above and below", l.Metric)
	}
	r := Rule{Metric: id, Optimal: l.Optimal, Below: l.Below != nil}
	if r.Limit = 0; l.Above != nil {
		r.Limit = *l.Above
	} else {
		r.Limit = *l.Below
	}
	if err := id.Check(r.Limit); err != nil {
		return Rule{}, fmt.Errorf("the limit of %w", err)
	}
	return r, nil
}
