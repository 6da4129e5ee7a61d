package msrtc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/internal/wire/xmldoc"
)

// UCSNotMigrated says that contacts live on this server and not in a mailbox. Clients take its presence as the sign of
// a server from 2013 or later.
const UCSNotMigrated = "notmigrated"

// Group is a named group of contacts.
type Group struct {
	ID          int
	Name        string
	ExternalURI string
}

// Contact is one entry of a contact list.
type Contact struct {
	User        string // user@domain, without a scheme
	Name        string // the display name that the owner gave
	Groups      []int
	Subscribed  bool
	ExternalURI string
}

// ContactList is all contacts and groups of a user.
type ContactList struct {
	Delta    int // number of the last change
	UCSMode  string
	Groups   []Group
	Contacts []Contact
}

// AppendContactList writes a contactList document. Addresses stand without scheme in it.
func AppendContactList(dst []byte, l ContactList) []byte {
	var w xmldoc.Writer
	w.Open("contactList", "deltaNum", strconv.Itoa(l.Delta)).OptAttr("ucsmode", l.UCSMode)
	for _, g := range l.Groups {
		writeGroup(&w, "group", g)
	}
	for _, c := range l.Contacts {
		writeContact(&w, "contact", c.User, c)
	}
	return append(dst, w.Close().Bytes()...)
}

// ContactDelta is one step from a contact list to the next.
type ContactDelta struct {
	Delta, Previous  int
	AddedGroups      []Group
	ModifiedGroups   []Group
	DeletedGroups    []int
	AddedContacts    []Contact
	ModifiedContacts []Contact
	DeletedContacts  []string
}

// AppendContactDelta writes a contactDelta document. Addresses stand with scheme in it, other than in the list.
func AppendContactDelta(dst []byte, d ContactDelta) []byte {
	var w xmldoc.Writer
	w.Open("contactDelta", "deltaNum", strconv.Itoa(d.Delta), "prevDeltaNum", strconv.Itoa(d.Previous))
	for _, g := range d.AddedGroups {
		writeGroup(&w, "addedGroup", g)
	}
	for _, g := range d.ModifiedGroups {
		writeGroup(&w, "modifiedGroup", g)
	}
	for _, id := range d.DeletedGroups {
		w.Open("deletedGroup", "id", strconv.Itoa(id)).Close()
	}
	for _, c := range d.AddedContacts {
		writeContact(&w, "addedContact", "sip:"+c.User, c)
	}
	for _, c := range d.ModifiedContacts {
		writeContact(&w, "modifiedContact", "sip:"+c.User, c)
	}
	for _, user := range d.DeletedContacts {
		w.Open("deletedContact", "uri", "sip:"+user).Close()
	}
	return append(dst, w.Close().Bytes()...)
}

// A group without name crashes clients of the dialect, so the attribute is always there.
func writeGroup(w *xmldoc.Writer, element string, g Group) {
	w.Open(element, "id", strconv.Itoa(g.ID), "name", g.Name, "externalURI", g.ExternalURI).Close()
}

func writeContact(w *xmldoc.Writer, element, uri string, c Contact) {
	ids := make([]string, len(c.Groups))
	for i, id := range c.Groups {
		ids[i] = strconv.Itoa(id)
	}
	w.Open(element, "uri", uri, "name", c.Name, "groups", strings.Join(ids, " "),
		"subscribed", strconv.FormatBool(c.Subscribed), "externalURI", c.ExternalURI).Close()
}

// ParseContactList reads a contactList document.
func ParseContactList(b []byte) (ContactList, error) {
	root, err := xmldoc.Parse(b, xmldoc.Limits{})
	if err != nil {
		return ContactList{}, fmt.Errorf("parse contact list: %w", err)
	}
	if root.Name != "contactList" {
		return ContactList{}, fmt.Errorf("%w: <%s> instead of <contactList>", ErrDocument, root.Name)
	}
	l := ContactList{UCSMode: root.Attr("ucsmode")}
	if l.Delta, err = number(root, "deltaNum", 0, 1<<31-1); err != nil {
		return l, err
	}
	for n := range root.All("group") {
		g := Group{Name: n.Attr("name"), ExternalURI: n.Attr("externalURI")}
		if g.ID, err = number(n, "id", 0, 1<<31-1); err != nil {
			return l, err
		}
		l.Groups = append(l.Groups, g)
	}
	for n := range root.All("contact") {
		c := Contact{User: TrimScheme(n.Attr("uri")), Name: n.Attr("name"), Subscribed: xmlBool(n.Attr("subscribed")), ExternalURI: n.Attr("externalURI")}
		if c.Groups, err = groupIDs(n.Attr("groups")); err != nil {
			return l, err
		}
		l.Contacts = append(l.Contacts, c)
	}
	return l, nil
}

// groupIDs reads blank-separated group numbers, each once.
func groupIDs(s string) ([]int, error) {
	var ids []int
	for field := range strings.FieldsSeq(s) {
		id, err := strconv.Atoi(field)
		if err != nil || id < 0 || len(ids) == 64 {
			return nil, fmt.Errorf("%w: groups %q", ErrDocument, s)
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// TrimScheme returns an address without "sip:" or "sips:", in lower case.
func TrimScheme(uri string) string {
	uri = strings.ToLower(strings.TrimSpace(uri))
	uri = strings.TrimPrefix(uri, "sips:")
	return strings.TrimPrefix(uri, "sip:")
}
