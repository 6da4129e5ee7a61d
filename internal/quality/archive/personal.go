package archive

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"
)

// personal tells whether a dictionary's texts name or locate somebody.
func (k Kind) personal() bool {
	switch k {
	case User, Endpoint, IP, MAC, BSSID, SSID:
		return true
	}
	return false
}

// personalColumns are a table's columns with codes of such dictionaries.
func personalColumns[T any](t *table[T]) map[Kind][]string {
	out := map[Kind][]string{}
	for i := range t.columns {
		if c := &t.columns[i]; c.typ == codeColumn && c.dict.personal() {
			out[c.dict] = append(out[c.dict], c.name)
		}
	}
	return out
}

// pseudonyms replace the codes of one dictionary within one month.
type pseudonyms struct {
	columns   []string
	codes, by []int64 // by[i] is what stands for codes[i]
}

// draw gives every code a negative number that nothing connects with it, and
// that another month does not have for it.
func (p *pseudonyms) draw() error {
	p.by = make([]int64, len(p.codes))
	for i := range p.by {
		p.by[i] = -int64(i + 1)
	}
	for i := len(p.by) - 1; i > 0; i-- { // Fisher and Yates
		j, err := below(i + 1)
		if err != nil {
			return err
		}
		p.by[i], p.by[j] = p.by[j], p.by[i]
	}
	return nil
}

// below draws a number from 0 to n-1.
func below(n int) (int, error) {
	limit := math.MaxUint32 - math.MaxUint32%uint32(n)
	for {
		var b [4]byte
		if _, err := rand.Read(b[:]); err != nil {
			return 0, fmt.Errorf("draw pseudonyms: %w", err)
		}
		if v := binary.LittleEndian.Uint32(b[:]); v < limit {
			return int(v % uint32(n)), nil
		}
	}
}

// Expired tells what ExpirePersonal did.
type Expired struct {
	Months []int32 // whose streams were made anonymous
	Texts  int     // that were removed from the dictionaries
}

// ExpirePersonal removes what names or locates somebody from all that is older
// than a time: streams by month, when the whole month is older. Users, devices
// and addresses of a month keep being told apart, by numbers that no text and
// no other month goes with; metrics and all else stay. Writes wait meanwhile.
func (a *Archive) ExpirePersonal(ctx context.Context, before time.Time) (Expired, error) {
	a.writing.Lock()
	defer a.writing.Unlock()
	var done Expired
	if err := a.expireDetails(ctx, before); err != nil {
		return done, fmt.Errorf("expire personal data: %w", err)
	}
	months, err := a.engine.months(ctx)
	if err != nil {
		return done, fmt.Errorf("expire personal data: %w", err)
	}
	for _, m := range months {
		if monthStart(m.Month).AddDate(0, 1, 0).After(before) {
			continue
		}
		changed, err := a.anonymise(ctx, m.Month)
		if err != nil {
			return done, fmt.Errorf("expire personal data of %d: %w", m.Month, err)
		}
		if changed {
			done.Months = append(done.Months, m.Month)
		}
	}
	if done.Texts, err = a.sweep(ctx); err != nil {
		return done, fmt.Errorf("expire personal data in dictionaries: %w", err)
	}
	return done, nil
}

// expireDetails removes it from what is not kept by month.
func (a *Archive) expireDetails(ctx context.Context, before time.Time) error {
	e, ms := a.engine, before.UnixMilli()
	oldCalls := fmt.Sprintf("started < %d", ms)
	ofOldCalls := "call_key IN (SELECT call_key FROM " + e.from("calls") + " WHERE " + oldCalls + ")"
	for _, c := range []struct {
		table string
		set   map[string]string
		where string
	}{
		{"legs", map[string]string{"address": "0", "peer": "0", "endpoint": "0", "call_id": "''", "tag_a": "''", "tag_b": "''"}, "call_id <> '' AND " + ofOldCalls},
		{"calls", map[string]string{"caller": "0", "callee": "0"}, "(caller > 0 OR callee > 0) AND " + oldCalls},
		{"measurements", map[string]string{"reporter": "0", "remarks": "''"}, fmt.Sprintf("(reporter > 0 OR remarks <> '') AND received < %d", ms)},
		{"ratings", map[string]string{"address": "0", "feedback": "''"}, fmt.Sprintf("(address > 0 OR feedback <> '') AND received < %d", ms)},
	} {
		if err := e.change(ctx, c.table, c.set, c.where); err != nil {
			return err
		}
	}
	return e.remove(ctx, "rejected", fmt.Sprintf("received < %d", ms))
}

// anonymise gives a month's personal codes pseudonyms; false when it has none.
func (a *Archive) anonymise(ctx context.Context, month int32) (bool, error) {
	var all []*pseudonyms
	for kind, columns := range personalColumns(&a.tables.streams) {
		codes, err := a.codesIn(ctx, "streams", columns, fmt.Sprintf(" WHERE month = %d", month))
		if err != nil {
			return false, err
		}
		delete(codes, 0)
		if len(codes) == 0 {
			continue
		}
		p := &pseudonyms{columns: columns}
		for c := range codes {
			if c < 0 { // of an earlier time: a late report came into an expired month
				p.codes = append(p.codes, c)
			}
		}
		old := len(p.codes)
		for c := range codes {
			if c > 0 {
				p.codes = append(p.codes, c)
			}
		}
		if len(p.codes) == old {
			continue
		}
		if err := p.draw(); err != nil {
			return false, fmt.Errorf("dictionary %d: %w", kind, err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		return false, nil
	}
	return true, a.engine.rewriteMonth(ctx, month, all)
}

// codesIn lists the codes that columns of a table have.
func (a *Archive) codesIn(ctx context.Context, table string, columns []string, where string) (map[int64]bool, error) {
	codes := map[int64]bool{}
	for _, c := range columns {
		err := a.engine.query(ctx, "SELECT DISTINCT "+c+" FROM "+a.engine.from(table)+where, func(row []any) error {
			if n, ok := row[0].(int64); ok {
				codes[n] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// sweep removes the personal texts that no row uses any more.
func (a *Archive) sweep(ctx context.Context) (int, error) {
	used := map[Kind]map[int64]bool{}
	mark := func(table string, columns map[Kind][]string) error {
		for kind, names := range columns {
			codes, err := a.codesIn(ctx, table, names, "")
			if err != nil {
				return err
			}
			if used[kind] == nil {
				used[kind] = codes
				continue
			}
			for c := range codes {
				used[kind][c] = true
			}
		}
		return nil
	}
	t := a.tables
	for _, err := range []error{
		mark("streams", personalColumns(&t.streams)), mark("calls", personalColumns(&t.calls)), mark("legs", personalColumns(&t.legs)),
		mark("measurements", personalColumns(&t.measurements)), mark("ratings", personalColumns(&t.ratings)), mark("rejected", personalColumns(&t.rejected)),
	} {
		if err != nil {
			return 0, err
		}
	}
	var gone []entry
	for kind, codes := range used {
		for _, c := range a.dict.codesOf(kind, func(text string) bool { return text != "" }) {
			if !codes[c] {
				gone = append(gone, entry{kind: kind, code: uint32(c)})
			}
		}
	}
	if len(gone) == 0 {
		return 0, nil
	}
	slices.SortFunc(gone, func(x, y entry) int { return int(x.code) - int(y.code) })
	if err := a.engine.forget(ctx, gone); err != nil {
		return 0, err
	}
	a.dict.forget(gone)
	return len(gone), nil
}
