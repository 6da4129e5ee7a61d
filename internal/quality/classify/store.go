package classify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"parley/internal/state"
)

// BucketName is the bucket with the administrators' rule sets.
const BucketName = "quality-classifiers"

// maxStored bounds how many there are.
const maxStored = 100

// Store has the built-in rule sets and those of administrators.
type Store struct {
	own *state.Bucket[Definition]
}

// OpenStore opens it.
func OpenStore(ctx context.Context, store *state.Store) (*Store, error) {
	b, err := state.OpenBucket[Definition](ctx, store, BucketName, state.BucketOptions{})
	if err != nil {
		return nil, fmt.Errorf("open classifiers: %w", err)
	}
	return &Store{own: b}, nil
}

// ByName finds a rule set, the default one for "".
func (s *Store) ByName(name string) (RuleSet, error) {
	if d, _, ok := s.own.Get(name); ok && name != "" {
		return d.RuleSet()
	}
	return ByName(name)
}

// Names lists them, the default first and the administrators' last.
func (s *Store) Names() []string {
	var own []string
	s.own.Each(func(name string, _ Definition) bool {
		own = append(own, name)
		return true
	})
	slices.Sort(own)
	return append(Names(), own...)
}

// List tells the administrators' rule sets by name.
func (s *Store) List() []Definition {
	var all []Definition
	for _, name := range s.Names()[len(Names()):] {
		if d, _, ok := s.own.Get(name); ok {
			all = append(all, d)
		}
	}
	return all
}

// Put adds a rule set or replaces the one of its name, counting its version.
func (s *Store) Put(ctx context.Context, d Definition) (version int, err error) {
	if _, err := d.RuleSet(); err != nil {
		return 0, err
	}
	before, revision, there := s.own.Get(d.Name)
	d.Version = before.Version + 1
	switch {
	case there:
		_, err = s.own.Update(ctx, d.Name, d, revision)
	case len(s.List()) >= maxStored:
		err = fmt.Errorf("there are %d already: remove one", maxStored)
	default:
		_, err = s.own.Put(ctx, d.Name, d)
	}
	if err != nil {
		return 0, fmt.Errorf("store classifier %s: %w", d.Name, err)
	}
	return d.Version, nil
}

// ErrUnknown means that there is no such rule set of an administrator.
var ErrUnknown = errors.New("no administrator's classifier has this name")

// Remove removes one.
func (s *Store) Remove(ctx context.Context, name string) error {
	if _, _, ok := s.own.Get(name); !ok {
		return fmt.Errorf("remove classifier %q: %w", name, ErrUnknown)
	}
	if err := s.own.Delete(ctx, name); err != nil {
		return fmt.Errorf("remove classifier %s: %w", name, err)
	}
	return nil
}
