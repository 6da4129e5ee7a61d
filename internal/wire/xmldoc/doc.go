// Package xmldoc reads XML that came from outside into a small bounded tree, and writes such trees and new documents
// with the same bytes every time.
//
// It is for documents that hold data (presence, contact lists, reports): comments and processing instructions are
// dropped and the text of an element is its own character data in one piece, so mixed content loses its order.
// Names are matched by their local part, as the clients of these documents do.
package xmldoc

import "errors"

// ErrXML is the kind of every error of Parse.
var ErrXML = errors.New("unusable XML")

// Limits bound what Parse accepts. A zero field means a generous default: 512 KiB, depth 24, 20,000 elements, 32 attributes.
type Limits struct {
	Bytes    int // length of the document
	Depth    int // elements inside each other
	Elements int // elements in all
	Attrs    int // attributes of one element
}

// A contact list of a thousand entries is 150 KB.
var defaultLimits = Limits{Bytes: 512 << 10, Depth: 24, Elements: 20_000, Attrs: 32}

func (l Limits) orDefault() Limits {
	pick := func(v, d int) int {
		if v <= 0 {
			return d
		}
		return v
	}
	return Limits{
		Bytes:    pick(l.Bytes, defaultLimits.Bytes),
		Depth:    pick(l.Depth, defaultLimits.Depth),
		Elements: pick(l.Elements, defaultLimits.Elements),
		Attrs:    pick(l.Attrs, defaultLimits.Attrs),
	}
}
