package msrtc

import "parley/internal/wire/xmldoc"

// Types of a note.
const (
	NotePersonal    = "personal"
	NoteOutOfOffice = "OOF"
)

// Note is one text of a note category.
type Note struct {
	Type string
	Text string
}

// Node is the note as an element; a note without text is the empty element that removes it.
func (n Note) Node() *xmldoc.Node {
	root := &xmldoc.Node{Space: nsNote, Name: "note"}
	if n.Text != "" {
		body := textNode(nsNote, "body", n.Text)
		body.Attrs = []xmldoc.Attr{{Name: "type", Value: n.Type}, {Name: "uri", Value: ""}}
		root.Children = []*xmldoc.Node{body}
	}
	return root
}

// NotesOf reads a note element.
func NotesOf(n *xmldoc.Node) []Note {
	var notes []Note
	for body := range n.All("body") {
		note := Note{Type: body.Attr("type"), Text: body.Value()}
		if note.Type == "" {
			note.Type = NotePersonal
		}
		if note.Text != "" {
			notes = append(notes, note)
		}
	}
	return notes
}
