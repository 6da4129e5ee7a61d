package repository

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// maxVersions is how many versions before the present one are kept.
const maxVersions = 50

func version(id string, n int) string { return fmt.Sprintf("%s/%d", id, n) }

// versions lists the kept versions of an item, the newest first.
func (r *Repository) versions(id string) []Item {
	var all []Item
	r.history.Each(func(key string, i Item) bool {
		if strings.HasPrefix(key, id+"/") {
			all = append(all, i)
		}
		return true
	})
	slices.SortFunc(all, func(a, b Item) int { return cmp.Compare(b.Version, a.Version) })
	return all
}

// History lists the versions of an item, the present one first.
func (r *Repository) History(v Viewer, id string) ([]Item, error) {
	i, err := r.Get(v, id)
	if err != nil {
		return nil, err
	}
	return append([]Item{i}, r.versions(id)...), nil
}

// Revert makes an older version the present one again, as a new version.
func (r *Repository) Revert(ctx context.Context, v Viewer, id string, to int) (Item, error) {
	old, rev, err := r.changeable(v, id)
	if err != nil {
		return Item{}, err
	}
	i, _, ok := r.history.Get(version(id, to))
	if !ok {
		return Item{}, fmt.Errorf("%w: version %d is not kept", ErrNotFound, to)
	}
	i.Owner, i.Parent, i.Position = old.Owner, old.Parent, old.Position
	return r.replace(ctx, v, &old, i, rev)
}

// Clone copies an item, and with it all below it that the viewer sees, into a
// personal one of the viewer's under parent. The copy looks at the same rows:
// what the original inherited becomes its own when it moves elsewhere.
func (r *Repository) Clone(ctx context.Context, v Viewer, id, parent string) (Item, error) {
	original, err := r.Get(v, id)
	if err != nil {
		return Item{}, err
	}
	copied := original
	if parent == original.Parent {
		copied.Title = "Copy of " + copied.Title
		copied.Position++
	} else if own, err := r.Effective(id); err != nil {
		return Item{}, err
	} else if own != nil {
		copied.Query, copied.Inherits = own, false
	}
	return r.cloneBelow(ctx, v, copied, parent)
}

func (r *Repository) cloneBelow(ctx context.Context, v Viewer, i Item, parent string) (Item, error) {
	below := r.Children(v, i.ID) // before the copy, which may go below it
	i.Parent, i.Sharing, i.Groups = parent, Personal, nil
	made, err := r.Create(ctx, v, i)
	if err != nil {
		return Item{}, err
	}
	for _, child := range below {
		if _, err := r.cloneBelow(ctx, v, child, made.ID); err != nil {
			return Item{}, err
		}
	}
	return made, nil
}
