package mapping

import "time"

// View is a mapping that does not change.
type View struct{ index *index }

// Of is the mapping of some sets without a store: what an edit would give.
func Of(sets ...*Set) View { return View{build(sets, 1)} }

// Revision is always the same for one view.
func (v View) Revision() uint64 { return v.index.revision }

// Changes are the instants inside of a span at which a row begins or ends to
// hold, ascending.
func (v View) Changes(from, to time.Time) []time.Time {
	var all []time.Time
	for _, t := range v.index.changes {
		if t.After(from) && t.Before(to) {
			all = append(all, t)
		}
	}
	return all
}

// Attribute finds an attribute (building, network_name, ap, endpoint_make ...)
// of what a subnet, an address, a BSSID or an endpoint stood for at a time;
// empty for none.
func (v View) Attribute(attr string) func(text string, at time.Time) string {
	return v.index.attribute(attr)
}
