package msrtc

import (
	"fmt"
	"strconv"
	"time"

	"parley/internal/wire/xmldoc"
)

// Names of the categories that the server itself reads or writes; others are carried as they are.
const (
	CategoryState        = "state"
	CategoryNote         = "note"
	CategoryCalendarData = "calendarData"
	CategoryContactCard  = "contactCard"
	CategoryServices     = "services"
	CategoryRouting      = "routing"
	CategoryDevice       = "device"
)

// Lifetimes of a publication ([MS-PRES] section 2.2.2.2.1).
const (
	ExpireStatic   = "static"   // until it is withdrawn
	ExpireUser     = "user"     // while any endpoint of the user is registered
	ExpireEndpoint = "endpoint" // while the publishing endpoint is registered
	ExpireTime     = "time"     // for a number of seconds
)

// Category is one category instance: a piece of a user's presence in one container.
type Category struct {
	Name        string
	Instance    uint32
	PublishTime time.Time
	Body        *xmldoc.Node // the element inside; nil says that the instance has no content

	// What only its owner sees.
	Container  int
	Version    int
	ExpireType string
	EndpointID string
}

// AppendCategories writes what a watcher sees of a user.
func AppendCategories(dst []byte, uri string, list []Category) []byte {
	var w xmldoc.Writer
	writeCategories(&w, uri, list, false)
	return append(dst, w.Bytes()...)
}

func writeCategories(w *xmldoc.Writer, uri string, list []Category, owner bool) {
	w.Open("categories", "xmlns", nsCategories, "uri", uri)
	for _, c := range list {
		w.Open("category", "name", c.Name, "instance", strconv.FormatUint(uint64(c.Instance), 10))
		w.OptAttr("publishTime", formatTime(c.PublishTime))
		if owner {
			w.Attr("container", strconv.Itoa(c.Container))
			w.Attr("version", strconv.Itoa(c.Version))
			w.OptAttr("expireType", c.ExpireType)
			w.OptAttr("endpointId", c.EndpointID)
		}
		if c.Body != nil {
			w.Node(c.Body, nsCategories)
		}
		w.Close()
	}
	w.Close()
}

// ParseCategories reads what AppendCategories or a roamingData's categories hold.
func ParseCategories(b []byte) (uri string, list []Category, err error) {
	root, err := xmldoc.Parse(b, xmldoc.Limits{})
	if err != nil {
		return "", nil, fmt.Errorf("parse categories: %w", err)
	}
	if root.Name == "roamingData" {
		root = root.Child("categories")
	}
	if root == nil || root.Name != "categories" {
		return "", nil, fmt.Errorf("%w: no <categories>", ErrDocument)
	}
	for n := range root.All("category") {
		c := Category{Name: n.Attr("name"), PublishTime: parseTime(n.Attr("publishTime")), ExpireType: n.Attr("expireType"), EndpointID: n.Attr("endpointId")}
		if c.Instance, err = instanceOf(n); err != nil {
			return "", nil, err
		}
		c.Container, _ = strconv.Atoi(n.Attr("container"))
		c.Version, _ = strconv.Atoi(n.Attr("version"))
		if len(n.Children) > 0 {
			c.Body = n.Children[0]
		}
		list = append(list, c)
	}
	return root.Attr("uri"), list, nil
}

func instanceOf(n *xmldoc.Node) (uint32, error) {
	v := n.Attr("instance")
	if v == "" {
		return 0, nil
	}
	i, err := strconv.ParseUint(v, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: category instance %q is no 32-bit number", ErrDocument, v)
	}
	return uint32(i), nil
}
