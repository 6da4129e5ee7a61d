package archive

// Merge brings what another party says of the end into it. What is there stays,
// unless the other knows better.
func (e *End) Merge(from *End, better bool) {
	for _, c := range mergeColumns {
		dst, src := c.ref(e), c.ref(from)
		switch d := dst.(type) {
		case *string:
			take(d, *src.(*string), better)
		case *int32:
			take(d, *src.(*int32), better)
		case *int64:
			take(d, *src.(*int64), better)
		case *Tri:
			take(d, *src.(*Tri), better)
		case *bool:
			take(d, *src.(*bool), better)
		}
	}
}

// mergeColumns are the fields of an End; never changed.
var mergeColumns = endColumns()

func take[T comparable](dst *T, v T, better bool) {
	var none T
	if v != none && (better || *dst == none) {
		*dst = v
	}
}
