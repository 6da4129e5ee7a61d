package query

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/model"
)

// lookup is a table beside the archive from codes to numbers of texts. It grows
// with its dictionaries, and is replaced when the mapping changes.
type lookup struct {
	name   string
	users  int
	stale  bool // dropped when the last user is done
	values []string
	number map[string]int64
	parts  []*lookupPart
}

// lookupPart is one dictionary of a lookup in one epoch.
type lookupPart struct {
	kind   archive.Kind
	sign   int64 // -1 for addresses of a place
	offset int64 // of the epoch
	next   int64 // first code that is not in the table yet
	text   func(text string) string
}

// epochStep is the distance between epochs in a lookup's keys: more than any
// code.
const epochStep = int64(1) << 40

// acquire finds or makes the lookup of a dimension and brings it up to date.
// release must be called when the query has ended.
func (s *Service) acquire(ctx context.Context, d *model.Dimension, epochs []time.Time) (l *lookup, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	revision := uint64(0)
	if d.Kind == model.Mapped {
		revision = s.mapping.Revision()
		s.expire(revision)
	}
	key := lookupKey(d, revision, epochs)
	l = s.lookups[key]
	if l == nil {
		s.serial++
		l = &lookup{name: fmt.Sprintf("l%d_%d", s.now().UnixMilli(), s.serial), values: []string{""}, number: map[string]int64{"": 0}}
		l.parts = s.parts(d, epochs)
		if err := s.archive.AddLookup(ctx, l.name, nil, nil); err != nil {
			return nil, err
		}
		s.lookups[key] = l
	}
	if err := l.extend(ctx, s.archive); err != nil {
		return nil, err
	}
	l.users++
	return l, nil
}

// lookupKey is the same for both ends: first.building and second.building share
// a lookup.
func lookupKey(d *model.Dimension, revision uint64, epochs []time.Time) string {
	_, what, _ := strings.Cut(d.Key, ".")
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %d", revision, what, d.Dict)
	if d.Kind == model.Mapped {
		fmt.Fprintf(&b, " %s", d.Attr)
		for _, e := range epochs {
			fmt.Fprintf(&b, " %d", e.UnixMilli())
		}
	}
	return b.String()
}

// parts are the dictionaries that a dimension's lookup covers.
func (s *Service) parts(d *model.Dimension, epochs []time.Time) []*lookupPart {
	if d.Kind == model.Derived {
		return []*lookupPart{{kind: d.Dict, sign: 1, next: 1, text: d.Derive}}
	}
	attr := s.mapping.Attribute(d.Attr)
	var all []*lookupPart
	for i, at := range epochs {
		text := func(t string) string { return attr(t, at) }
		offset := int64(i) * epochStep
		switch d.Columns[0] {
		case "first_bssid", "second_bssid":
			all = append(all, &lookupPart{kind: archive.BSSID, sign: 1, offset: offset, next: 1, text: text})
		case "first_endpoint", "second_endpoint":
			all = append(all, &lookupPart{kind: archive.Endpoint, sign: 1, offset: offset, next: 1, text: text})
		default:
			all = append(all, &lookupPart{kind: archive.Subnet, sign: 1, offset: offset, next: 1, text: text},
				&lookupPart{kind: archive.IP, sign: -1, offset: offset, next: 1, text: text})
		}
	}
	return all
}

// extend adds what the dictionaries have got since.
func (l *lookup) extend(ctx context.Context, a Archive) error {
	var keys, values []int64
	for _, p := range l.parts {
		for _, text := range a.Texts(p.kind, p.next) {
			code := p.next
			p.next++
			if text == "" {
				continue
			}
			v := p.text(text)
			if v == "" {
				continue
			}
			n, ok := l.number[v]
			if !ok {
				n = int64(len(l.values))
				l.values = append(l.values, v)
				l.number[v] = n
			}
			keys, values = append(keys, p.sign*code+p.offset), append(values, n)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return a.AddLookup(ctx, l.name, keys, values)
}

// expire takes lookups of older mappings out of use.
func (s *Service) expire(revision uint64) {
	for key, l := range s.lookups {
		var of uint64
		if _, err := fmt.Sscan(key, &of); err == nil && of != 0 && of != revision {
			l.stale = true
			delete(s.lookups, key)
			s.drop(l)
		}
	}
}

// release ends a query's use of its lookups.
func (s *Service) release(all []*lookup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range all {
		l.users--
		s.drop(l)
	}
}

// drop removes a stale lookup that nobody uses.
func (s *Service) drop(l *lookup) {
	if !l.stale || l.users > 0 {
		return
	}
	if err := s.archive.DropLookup(context.Background(), l.name); err != nil {
		s.log.Warn("a lookup table stays behind", "table", l.name, "err", err)
	}
}

// passing makes a lookup of codes for one query: they have the value 1.
func (s *Service) passing(ctx context.Context, codes []int64) (*lookup, error) {
	s.mu.Lock()
	s.serial++
	l := &lookup{name: fmt.Sprintf("f%d_%d", s.now().UnixMilli(), s.serial), stale: true, users: 1}
	s.mu.Unlock()
	ones := make([]int64, len(codes))
	for i := range ones {
		ones[i] = 1
	}
	if err := s.archive.AddLookup(ctx, l.name, codes, ones); err != nil {
		return nil, err
	}
	return l, nil
}
