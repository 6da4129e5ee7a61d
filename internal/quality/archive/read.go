package archive

import (
	"context"
	"fmt"
	"strings"
)

// Legs returns all that the archive has of dialogs: their legs, the legs'
// calls, streams and measurements.
func (a *Archive) Legs(ctx context.Context, legKeys []int64) (Rows, error) {
	var out Rows
	if len(legKeys) == 0 {
		return out, nil
	}
	var err error
	where := "leg_key IN " + In(legKeys)
	if out.Legs, err = fetch(ctx, a, &a.tables.legs, where); err != nil {
		return out, err
	}
	if out.Streams, err = fetch(ctx, a, &a.tables.streams, where); err != nil {
		return out, err
	}
	if len(out.Streams) > 0 {
		if out.Measurements, err = fetch(ctx, a, &a.tables.measurements, where); err != nil {
			return out, err
		}
	}
	if out.Ratings, err = fetch(ctx, a, &a.tables.ratings, where); err != nil {
		return out, err
	}
	if keys := callKeys(&out); len(keys) > 0 {
		out.Calls, err = fetch(ctx, a, &a.tables.calls, "call_key IN "+In(keys))
	}
	return out, err
}

// LegsOfCallIDs returns the legs with one of some SIP Call-IDs.
func (a *Archive) LegsOfCallIDs(ctx context.Context, ids []string) ([]Leg, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = a.Quote(id)
	}
	return fetch(ctx, a, &a.tables.legs, "call_id IN ("+strings.Join(quoted, ",")+")")
}

// Calls returns calls that fulfil a condition in SQL, which may have an order
// and a limit behind it.
func (a *Archive) Calls(ctx context.Context, where string) ([]Call, error) {
	return fetch(ctx, a, &a.tables.calls, where)
}

// RejectedRows returns records that were set aside and fulfil a condition in SQL.
func (a *Archive) RejectedRows(ctx context.Context, where string) ([]Rejected, error) {
	return fetch(ctx, a, &a.tables.rejected, where)
}

// OfCalls returns the legs, streams, measurements and ratings of calls.
func (a *Archive) OfCalls(ctx context.Context, keys []int64) (Rows, error) {
	out, err := a.LegsAndStreams(ctx, keys)
	if err != nil || len(keys) == 0 {
		return out, err
	}
	if out.Ratings, err = fetch(ctx, a, &a.tables.ratings, "call_key IN "+In(keys)); err != nil {
		return out, err
	}
	legs := make([]int64, 0, len(out.Legs))
	for i := range out.Legs {
		legs = append(legs, out.Legs[i].Key)
	}
	if len(legs) > 0 {
		out.Measurements, err = fetch(ctx, a, &a.tables.measurements, "leg_key IN "+In(legs))
	}
	return out, err
}

// LegsAndStreams returns the legs and streams of calls.
func (a *Archive) LegsAndStreams(ctx context.Context, keys []int64) (Rows, error) {
	var out Rows
	if len(keys) == 0 {
		return out, nil
	}
	var err error
	where := "call_key IN " + In(keys)
	if out.Legs, err = fetch(ctx, a, &a.tables.legs, where); err != nil {
		return out, err
	}
	out.Streams, err = fetch(ctx, a, &a.tables.streams, where)
	return out, err
}

func callKeys(r *Rows) []int64 {
	var keys []int64
	seen := make(map[int64]bool)
	add := func(k int64) {
		if k != 0 && !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	for i := range r.Legs {
		add(r.Legs[i].CallKey)
	}
	for i := range r.Streams {
		add(r.Streams[i].CallKey)
	}
	return keys
}

// fetch reads whole rows.
func fetch[T any](ctx context.Context, a *Archive, t *table[T], where string) ([]T, error) {
	names := make([]string, len(t.columns))
	for i := range t.columns {
		names[i] = t.columns[i].name
	}
	var out []T
	sql := "SELECT " + strings.Join(names, ", ") + " FROM " + a.engine.from(t.name) + " WHERE " + where
	err := a.engine.query(ctx, sql, func(values []any) error {
		var row T
		for i := range t.columns {
			if err := t.columns[i].set(&row, values[i], a.dict); err != nil {
				return err
			}
		}
		out = append(out, row)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s from the quality archive: %w", t.name, err)
	}
	return out, nil
}
