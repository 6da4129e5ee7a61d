package repository

import "slices"

// Viewer is who asks.
type Viewer struct {
	// User is an address.
	User   string
	Groups []string
	// Author may make reports of their own, Administrator may change all that
	// are not personal, and the built-in ones.
	Author, Administrator bool
}

// sees tells whether the viewer may read an item.
func (v Viewer) sees(i *Item) bool {
	switch {
	case i.BuiltIn, i.Sharing == Published, i.Owner == v.User:
		return true
	case i.Sharing == Shared:
		return v.Administrator || slices.ContainsFunc(i.Groups, func(g string) bool { return slices.Contains(v.Groups, g) })
	}
	return false
}

// Changes tells whether the viewer may change an item that they see.
func (v Viewer) Changes(i *Item) bool {
	if v.Administrator {
		return i.Sharing != Personal || i.Owner == v.User
	}
	return v.Author && !i.BuiltIn && i.Owner == v.User
}
