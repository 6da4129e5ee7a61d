package repository

import (
	"encoding/json"
	"fmt"
)

// Effective is the query of an item with the filters that it inherits; nil for
// a set without a query above its children. A set's own filter comes back as a
// query without measures.
func (r *Repository) Effective(id string) (json.RawMessage, error) {
	i, _, ok := r.find(id)
	if !ok {
		return nil, ErrNotFound
	}
	q, own, err := parts(i.Query)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", id, err)
	}
	filters := own
	for n := 0; i.Inherits && i.Parent != "" && n < maxDepth; n++ {
		if i, _, ok = r.find(i.Parent); !ok {
			break
		}
		_, above, err := parts(i.Query)
		if err != nil {
			return nil, fmt.Errorf("report %s: %w", i.ID, err)
		}
		filters = append(above, filters...)
	}
	if q == nil && len(filters) == 0 {
		return nil, nil
	}
	if q == nil {
		q = map[string]json.RawMessage{}
	}
	switch len(filters) {
	case 0:
		delete(q, "filter")
	case 1:
		q["filter"] = filters[0]
	default:
		all, err := json.Marshal(map[string][]json.RawMessage{"and": filters})
		if err != nil {
			return nil, fmt.Errorf("join the filters of report %s: %w", id, err)
		}
		q["filter"] = all
	}
	return json.Marshal(q)
}

// parts splits a query into its fields and the conditions of its filter that
// must all hold.
func parts(query json.RawMessage) (fields map[string]json.RawMessage, filters []json.RawMessage, err error) {
	if query == nil {
		return nil, nil, nil
	}
	if err := json.Unmarshal(query, &fields); err != nil {
		return nil, nil, fmt.Errorf("read its query: %w", err)
	}
	filter := fields["filter"]
	if len(filter) == 0 || string(filter) == "null" {
		return fields, nil, nil
	}
	var and struct {
		And []json.RawMessage `json:"and"`
	}
	if json.Unmarshal(filter, &and) == nil && len(and.And) > 0 {
		return fields, and.And, nil
	}
	return fields, []json.RawMessage{filter}, nil
}
