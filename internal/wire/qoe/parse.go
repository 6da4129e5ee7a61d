package qoe

import (
	"bytes"
	"fmt"
	"strings"
)

// Limits of a document.
const (
	maxReports = 16
	maxLines   = 64
)

// Parse reads a metric report. Elements are known by their name and by being of
// any of the report's namespaces, so a report of any generation, in any order,
// with any additions, is understood; what is not known is skipped. The error
// wraps ErrTooLarge, ErrRoot, ErrSchema or ErrValue.
func Parse(body []byte) (*Event, error) {
	p := parser{event: &Event{}}
	if err := p.run(body, reportTree, "VQReportEvent", reportNamespace); err != nil {
		return nil, err
	}
	if len(p.event.Reports) == 0 {
		return nil, fmt.Errorf("%w: there is no VQSessionReport in it", ErrSchema)
	}
	for i := range p.event.Reports {
		if err := p.event.Reports[i].check(); err != nil {
			return nil, err
		}
	}
	return p.event, nil
}

// reportNamespace tells the namespaces of the schema's generations: the plain
// one of Communications Server 2007, .v2 of Lync 2010, .v3 of 2013, .v4 of Skype
// for Business, and what later clients added.
func reportNamespace(uri string) bool {
	rest, ok := strings.CutPrefix(uri, "ms-rtcp-metrics")
	return ok && (rest == "" || strings.HasPrefix(rest, ".v"))
}

// check refuses a report without what every report has (MS-QoE section 2.2.1).
func (r *Report) check() error {
	switch {
	case r.Dialog.CallID == "":
		return fmt.Errorf("%w: DialogInfo has no CallId", ErrSchema)
	case r.Dialog.FromURI == "" || r.Dialog.ToURI == "":
		return fmt.Errorf("%w: DialogInfo has no FromURI or no ToURI", ErrSchema)
	case len(r.Lines) == 0:
		return fmt.Errorf("%w: there is no MediaLine in the report", ErrSchema)
	case len(r.Endpoint.Name) > 256:
		return fmt.Errorf("%w: the endpoint's Name is longer than 256 characters", ErrValue)
	}
	for i := range r.Lines {
		if !knownLabel(r.Lines[i].Label) {
			return fmt.Errorf("%w: media line label %.40q is not known", ErrValue, r.Lines[i].Label)
		}
	}
	return nil
}

// knownLabel tells the labels of MS-QoE section 2.2.1.5 and those that later
// clients use.
func knownLabel(label string) bool {
	switch label {
	case "main-audio", "main-video", "panoramic-video", "data", "applicationsharing-video", "applicationsharing":
		return true
	}
	n, ok := strings.CutPrefix(label, "main-video")
	return ok && len(n) == 1 && n[0] >= '1' && n[0] <= '9'
}

// parser walks a document along a tree of the elements that it knows.
type parser struct {
	scan     *scanner
	event    *Event
	feedback *Feedback
	report   *Report
	line     *MediaLine
	stream   *Stream
	addr     *Address
	device   *Device
	token    *Token
}

// node is an element in its place: what to do when it begins, what to do with
// its text, and which elements may be inside of it.
type node struct {
	enter    func(p *parser) error
	leaf     func(p *parser, text []byte) error
	children map[string]*node
}

// at returns the node at a path below n, made when missing.
func (n *node) at(path string) *node {
	for name := range strings.SplitSeq(path, "/") {
		if name == "" {
			continue
		}
		if n.children == nil {
			n.children = make(map[string]*node)
		}
		next := n.children[name]
		if next == nil {
			next = &node{}
			n.children[name] = next
		}
		n = next
	}
	return n
}

// run reads a document whose root is the given element.
func (p *parser) run(body []byte, tree *node, root string, ours func(uri string) bool) error {
	if len(body) > MaxBody {
		return ErrTooLarge
	}
	scan, err := newScanner(body)
	if err != nil {
		return err
	}
	p.scan = scan
	var around [maxDepth + 1]*node // nil inside of what is not known
	var text []byte
	for {
		t, err := scan.next()
		if err != nil {
			return err
		}
		depth := len(scan.open)
		switch t.kind {
		case endDocument:
			return nil
		case startElement:
			var n *node
			switch {
			case depth == 1 && (string(t.local) != root || !ours(t.space)):
				return fmt.Errorf("%w, but <%s>", ErrRoot, clip(t.local))
			case depth == 1:
				n = tree
			case around[depth-1] != nil && ours(t.space):
				n = around[depth-1].children[string(t.local)]
			}
			around[depth] = n
			text = text[:0]
			if n != nil && n.enter != nil {
				if err := n.enter(p); err != nil {
					return err
				}
			}
		case charData:
			if n := around[depth]; n != nil && n.leaf != nil {
				text = append(text, t.text...)
			}
		case endElement:
			if n := around[depth+1]; n != nil && n.leaf != nil {
				if err := n.leaf(p, bytes.TrimSpace(text)); err != nil {
					return err
				}
			}
			text = text[:0]
		}
	}
}

// attr returns an attribute of the element that has just begun, whatever its
// prefix.
func (p *parser) attr(name string) string {
	for i := range p.scan.attrs {
		if string(p.scan.attrs[i].local) == name {
			return strings.TrimSpace(p.scan.attrs[i].value)
		}
	}
	return ""
}
