package xmldoc

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Parse reads a document. It refuses document type declarations, so no entity can be defined, anything but UTF-8, and
// whatever exceeds the limits.
func Parse(b []byte, limits Limits) (*Node, error) {
	limits = limits.orDefault()
	if len(b) > limits.Bytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrXML, len(b), limits.Bytes)
	}
	dec := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	var root *Node
	var open []*Node
	var text [][]byte // of each open element: comments can cut it into many pieces
	elements := 0
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrXML, err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, fmt.Errorf("%w: document type declarations are not accepted", ErrXML)
		case xml.StartElement:
			if elements++; elements > limits.Elements {
				return nil, fmt.Errorf("%w: more than %d elements", ErrXML, limits.Elements)
			}
			if len(open) >= limits.Depth {
				return nil, fmt.Errorf("%w: elements nested deeper than %d", ErrXML, limits.Depth)
			}
			if len(t.Attr) > limits.Attrs {
				return nil, fmt.Errorf("%w: <%s> has more than %d attributes", ErrXML, t.Name.Local, limits.Attrs)
			}
			n := newNode(t)
			switch {
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.Children = append(parent.Children, n)
			case root != nil:
				return nil, fmt.Errorf("%w: a second root element <%s>", ErrXML, n.Name)
			default:
				root = n
			}
			open, text = append(open, n), append(text, nil)
		case xml.EndElement:
			last := len(open) - 1
			open[last].Text = string(text[last])
			open, text = open[:last], text[:last]
		case xml.CharData:
			if len(open) > 0 {
				text[len(text)-1] = append(text[len(text)-1], t...)
			}
		}
	}
	if root == nil {
		return nil, fmt.Errorf("%w: no element", ErrXML)
	}
	return root, nil
}

func newNode(t xml.StartElement) *Node {
	n := &Node{Space: t.Name.Space, Name: t.Name.Local}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		n.Attrs = append(n.Attrs, Attr{Space: attrSpace(a.Name.Space), Name: a.Name.Local, Value: strings.ToValidUTF8(a.Value, "\ufffd")})
	}
	return n
}

// The decoder leaves an undeclared prefix as the namespace. Fragments of the Lync dialect arrive with xsi:type and no
// declaration of xsi.
func attrSpace(space string) string {
	if space == "xsi" {
		return SchemaInstance
	}
	return space
}
