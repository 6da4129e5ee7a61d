package pidf

import (
	"fmt"
	"strconv"

	"parley/internal/wire/xmldoc"
)

// Entry is one member of a resource list (RFC 4826 section 3.1).
type Entry struct {
	URI         string
	DisplayName string
}

// List is a named list of entries.
type List struct {
	Name        string
	DisplayName string
	Entries     []Entry
}

// maxEntries bounds a resource list from outside.
const maxEntries = 2000

// AppendResourceLists writes a resource-lists document.
func AppendResourceLists(dst []byte, lists []List) []byte {
	var w xmldoc.Writer
	w.Raw(xmldoc.Declaration).Open("resource-lists", "xmlns", nsResourceLists)
	for _, l := range lists {
		w.Open("list").OptAttr("name", l.Name)
		if l.DisplayName != "" {
			w.Leaf("display-name", l.DisplayName)
		}
		for _, e := range l.Entries {
			w.Open("entry", "uri", e.URI)
			if e.DisplayName != "" {
				w.Leaf("display-name", e.DisplayName)
			}
			w.Close()
		}
		w.Close()
	}
	return append(dst, w.Close().Bytes()...)
}

// ParseResourceLists reads a resource-lists document, as RFC 5367 lets a subscription carry one. Lists inside lists are
// read as further lists; references to other documents are refused.
func ParseResourceLists(b []byte) ([]List, error) {
	root, err := xmldoc.Parse(b, limits)
	if err != nil {
		return nil, fmt.Errorf("parse resource lists: %w", err)
	}
	if root.Name != "resource-lists" {
		return nil, fmt.Errorf("%w: <%s> instead of <resource-lists>", ErrDocument, root.Name)
	}
	var lists []List
	count := 0
	var read func(n *xmldoc.Node) error
	read = func(n *xmldoc.Node) error {
		l := List{Name: n.Attr("name"), DisplayName: n.Child("display-name").Value()}
		at := len(lists)
		lists = append(lists, l)
		for _, c := range n.Children {
			switch c.Name {
			case "entry":
				if count++; count > maxEntries {
					return fmt.Errorf("%w: more than %d entries", ErrDocument, maxEntries)
				}
				lists[at].Entries = append(lists[at].Entries, Entry{URI: c.Attr("uri"), DisplayName: c.Child("display-name").Value()})
			case "list":
				if err := read(c); err != nil {
					return err
				}
			case "external", "entry-ref":
				return fmt.Errorf("%w: <%s> refers to another document; list its entries instead", ErrDocument, c.Name)
			}
		}
		return nil
	}
	for n := range root.All("list") {
		if err := read(n); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

// Instance states of a list's resource (RFC 4662 section 5.5).
const (
	InstanceActive     = "active"
	InstancePending    = "pending"
	InstanceTerminated = "terminated"
)

// Resource is one user in a list notification.
type Resource struct {
	URI    string
	Name   string // display name
	State  string // one of the Instance constants; "" for no instance
	Reason string // of InstanceTerminated
	CID    string // Content-ID of the part with its document
	Body   []byte
}

// AppendListNotification writes the multipart/related body of a list notification (RFC 4662 section 5). The parts end
// with an empty line as those of package msrtc do. No part may hold the boundary.
func AppendListNotification(dst []byte, boundary, host, list string, version int, full bool, resources []Resource) []byte {
	var w xmldoc.Writer
	w.Raw(xmldoc.Declaration).Open("list", "xmlns", nsRLMI, "uri", list, "version", strconv.Itoa(version), "fullState", strconv.FormatBool(full))
	for _, r := range resources {
		w.Open("resource", "uri", r.URI)
		if r.Name != "" {
			w.Leaf("name", r.Name)
		}
		if r.State != "" {
			w.Open("instance", "id", "1", "state", r.State).OptAttr("reason", r.Reason)
			if r.Body != nil {
				w.Attr("cid", r.CID+"@"+host)
			}
			w.Close()
		}
		w.Close()
	}
	dst = appendPart(dst, boundary, "list@"+host, TypeRLMI+";charset=\"UTF-8\"", w.Close().Bytes())
	for _, r := range resources {
		if r.Body != nil {
			dst = appendPart(dst, boundary, r.CID+"@"+host, TypePIDF+";charset=\"UTF-8\"", r.Body)
		}
	}
	return append(append(append(dst, "--"...), boundary...), "--\r\n"...)
}

// ListContentType is the Content-Type of what AppendListNotification wrote. The boundary, which must be a token, stands
// without quotes: linphone takes them for a part of it.
func ListContentType(boundary, host string) string {
	return `multipart/related;type="` + TypeRLMI + `";start="<list@` + host + `>";boundary=` + boundary
}

func appendPart(dst []byte, boundary, cid, mediaType string, body []byte) []byte {
	for _, s := range []string{"--", boundary, "\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <", cid, ">\r\nContent-Type: ", mediaType, "\r\n\r\n"} {
		dst = append(dst, s...)
	}
	return append(append(dst, body...), "\r\n\r\n"...)
}
