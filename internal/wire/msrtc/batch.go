package msrtc

import (
	"fmt"

	"parley/internal/wire/xmldoc"
)

// MaxResources bounds the users of one batched subscription; the dialect's clients allow 1,000 contacts.
const MaxResources = 2000

// BatchSub is a change of a batched presence subscription ([MS-PRES] section 2.2.2.5).
type BatchSub struct {
	URI         string // the watcher
	Subscribe   []Resource
	Unsubscribe []Resource
	Categories  []string
}

// Resource is one user of a batched subscription.
type Resource struct {
	URI     string
	Context bool // asks for the card although the user is subscribed already
}

// ParseBatchSub reads a batchSub document. It may hold several actions.
func ParseBatchSub(b []byte) (BatchSub, error) {
	root, err := xmldoc.Parse(b, xmldoc.Limits{})
	if err != nil {
		return BatchSub{}, fmt.Errorf("parse batch subscription: %w", err)
	}
	if root.Name != "batchSub" {
		return BatchSub{}, fmt.Errorf("%w: <%s> instead of <batchSub>", ErrDocument, root.Name)
	}
	batch := BatchSub{URI: root.Attr("uri")}
	count := 0
	for action := range root.All("action") {
		var into *[]Resource
		switch name := action.Attr("name"); name {
		case "subscribe":
			into = &batch.Subscribe
		case "unsubscribe":
			into = &batch.Unsubscribe
		default:
			return BatchSub{}, fmt.Errorf("%w: action %q", ErrDocument, name)
		}
		for n := range action.Child("adhocList").All("resource") {
			if count++; count > MaxResources {
				return BatchSub{}, fmt.Errorf("%w: more than %d resources", ErrDocument, MaxResources)
			}
			*into = append(*into, Resource{URI: n.Attr("uri"), Context: n.Child("context") != nil})
		}
		for n := range action.Child("categoryList").All("category") {
			batch.Categories = append(batch.Categories, n.Attr("name"))
		}
	}
	return batch, nil
}

// AppendBatchSub writes a batchSub document.
func AppendBatchSub(dst []byte, batch BatchSub) []byte {
	var w xmldoc.Writer
	w.Open("batchSub", "xmlns", nsBatch, "uri", batch.URI, "name", "")
	for _, a := range []struct {
		name, id string
		list     []Resource
	}{{"subscribe", "1", batch.Subscribe}, {"unsubscribe", "2", batch.Unsubscribe}} {
		if len(a.list) == 0 {
			continue
		}
		w.Open("action", "name", a.name, "id", a.id).Open("adhocList")
		for _, r := range a.list {
			w.Open("resource", "uri", r.URI)
			if r.Context {
				w.Open("context").Close()
			}
			w.Close()
		}
		w.Close().Open("categoryList", "xmlns", nsCategoryList)
		for _, c := range batch.Categories {
			w.Open("category", "name", c).Close()
		}
		w.Close().Close()
	}
	return append(dst, w.Close().Bytes()...)
}
