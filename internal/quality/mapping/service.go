package mapping

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/state"
)

// Record is what the bucket holds: the head of a set, or a part of its rows.
type Record struct {
	Head *Head `json:"head,omitempty"`
	Part *Set  `json:"part,omitempty"`
}

// Head tells which parts make up a set.
type Head struct {
	Name       string    `json:"name"`
	Generation int64     `json:"generation"`
	Parts      int       `json:"parts"`
	Rows       int       `json:"rows"`
	Updated    time.Time `json:"updated"`
}

// partRows is how many rows a record holds: they fit a message of the store.
const partRows = 400

// BucketName is the name of the bucket that Open wants.
const BucketName = "quality-mapping"

// Service holds the sets in force. Its methods may be called concurrently.
type Service struct {
	bucket  *state.Bucket[Record]
	stop    func()
	edit    sync.Mutex // one edit at a time
	rebuild sync.Mutex
	current atomic.Pointer[index]
}

// ErrInvalid is what Replace's error wraps for a set with fatal problems.
var ErrInvalid = errors.New("the mapping is not valid")

// Open reads the sets in the store and follows their changes. Close ends it.
func Open(ctx context.Context, store *state.Store) (*Service, error) {
	b, err := state.OpenBucket[Record](ctx, store, BucketName, state.BucketOptions{})
	if err != nil {
		return nil, err
	}
	s := &Service{bucket: b}
	s.load()
	s.stop = b.Watch(func(c state.Change[Record]) {
		if strings.HasPrefix(c.Key, "set/") {
			s.load()
		}
	})
	return s, nil
}

// Close ends the following; the store closes the bucket.
func (s *Service) Close() error {
	s.stop()
	return nil
}

// Replace puts a set in the place of the one of its name, or adds it. It is in
// force when Replace returns, and for all or for nothing: readers see the old
// set or the new one.
func (s *Service) Replace(ctx context.Context, set *Set) error {
	for _, p := range set.Validate() {
		if p.Fatal {
			return fmt.Errorf("%w: %w", ErrInvalid, p)
		}
	}
	s.edit.Lock()
	defer s.edit.Unlock()
	var old *Head
	if r, _, ok := s.bucket.Get("set/" + set.Name); ok {
		old = r.Head
	}
	head := &Head{Name: set.Name, Generation: time.Now().UnixNano(), Rows: set.Rows(), Updated: time.Now().UTC()}
	for _, part := range split(set) {
		if _, err := s.bucket.Put(ctx, partKey(head, head.Parts), Record{Part: part}); err != nil {
			return fmt.Errorf("store mapping %s: %w", set.Name, err)
		}
		head.Parts++
	}
	if _, err := s.bucket.Put(ctx, "set/"+set.Name, Record{Head: head}); err != nil {
		return fmt.Errorf("store mapping %s: %w", set.Name, err)
	}
	s.load()
	return s.forget(ctx, old)
}

// Remove takes a set out of force. One that does not exist is no error.
func (s *Service) Remove(ctx context.Context, name string) error {
	s.edit.Lock()
	defer s.edit.Unlock()
	r, _, ok := s.bucket.Get("set/" + name)
	if !ok {
		return nil
	}
	if err := s.bucket.Delete(ctx, "set/"+name); err != nil {
		return fmt.Errorf("remove mapping %s: %w", name, err)
	}
	s.load()
	return s.forget(ctx, r.Head)
}

// forget deletes the rows of a set that is no longer in force.
func (s *Service) forget(ctx context.Context, h *Head) error {
	if h == nil {
		return nil
	}
	for i := range h.Parts {
		if err := s.bucket.Delete(ctx, partKey(h, i)); err != nil {
			return fmt.Errorf("remove the old rows of mapping %s: %w", h.Name, err)
		}
	}
	return nil
}

func partKey(h *Head, i int) string { return fmt.Sprintf("rows/%s/%d/%d", h.Name, h.Generation, i) }

// split cuts a set into parts of a bounded number of rows.
func split(set *Set) []*Set {
	var parts []*Set
	rest := *set
	for rest.Rows() > 0 {
		left := partRows
		p := &Set{Name: set.Name}
		p.Buildings, rest.Buildings, left = cut(rest.Buildings, left)
		p.Networks, rest.Networks, left = cut(rest.Networks, left)
		p.AccessPoints, rest.AccessPoints, left = cut(rest.AccessPoints, left)
		p.Endpoints, rest.Endpoints, _ = cut(rest.Endpoints, left)
		parts = append(parts, p)
	}
	return parts
}

func cut[T any](rows []T, left int) (taken, rest []T, remaining int) {
	n := min(len(rows), left)
	return rows[:n], rows[n:], left - n
}

// Heads lists the sets by name.
func (s *Service) Heads() []Head {
	var all []Head
	s.bucket.Each(func(_ string, r Record) bool {
		if r.Head != nil {
			all = append(all, *r.Head)
		}
		return true
	})
	slices.SortFunc(all, func(a, b Head) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Set puts a set together, nil when there is none of the name.
func (s *Service) Set(name string) *Set {
	r, _, ok := s.bucket.Get("set/" + name)
	if !ok || r.Head == nil {
		return nil
	}
	out := &Set{Name: name}
	for i := range r.Head.Parts {
		part, _, ok := s.bucket.Get(partKey(r.Head, i))
		if !ok || part.Part == nil {
			continue
		}
		out.Buildings = append(out.Buildings, part.Part.Buildings...)
		out.Networks = append(out.Networks, part.Part.Networks...)
		out.AccessPoints = append(out.AccessPoints, part.Part.AccessPoints...)
		out.Endpoints = append(out.Endpoints, part.Part.Endpoints...)
	}
	return out
}

// load builds the index anew.
func (s *Service) load() {
	s.rebuild.Lock()
	defer s.rebuild.Unlock()
	var sets []*Set
	for _, h := range s.Heads() {
		if set := s.Set(h.Name); set != nil {
			sets = append(sets, set)
		}
	}
	revision := uint64(1)
	if old := s.current.Load(); old != nil {
		revision = old.revision + 1
	}
	s.current.Store(build(sets, revision))
}

// Revision changes with every edit.
func (s *Service) Revision() uint64 { return s.current.Load().revision }

// Changes are View.Changes of the sets in force.
func (s *Service) Changes(from, to time.Time) []time.Time { return s.View().Changes(from, to) }

// Attribute is View.Attribute of the sets in force.
func (s *Service) Attribute(attr string) func(text string, at time.Time) string {
	return s.View().Attribute(attr)
}

// View is the mapping as it is now: what is looked up in one view fits together.
func (s *Service) View() View { return View{s.current.Load()} }
