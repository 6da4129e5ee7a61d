package xmldoc

import (
	"iter"
	"strings"
)

// Node is one element.
type Node struct {
	Space    string // namespace URI; "" for none
	Name     string // local name
	Attrs    []Attr
	Text     string // all character data directly inside, unescaped
	Children []*Node
}

// Attr is one attribute; namespace declarations are not kept as attributes.
type Attr struct {
	Space, Name, Value string
}

// Child is the first child element called name, or nil.
func (n *Node) Child(name string) *Node {
	if n == nil {
		return nil
	}
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Path is the descendant reached by first children of the given names, or nil.
func (n *Node) Path(names ...string) *Node {
	for _, name := range names {
		n = n.Child(name)
	}
	return n
}

// All visits the child elements called name in document order.
func (n *Node) All(name string) iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		if n == nil {
			return
		}
		for _, c := range n.Children {
			if c.Name == name && !yield(c) {
				return
			}
		}
	}
}

// Attr is the value of the attribute with local name name, or "".
func (n *Node) Attr(name string) string {
	v, _ := n.LookupAttr(name)
	return v
}

// LookupAttr is the value of the attribute with local name name and whether it is there.
func (n *Node) LookupAttr(name string) (string, bool) {
	if n == nil {
		return "", false
	}
	for _, a := range n.Attrs {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// Value is the element's text without surrounding white space; "" for nil.
func (n *Node) Value() string {
	if n == nil {
		return ""
	}
	return strings.TrimSpace(n.Text)
}
