package repository

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/state"
)

// Bucket is what the repository stores items in; state.Bucket is one.
type Bucket[T any] interface {
	Get(key string) (value T, rev uint64, ok bool)
	Each(yield func(key string, value T) bool)
	Update(ctx context.Context, key string, value T, rev uint64) (uint64, error)
	Put(ctx context.Context, key string, value T) (uint64, error)
	Delete(ctx context.Context, key string) error
}

// Config is what a Repository is made from.
type Config struct {
	// Items holds each item under its ID, History the versions before the
	// present one under ID/version. Both must be durable.
	Items   Bucket[Item]
	History Bucket[Item]
	Now     func() time.Time
}

// Repository is the tree of reports. Its methods may be called concurrently.
type Repository struct {
	items   Bucket[Item]
	history Bucket[Item]
	shipped map[string]Item
	now     func() time.Time
}

// New makes a repository.
func New(c Config) (*Repository, error) {
	shipped, err := builtIn()
	if err != nil {
		return nil, fmt.Errorf("read the built-in reports: %w", err)
	}
	r := &Repository{items: c.Items, history: c.History, shipped: shipped, now: c.Now}
	if r.now == nil {
		r.now = time.Now
	}
	return r, nil
}

// find reads an item as it is now; ok is false when there is none.
func (r *Repository) find(id string) (item Item, rev uint64, ok bool) {
	stored, rev, ok := r.items.Get(id)
	if original, shipped := r.shipped[id]; shipped {
		if !ok {
			return original, 0, true
		}
		stored.BuiltIn, stored.Edited = true, true
	}
	return stored, rev, ok
}

// Get reads an item that the viewer may see, else ErrNotFound.
func (r *Repository) Get(v Viewer, id string) (Item, error) {
	i, _, ok := r.find(id)
	if !ok || !v.sees(&i) {
		return Item{}, ErrNotFound
	}
	return i, nil
}

