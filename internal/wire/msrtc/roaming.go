package msrtc

import (
	"fmt"
	"strconv"

	"parley/internal/wire/xmldoc"
)

// RoamingData is what a user's own endpoints learn about the user's presence; a nil part is left out.
type RoamingData struct {
	URI         string
	Categories  []Category
	Containers  []Container
	Subscribers []Subscriber

	WithCategories, WithContainers, WithSubscribers bool // write the part even when it is empty
}

// Subscriber is somebody who watches the user.
type Subscriber struct {
	User         string // user@domain, without a scheme
	DisplayName  string
	Acknowledged bool
	Type         string // sameEnterprise, federated, publicCloud, unknown
}

// AppendRoamingData writes a roamingData document.
func AppendRoamingData(dst []byte, d RoamingData) []byte {
	var w xmldoc.Writer
	w.Open("roamingData", "xmlns", nsRoamingSelf)
	if d.WithCategories || len(d.Categories) > 0 {
		writeCategories(&w, d.URI, d.Categories, true)
	}
	if d.WithContainers || len(d.Containers) > 0 {
		writeContainers(&w, d.Containers)
	}
	if d.WithSubscribers || len(d.Subscribers) > 0 {
		w.Open("subscribers", "xmlns", nsSubscribers)
		for _, s := range d.Subscribers {
			w.Open("subscriber", "user", s.User, "displayName", s.DisplayName, "acknowledged", strconv.FormatBool(s.Acknowledged)).OptAttr("type", s.Type).Close()
		}
		w.Close()
	}
	return append(dst, w.Close().Bytes()...)
}

// RoamingParts says which parts of roamingData a subscription asks for.
type RoamingParts struct {
	Categories, Containers, Subscribers bool
}

// ParseRoamingList reads the body of a roaming-self subscription.
func ParseRoamingList(b []byte) (RoamingParts, error) {
	root, err := xmldoc.Parse(b, xmldoc.Limits{})
	if err != nil {
		return RoamingParts{}, fmt.Errorf("parse roaming list: %w", err)
	}
	if root.Name != "roamingList" {
		return RoamingParts{}, fmt.Errorf("%w: <%s> instead of <roamingList>", ErrDocument, root.Name)
	}
	var parts RoamingParts
	for n := range root.All("roaming") {
		switch n.Attr("type") {
		case "categories":
			parts.Categories = true
		case "containers":
			parts.Containers = true
		case "subscribers":
			parts.Subscribers = true
		}
	}
	return parts, nil
}

// ParseSetSubscribers reads whom a user acknowledges as subscriber.
func ParseSetSubscribers(b []byte) ([]Subscriber, error) {
	root, err := xmldoc.Parse(b, xmldoc.Limits{})
	if err != nil {
		return nil, fmt.Errorf("parse setSubscribers: %w", err)
	}
	if root.Name != "setSubscribers" {
		return nil, fmt.Errorf("%w: <%s> instead of <setSubscribers>", ErrDocument, root.Name)
	}
	var list []Subscriber
	for n := range root.All("subscriber") {
		list = append(list, Subscriber{User: n.Attr("user"), Acknowledged: xmlBool(n.Attr("acknowledged"))})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: setSubscribers names no subscriber", ErrDocument)
	}
	return list, nil
}
