package contact

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"parley/internal/wire/msrtc"
)

// otherContacts is the name that clients show as "Other Contacts" in the user's language.
const otherContacts = "~"

// List is a user's contacts and groups.
type List struct {
	Delta     int             `json:"delta"`     // number of the last change
	LastGroup int             `json:"lastGroup"` // highest group number ever given
	Groups    []msrtc.Group   `json:"groups"`
	Contacts  []msrtc.Contact `json:"contacts"`
}

// Errors of apply.
var (
	errConflict = errors.New("the contact list was changed meanwhile")
	errUnknown  = errors.New("no such contact or group")
	errFull     = errors.New("the contact list is full")
	errGroup    = errors.New("the group has a name that cannot be used")
)

// newList is the list of a user who never had one. A list without a group makes clients create one each.
func newList() List {
	return List{Delta: 1, LastGroup: 1, Groups: []msrtc.Group{{ID: 1, Name: otherContacts}}}
}

// Starting is the list of a new user who is given contacts to begin with, account by account, whose presence is watched.
func Starting(contacts ...string) List {
	l := newList()
	for _, account := range contacts {
		l.Contacts = append(l.Contacts, msrtc.Contact{User: account, Groups: []int{l.Groups[0].ID}, Subscribed: true})
	}
	return l
}

// orNew is the list, or that of a user who never had one.
func (l List) orNew() List {
	if l.Delta == 0 {
		return newList()
	}
	return l
}

func (l List) clone() List {
	l.Groups = slices.Clone(l.Groups)
	l.Contacts = slices.Clone(l.Contacts)
	for i := range l.Contacts {
		l.Contacts[i].Groups = slices.Clone(l.Contacts[i].Groups)
	}
	return l
}

func (l *List) group(id int) int {
	return slices.IndexFunc(l.Groups, func(g msrtc.Group) bool { return g.ID == id })
}

func (l *List) contact(user string) int {
	return slices.IndexFunc(l.Contacts, func(c msrtc.Contact) bool { return c.User == user })
}

// apply makes the change of an operation, and returns the operation with what the server decided: the number of a new
// group.
func (l *List) apply(op msrtc.Operation, maxContacts, maxGroups int) (msrtc.Operation, error) {
	if op.Delta >= 0 && op.Delta != l.Delta {
		return op, fmt.Errorf("%w: it is at %d, the client at %d", errConflict, l.Delta, op.Delta)
	}
	var err error
	switch op.Name {
	case msrtc.OpSetContact:
		err = l.setContact(op.Contact, maxContacts)
	case msrtc.OpDeleteContact:
		err = l.deleteContact(op.Contact.User)
	case msrtc.OpAddGroup:
		op.Group, err = l.addGroup(op.Group, maxGroups)
	case msrtc.OpModifyGroup:
		err = l.modifyGroup(op.Group)
	case msrtc.OpDeleteGroup:
		err = l.deleteGroup(op.Group.ID)
	default:
		err = fmt.Errorf("%w: operation %q", errUnknown, op.Name)
	}
	if err == nil {
		l.Delta++
	}
	return op, err
}

func (l *List) setContact(c msrtc.Contact, most int) error {
	c.Groups = slices.DeleteFunc(slices.Clone(c.Groups), func(id int) bool { return l.group(id) < 0 })
	if len(c.Groups) == 0 && len(l.Groups) > 0 {
		c.Groups = []int{l.Groups[0].ID}
	}
	if i := l.contact(c.User); i >= 0 {
		l.Contacts[i] = c
		return nil
	}
	if len(l.Contacts) >= most {
		return errFull
	}
	l.Contacts = append(l.Contacts, c)
	return nil
}

func (l *List) deleteContact(user string) error {
	i := l.contact(user)
	if i < 0 {
		return errUnknown
	}
	l.Contacts = slices.Delete(l.Contacts, i, i+1)
	return nil
}

func (l *List) addGroup(g msrtc.Group, most int) (msrtc.Group, error) {
	if len(l.Groups) >= most {
		return g, errFull
	}
	if !l.nameIsFree(g.Name, 0) {
		return g, errGroup
	}
	l.LastGroup++
	g.ID = l.LastGroup
	l.Groups = append(l.Groups, g)
	return g, nil
}

func (l *List) modifyGroup(g msrtc.Group) error {
	i := l.group(g.ID)
	if i < 0 {
		return errUnknown
	}
	if !l.nameIsFree(g.Name, g.ID) {
		return errGroup
	}
	l.Groups[i] = g
	return nil
}

func (l *List) nameIsFree(name string, owner int) bool {
	return name != "" && len(name) <= 256 && !slices.ContainsFunc(l.Groups, func(g msrtc.Group) bool { return g.Name == name && g.ID != owner })
}

// deleteGroup removes a group. Contacts that were in no other go to the first one.
func (l *List) deleteGroup(id int) error {
	i := l.group(id)
	if i < 0 {
		return errUnknown
	}
	if len(l.Groups) == 1 {
		return errGroup
	}
	l.Groups = slices.Delete(l.Groups, i, i+1)
	for i := range l.Contacts {
		c := &l.Contacts[i]
		if !slices.Contains(c.Groups, id) {
			continue
		}
		c.Groups = slices.DeleteFunc(c.Groups, func(g int) bool { return g == id })
		if len(c.Groups) == 0 {
			c.Groups = []int{l.Groups[0].ID}
		}
	}
	return nil
}

// step is what leads from l to next, whoever made the change.
func (l *List) step(next List) msrtc.ContactDelta {
	step := msrtc.ContactDelta{Previous: l.Delta, Delta: next.Delta}
	for _, g := range next.Groups {
		if i := l.group(g.ID); i < 0 {
			step.AddedGroups = append(step.AddedGroups, g)
		} else if !reflect.DeepEqual(l.Groups[i], g) {
			step.ModifiedGroups = append(step.ModifiedGroups, g)
		}
	}
	for _, g := range l.Groups {
		if next.group(g.ID) < 0 {
			step.DeletedGroups = append(step.DeletedGroups, g.ID)
		}
	}
	for _, c := range next.Contacts {
		if i := l.contact(c.User); i < 0 {
			step.AddedContacts = append(step.AddedContacts, c)
		} else if !reflect.DeepEqual(l.Contacts[i], c) {
			step.ModifiedContacts = append(step.ModifiedContacts, c)
		}
	}
	for _, c := range l.Contacts {
		if next.contact(c.User) < 0 {
			step.DeletedContacts = append(step.DeletedContacts, c.User)
		}
	}
	return step
}

// wire is the list as clients get it.
func (l *List) wire() msrtc.ContactList {
	return msrtc.ContactList{Delta: l.Delta, UCSMode: msrtc.UCSNotMigrated, Groups: l.Groups, Contacts: l.Contacts}
}
