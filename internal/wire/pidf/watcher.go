package pidf

import (
	"strconv"

	"parley/internal/wire/xmldoc"
)

// Watcher statuses (RFC 3857 section 4.7.1).
const (
	WatcherActive     = "active"
	WatcherPending    = "pending"
	WatcherTerminated = "terminated"
)

// Watcher is one subscription to a resource.
type Watcher struct {
	ID          string // stable for the subscription
	URI         string
	DisplayName string
	Status      string
	Event       string // what led to the status: subscribe, approved, timeout, rejected, ...
	Expires     int    // seconds left; 0 when not known
}

// AppendWatcherInfo writes a watcherinfo document (RFC 3858) about the subscriptions to a resource's event package.
func AppendWatcherInfo(dst []byte, version int, full bool, resource, event string, watchers []Watcher) []byte {
	state := "partial"
	if full {
		state = "full"
	}
	var w xmldoc.Writer
	w.Raw(xmldoc.Declaration).Open("watcherinfo", "xmlns", nsWatcherInfo, "version", strconv.Itoa(version), "state", state)
	w.Open("watcher-list", "resource", resource, "package", event)
	for _, x := range watchers {
		w.Open("watcher", "status", x.Status, "id", x.ID, "event", x.Event).OptAttr("display-name", x.DisplayName)
		if x.Expires > 0 {
			w.Attr("expiration", strconv.Itoa(x.Expires))
		}
		w.Text(x.URI).Close()
	}
	return append(dst, w.Close().Close().Bytes()...)
}
