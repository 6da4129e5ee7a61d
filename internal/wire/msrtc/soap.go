package msrtc

import (
	"fmt"
	"strconv"

	"parley/internal/wire/xmldoc"
)

// Operations on contacts that an endpoint asks for by SERVICE.
const (
	OpSetContact    = "setContact"
	OpDeleteContact = "deleteContact"
	OpAddGroup      = "addGroup"
	OpModifyGroup   = "modifyGroup"
	OpDeleteGroup   = "deleteGroup"
	OpSearch        = "directorySearch"
)

// Operation is one SOAP request of the dialect.
type Operation struct {
	Name    string
	Delta   int // the number of the list that the endpoint knows; -1 when it gives none
	Contact Contact
	Group   Group
	Search  Search
}

// Search is a directorySearch: rows that match all terms.
type Search struct {
	Terms []Term
	Max   int // rows; 0 when the endpoint gives no limit
}

// Term asks for an attribute that begins with a value.
type Term struct{ Attribute, Value string }

// ParseOperation reads a SOAP request.
func ParseOperation(b []byte) (Operation, error) {
	root, err := xmldoc.Parse(b, xmldoc.Limits{Bytes: 64 << 10, Elements: 500})
	if err != nil {
		return Operation{}, fmt.Errorf("parse SOAP request: %w", err)
	}
	body := root.Child("Body")
	if root.Name != "Envelope" || body == nil || len(body.Children) == 0 {
		return Operation{}, fmt.Errorf("%w: no SOAP Envelope with a Body", ErrDocument)
	}
	n := body.Children[0]
	op := Operation{Name: n.Name, Delta: -1}
	if text := n.Child("deltaNum").Value(); text != "" {
		if op.Delta, err = strconv.Atoi(text); err != nil || op.Delta < 0 {
			return op, fmt.Errorf("%w: deltaNum %q", ErrDocument, text)
		}
	}
	switch n.Name {
	case OpSetContact, OpDeleteContact:
		return op, op.readContact(n)
	case OpAddGroup, OpModifyGroup, OpDeleteGroup:
		return op, op.readGroup(n)
	case OpSearch:
		return op, op.readSearch(n, body)
	}
	return op, fmt.Errorf("%w: unknown SOAP operation %q", ErrDocument, n.Name)
}

func (op *Operation) readContact(n *xmldoc.Node) (err error) {
	op.Contact = Contact{
		User:        TrimScheme(n.Child("URI").Value()),
		Name:        n.Child("displayName").Value(),
		Subscribed:  xmlBool(n.Child("subscribed").Value()),
		ExternalURI: n.Child("externalURI").Value(),
	}
	if op.Contact.User == "" {
		return fmt.Errorf("%w: %s without URI", ErrDocument, op.Name)
	}
	op.Contact.Groups, err = groupIDs(n.Child("groups").Value())
	return err
}

func (op *Operation) readGroup(n *xmldoc.Node) error {
	op.Group = Group{Name: n.Child("name").Value(), ExternalURI: n.Child("externalURI").Value()}
	if op.Name == OpAddGroup {
		return nil
	}
	text := n.Child("groupID").Value()
	id, err := strconv.Atoi(text)
	if err != nil || id < 0 {
		return fmt.Errorf("%w: groupID %q", ErrDocument, text)
	}
	op.Group.ID = id
	return nil
}

func (op *Operation) readSearch(n, body *xmldoc.Node) error {
	if text := n.Child("maxResults").Value(); text != "" {
		most, err := strconv.Atoi(text)
		if err != nil || most < 0 {
			return fmt.Errorf("%w: maxResults %q", ErrDocument, text)
		}
		op.Search.Max = most
	}
	for row := range body.Child("Array").All("row") {
		if v := row.Attr("value"); v != "" {
			op.Search.Terms = append(op.Search.Terms, Term{Attribute: row.Attr("attrib"), Value: v})
		}
	}
	return nil
}

// AppendOperationResult writes the answer to an operation on contacts. Clients need the new group's number; other
// operations have an empty result.
func AppendOperationResult(dst []byte, op Operation) []byte {
	var w xmldoc.Writer
	w.Open("SOAP-ENV:Envelope", "xmlns:SOAP-ENV", nsSOAP).Open("SOAP-ENV:Body").Open("m:"+op.Name, "xmlns:m", nsWinRTC)
	if op.Name == OpAddGroup {
		w.Leaf("m:groupID", strconv.Itoa(op.Group.ID))
	}
	return append(dst, w.Close().Close().Close().Bytes()...)
}

// Person is one row of a directorySearch answer.
type Person struct {
	User                                              string // user@domain
	DisplayName, Title, Office, Phone, Company, Email string
	City, State, Country                              string
}

// AppendSearchResult writes the answer to a directorySearch; more says that the limit cut it short.
func AppendSearchResult(dst []byte, people []Person, more bool) []byte {
	var w xmldoc.Writer
	w.Open("SOAP-ENV:Envelope", "xmlns:SOAP-ENV", nsSOAP, "xmlns:m", nsWinRTC).Open("SOAP-ENV:Body")
	w.Open("m:directorySearch").Open("m:value").Attr("m:href", "#searchResult").Close()
	w.Leaf("m:moreAvailable", strconv.FormatBool(more)).Close()
	w.Open("m:Array", "m:id", "searchResult")
	for _, p := range people {
		w.Open("m:row", "m:uri", "sip:"+p.User, "m:displayName", p.DisplayName, "m:title", p.Title, "m:office", p.Office, "m:phone", p.Phone,
			"m:company", p.Company, "m:city", p.City, "m:state", p.State, "m:country", p.Country, "m:email", p.Email).Close()
	}
	return append(dst, w.Close().Close().Close().Bytes()...)
}
