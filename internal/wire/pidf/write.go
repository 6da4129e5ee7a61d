package pidf

import (
	"strconv"

	"parley/internal/wire/xmldoc"
)

// AppendPresence writes a PIDF document.
func AppendPresence(dst []byte, p Presence) []byte {
	var w xmldoc.Writer
	w.Raw(xmldoc.Declaration)
	w.Open("presence", "xmlns", nsPIDF, "xmlns:dm", nsDataModel, "xmlns:rpid", nsRPID, "entity", p.Entity)
	for i, t := range p.Tuples {
		writeTuple(&w, t, i)
	}
	writeNotes(&w, "note", p.Notes)
	if p.Person != nil {
		writePerson(&w, *p.Person)
	}
	return append(dst, w.Close().Bytes()...)
}

// The order inside a tuple is that of the schema: status, extensions, contact, notes, timestamp.
func writeTuple(w *xmldoc.Writer, t Tuple, index int) {
	w.Open("tuple", "id", identifier(t.ID, "t", index)).Open("status")
	if !t.NoStatus {
		w.Leaf("basic", basic(t.Open))
	}
	w.Close()
	writeActivities(w, t.Activities)
	writeInput(w, t.Input)
	if t.Contact != "" {
		w.Open("contact").OptAttr("priority", t.Priority).Text(t.Contact).Close()
	}
	writeNotes(w, "note", t.Notes)
	if !t.Timestamp.IsZero() {
		w.Leaf("timestamp", formatTime(t.Timestamp))
	}
	w.Close()
}

func writePerson(w *xmldoc.Writer, p Person) {
	w.Open("dm:person", "id", identifier(p.ID, "p", 0))
	writeActivities(w, p.Activities)
	writeInput(w, p.Input)
	writeNotes(w, "dm:note", p.Notes)
	if !p.Timestamp.IsZero() {
		w.Leaf("dm:timestamp", formatTime(p.Timestamp))
	}
	w.Close()
}

func writeActivities(w *xmldoc.Writer, list []Activity) {
	if len(list) == 0 {
		return
	}
	w.Open("rpid:activities").OptAttr("until", formatTime(list[0].Till))
	for _, a := range list {
		w.Leaf("rpid:"+a.Name, a.Text)
	}
	w.Close()
}

func writeInput(w *xmldoc.Writer, in *UserInput) {
	if in == nil {
		return
	}
	state := "active"
	if in.Idle {
		state = "idle"
	}
	w.Open("rpid:user-input").OptAttr("last-input", formatTime(in.LastInput)).Text(state).Close()
}

func writeNotes(w *xmldoc.Writer, element string, notes []Note) {
	for _, n := range notes {
		w.Open(element).OptAttr("xml:lang", n.Lang).Text(n.Text).Close()
	}
}

func basic(open bool) string {
	if open {
		return "open"
	}
	return "closed"
}

// identifier makes an xs:ID: a name that begins with a letter.
func identifier(id, letter string, index int) string {
	if id == "" {
		return letter + strconv.Itoa(index+1)
	}
	out := make([]byte, 0, len(id)+1)
	for i := 0; i < len(id); i++ {
		c := id[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case len(out) > 0 && (c >= '0' && c <= '9' || c == '-' || c == '.'):
		case len(out) == 0:
			out = append(out, letter...)
			if c >= '0' && c <= '9' {
				break
			}
			c = '_'
		default:
			c = '_'
		}
		out = append(out, c)
	}
	return string(out)
}
