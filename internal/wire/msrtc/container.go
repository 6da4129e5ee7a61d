package msrtc

import (
	"fmt"
	"strconv"

	"parley/internal/wire/xmldoc"
)

// Types of a container's member, from the most to the least specific.
const (
	MemberUser           = "user"
	MemberDomain         = "domain"
	MemberSameEnterprise = "sameEnterprise"
	MemberFederated      = "federated"
	MemberPublicCloud    = "publicCloud"
	MemberEveryone       = "everyone"
)

// maxMembers bounds one request.
const maxMembers = 2000

// Container is a set of watchers that see the same of a user ([MS-PRES] section 2.2.2.4).
type Container struct {
	ID      int
	Version int
	Members []Member
}

// Member is who belongs to a container.
type Member struct {
	Type  string
	Value string // user@domain or domain; "" for the other types
}

// MemberChange adds or removes one member.
type MemberChange struct {
	Add bool
	Member
}

// ContainerChange is the change of one container that an endpoint asks for.
type ContainerChange struct {
	ID      int
	Version int
	Changes []MemberChange
}

// ParseSetContainerMembers reads a setContainerMembers request.
func ParseSetContainerMembers(b []byte) ([]ContainerChange, error) {
	root, err := xmldoc.Parse(b, xmldoc.Limits{})
	if err != nil {
		return nil, fmt.Errorf("parse setContainerMembers: %w", err)
	}
	if root.Name != "setContainerMembers" {
		return nil, fmt.Errorf("%w: <%s> instead of <setContainerMembers>", ErrDocument, root.Name)
	}
	var list []ContainerChange
	count := 0
	for n := range root.All("container") {
		var c ContainerChange
		if c.ID, err = number(n, "id", 0, 65535); err != nil {
			return nil, err
		}
		if c.Version, err = number(n, "version", 0, 1<<31-1); err != nil {
			return nil, err
		}
		for m := range n.All("member") {
			if count++; count > maxMembers {
				return nil, fmt.Errorf("%w: more than %d members", ErrDocument, maxMembers)
			}
			change, err := memberChangeOf(m)
			if err != nil {
				return nil, err
			}
			c.Changes = append(c.Changes, change)
		}
		list = append(list, c)
	}
	return list, nil
}

func memberChangeOf(n *xmldoc.Node) (MemberChange, error) {
	m := MemberChange{Member: Member{Type: n.Attr("type"), Value: n.Attr("value")}}
	switch action := n.Attr("action"); action {
	case "add":
		m.Add = true
	case "remove":
	default:
		return m, fmt.Errorf("%w: member action %q", ErrDocument, action)
	}
	switch m.Type {
	case MemberUser, MemberDomain:
		if m.Value == "" {
			return m, fmt.Errorf("%w: member of type %s without value", ErrDocument, m.Type)
		}
	case MemberSameEnterprise, MemberFederated, MemberPublicCloud, MemberEveryone:
		m.Value = ""
	default:
		return m, fmt.Errorf("%w: member type %q", ErrDocument, m.Type)
	}
	return m, nil
}

func writeContainers(w *xmldoc.Writer, list []Container) {
	w.Open("containers", "xmlns", nsContainers)
	for _, c := range list {
		w.Open("container", "id", strconv.Itoa(c.ID), "version", strconv.Itoa(c.Version))
		for _, m := range c.Members {
			w.Open("member", "type", m.Type).OptAttr("value", m.Value).Close()
		}
		w.Close()
	}
	w.Close()
}
