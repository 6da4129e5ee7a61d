package msrtc

import (
	"fmt"
	"strconv"

	"parley/internal/wire/xmldoc"
)

// maxPublications bounds one request; the dialect's own clients send up to 20.
const maxPublications = 128

// Publication is one change of a category instance that an endpoint asks for.
type Publication struct {
	Category   string
	Instance   uint32
	Container  int
	Version    int // the one that the endpoint knows
	ExpireType string
	Expires    int  // seconds, for ExpireTime
	Withdraw   bool // expires="0"
	Body       *xmldoc.Node
}

// ParsePublish reads a category publish request: whose presence, and the changes in their order.
func ParsePublish(b []byte) (uri string, list []Publication, err error) {
	root, err := xmldoc.Parse(b, xmldoc.Limits{})
	if err != nil {
		return "", nil, fmt.Errorf("parse publish: %w", err)
	}
	set := root.Child("publications")
	if root.Name != "publish" || set == nil {
		return "", nil, fmt.Errorf("%w: no <publish><publications>", ErrDocument)
	}
	for n := range set.All("publication") {
		if len(list) == maxPublications {
			return "", nil, fmt.Errorf("%w: more than %d publications in one request", ErrDocument, maxPublications)
		}
		p, err := publicationOf(n)
		if err != nil {
			return "", nil, err
		}
		list = append(list, p)
	}
	return set.Attr("uri"), list, nil
}

func publicationOf(n *xmldoc.Node) (Publication, error) {
	p := Publication{Category: n.Attr("categoryName"), ExpireType: n.Attr("expireType")}
	if p.Category == "" {
		return p, fmt.Errorf("%w: publication without categoryName", ErrDocument)
	}
	var err error
	if p.Instance, err = instanceOf(n); err != nil {
		return p, err
	}
	if p.Container, err = number(n, "container", 0, 65535); err != nil {
		return p, err
	}
	if p.Version, err = number(n, "version", 0, 1<<31-1); err != nil {
		return p, err
	}
	if p.Expires, err = number(n, "expires", -1, 1<<31-1); err != nil {
		return p, err
	}
	p.Withdraw = p.Expires == 0
	switch p.ExpireType {
	case ExpireStatic, ExpireUser, ExpireEndpoint:
	case ExpireTime:
		if p.Expires < 0 {
			return p, fmt.Errorf("%w: %s publication with expireType time needs expires", ErrDocument, p.Category)
		}
	case "":
		p.ExpireType = ExpireStatic
	default:
		return p, fmt.Errorf("%w: expireType %q", ErrDocument, p.ExpireType)
	}
	if len(n.Children) > 0 {
		p.Body = n.Children[0]
	}
	return p, nil
}

// number reads a decimal attribute; absent stands for the given value.
func number(n *xmldoc.Node, name string, absent, most int) (int, error) {
	text := n.Attr(name)
	if text == "" {
		return absent, nil
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < 0 || v > most {
		return 0, fmt.Errorf("%w: %s=%q is not a number from 0 to %d", ErrDocument, name, text, most)
	}
	return v, nil
}

// AppendPublish writes a category publish request.
func AppendPublish(dst []byte, uri string, list []Publication) []byte {
	var w xmldoc.Writer
	w.Open("publish", "xmlns", nsRichPresence).Open("publications", "uri", uri)
	for _, p := range list {
		w.Open("publication", "categoryName", p.Category, "instance", strconv.FormatUint(uint64(p.Instance), 10),
			"container", strconv.Itoa(p.Container), "version", strconv.Itoa(p.Version), "expireType", p.ExpireType)
		if p.Withdraw {
			w.Attr("expires", "0")
		} else if p.ExpireType == ExpireTime {
			w.Attr("expires", strconv.Itoa(p.Expires))
		}
		if p.Body != nil {
			w.Node(p.Body, nsRichPresence)
		}
		w.Close()
	}
	return append(dst, w.Close().Close().Bytes()...)
}
