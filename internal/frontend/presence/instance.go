package presence

import (
	"cmp"
	"time"

	"parley/internal/wire/msrtc"
	"parley/internal/wire/xmldoc"
)

// instanceKey names a category instance of a user.
type instanceKey struct {
	category  string
	id        uint32
	container int
}

func compareKeys(a, b instanceKey) int {
	return cmp.Or(cmp.Compare(a.container, b.container), cmp.Compare(a.category, b.category), cmp.Compare(a.id, b.id))
}

// instance is what was published under a key.
type instance struct {
	version    int
	expireType string
	endpoint   string // key of the device that published it
	published  time.Time
	until      time.Time // of ExpireTime
	body       *xmldoc.Node
}

func (k instanceKey) wire(in *instance) msrtc.Category {
	return msrtc.Category{Name: k.category, Instance: k.id, PublishTime: in.published, Container: k.container, Version: in.version, ExpireType: in.expireType, EndpointID: in.endpoint, Body: in.body}
}
