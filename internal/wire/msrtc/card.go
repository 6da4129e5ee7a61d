package msrtc

import "parley/internal/wire/xmldoc"

// ContactCard is the content of a contactCard category: who somebody is.
type ContactCard struct {
	DisplayName string
	Email       string
	Company     string
	Department  string
	Title       string
	Office      string
	Phones      []Phone
}

// Phone is one number of a contact card.
type Phone struct {
	Type    string // work, mobile, home, other
	URI     string // tel:+...
	Display string
}

// Node is the card as an element.
func (c ContactCard) Node() *xmldoc.Node {
	root := &xmldoc.Node{Space: nsContactCard, Name: "contactCard"}
	identity := &xmldoc.Node{Space: nsContactCard, Name: "identity"}
	if c.DisplayName != "" {
		identity.Children = append(identity.Children, &xmldoc.Node{Space: nsContactCard, Name: "name",
			Children: []*xmldoc.Node{textNode(nsContactCard, "displayName", c.DisplayName)}})
	}
	if c.Email != "" {
		identity.Children = append(identity.Children, textNode(nsContactCard, "email", c.Email))
	}
	root.Children = append(root.Children, identity)
	for _, e := range []struct{ name, text string }{{"company", c.Company}, {"department", c.Department}, {"title", c.Title}, {"office", c.Office}} {
		if e.text != "" {
			root.Children = append(root.Children, textNode(nsContactCard, e.name, e.text))
		}
	}
	for _, p := range c.Phones {
		phone := &xmldoc.Node{Space: nsContactCard, Name: "phone", Attrs: []xmldoc.Attr{{Name: "type", Value: p.Type}},
			Children: []*xmldoc.Node{textNode(nsContactCard, "uri", p.URI)}}
		if p.Display != "" {
			phone.Children = append(phone.Children, textNode(nsContactCard, "displayString", p.Display))
		}
		root.Children = append(root.Children, phone)
	}
	return root
}

// ContactCardOf reads a contactCard element.
func ContactCardOf(n *xmldoc.Node) ContactCard {
	c := ContactCard{
		DisplayName: n.Path("identity", "name", "displayName").Value(),
		Email:       n.Path("identity", "email").Value(),
		Company:     n.Child("company").Value(),
		Department:  n.Child("department").Value(),
		Title:       n.Child("title").Value(),
		Office:      n.Child("office").Value(),
	}
	for p := range n.All("phone") {
		c.Phones = append(c.Phones, Phone{Type: p.Attr("type"), URI: p.Child("uri").Value(), Display: p.Child("displayString").Value()})
	}
	return c
}