// Tree lists all items that the viewer may see, those of one parent in their
// order. An item whose parent is not seen is at the top.
func (r *Repository) Tree(v Viewer) []Item {
	var all []Item
	for id := range r.shipped {
		i, _, _ := r.find(id)
		all = append(all, i)
	}
	r.items.Each(func(id string, i Item) bool {
		if _, shipped := r.shipped[id]; !shipped && v.sees(&i) {
			all = append(all, i)
		}
		return true
	})
	seen := make(map[string]bool, len(all))
	for n := range all {
		seen[all[n].ID] = true
	}
	for n := range all {
		if !seen[all[n].Parent] {
			all[n].Parent = ""
		}
	}
	slices.SortFunc(all, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Position, b.Position), cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// rank puts the built-in items of a parent before those of users.
func (i *Item) rank() int {
	if i.BuiltIn {
		return 0
	}
	return 1
}

// Children lists what is directly below an item, in its order, as far as the viewer sees it.
func (r *Repository) Children(v Viewer, id string) []Item {
	return slices.DeleteFunc(r.Tree(v), func(i Item) bool { return i.Parent != id })
}

// Path lists the items above one, the topmost first, as far as the viewer sees
// them.
func (r *Repository) Path(v Viewer, id string) []Item {
	var path []Item
	i, _, ok := r.find(id)
	for n := 0; ok && i.Parent != "" && n < maxDepth; n++ {
		if i, _, ok = r.find(i.Parent); ok && v.sees(&i) {
			path = append(path, i)
		}
	}
	slices.Reverse(path)
	return path
}

// Create stores a new item of the viewer's and returns it with its ID.
func (r *Repository) Create(ctx context.Context, v Viewer, i Item) (Item, error) {
	if !v.Author && !v.Administrator {
		return Item{}, fmt.Errorf("%w: ask an administrator for the role of an author", ErrDenied)
	}
	i.ID, i.Owner, i.BuiltIn, i.Edited = strings.ToLower(rand.Text()), v.User, false, false
	if i.Sharing == "" {
		i.Sharing = Personal
	}
	if err := r.settle(v, &i, ""); err != nil {
		return Item{}, err
	}
	i.Version, i.Changed, i.ChangedBy = 1, r.now().UTC(), v.User
	if _, err := r.items.Update(ctx, i.ID, i, 0); err != nil {
		return Item{}, fmt.Errorf("store report %q: %w", i.Title, err)
	}
	return i, nil
}

// Update replaces what its author says of an item. The item's version must be
// the one that was read, else ErrConflict.
func (r *Repository) Update(ctx context.Context, v Viewer, i Item) (Item, error) {
	old, rev, err := r.changeable(v, i.ID)
	if err != nil {
		return Item{}, err
	}
	if i.Version != old.Version {
		return Item{}, fmt.Errorf("%w: you changed version %d, and the present one is %d", ErrConflict, i.Version, old.Version)
	}
	i.Owner, i.BuiltIn, i.Edited = old.Owner, false, false
	if bytes.Equal(i.Query, old.Query) {
		i.Lacks = old.Lacks // what an import left out is told until the author has seen to the query
	}
	if old.BuiltIn {
		i.Sharing, i.Groups = Published, nil
	}
	if err := r.settle(v, &i, old.Parent); err != nil {
		return Item{}, err
	}
	return r.replace(ctx, v, &old, i, rev)
}

// replace stores an item and the version before it.
func (r *Repository) replace(ctx context.Context, v Viewer, old *Item, i Item, rev uint64) (Item, error) {
	i.Version, i.Changed, i.ChangedBy = old.Version+1, r.now().UTC(), v.User
	if _, err := r.history.Put(ctx, version(old.ID, old.Version), *old); err != nil {
		return Item{}, fmt.Errorf("keep version %d of report %q: %w", old.Version, old.Title, err)
	}
	if _, err := r.items.Update(ctx, i.ID, i, rev); errors.Is(err, state.ErrConflict) {
		return Item{}, ErrConflict
	} else if err != nil {
		return Item{}, fmt.Errorf("store report %q: %w", i.Title, err)
	}
	if old.Version >= maxVersions {
		if err := r.history.Delete(ctx, version(old.ID, old.Version-maxVersions)); err != nil {
			return Item{}, fmt.Errorf("drop the oldest version of report %q: %w", i.Title, err)
		}
	}
	i, _, _ = r.find(i.ID)
	return i, nil
}

// settle checks an item and its place in the tree.
func (r *Repository) settle(v Viewer, i *Item, parent string) error {
	if err := i.check(); err != nil {
		return err
	}
	if i.Parent == "" || i.Parent == parent {
		return nil
	}
	if _, err := r.Get(v, i.Parent); err != nil {
		return &Invalid{"parent", "there is no such report to put this one under"}
	}
	for at, n := i.Parent, 0; at != ""; n++ {
		if at == i.ID {
			return &Invalid{"parent", "a report cannot be under itself"}
		}
		if n == maxDepth {
			return &Invalid{"parent", fmt.Sprintf("reports are at most %d levels deep", maxDepth)}
		}
		above, _, _ := r.find(at)
		at = above.Parent
	}
	return nil
}

// changeable reads an item that the viewer may change.
func (r *Repository) changeable(v Viewer, id string) (Item, uint64, error) {
	i, rev, ok := r.find(id)
	switch {
	case !ok || !v.sees(&i):
		return Item{}, 0, ErrNotFound
	case !v.Changes(&i):
		return Item{}, 0, fmt.Errorf("%w: make a copy of it", ErrDenied)
	}
	return i, rev, nil
}

// Delete removes an item and all below it that the viewer may change; what
// others put below moves up. A built-in item gets its shipped form back.
func (r *Repository) Delete(ctx context.Context, v Viewer, id string) error {
	i, rev, err := r.changeable(v, id)
	if err != nil {
		return err
	}
	if i.BuiltIn {
		if rev == 0 {
			return fmt.Errorf("%w: it is a part of the program", ErrDenied)
		}
		return r.forget(ctx, id)
	}
	for _, child := range r.Children(v, id) {
		if v.Changes(&child) && !child.BuiltIn {
			if err := r.Delete(ctx, v, child.ID); err != nil {
				return err
			}
		}
	}
	return r.forget(ctx, id)
}

func (r *Repository) forget(ctx context.Context, id string) error {
	if err := r.items.Delete(ctx, id); err != nil {
		return fmt.Errorf("delete report %s: %w", id, err)
	}
	for _, old := range r.versions(id) {
		if err := r.history.Delete(ctx, version(id, old.Version)); err != nil {
			return fmt.Errorf("delete version %d of report %s: %w", old.Version, id, err)
		}
	}
	return nil
}

// RestoreDefaults takes back every edit of a built-in report.
func (r *Repository) RestoreDefaults(ctx context.Context, v Viewer) (restored int, err error) {
	if !v.Administrator {
		return 0, fmt.Errorf("%w: restoring the built-in reports is for administrators", ErrDenied)
	}
	for id := range r.shipped {
		if _, _, edited := r.items.Get(id); edited {
			if err := r.forget(ctx, id); err != nil {
				return restored, err
			}
			restored++
		}
	}
	return restored, nil
}
