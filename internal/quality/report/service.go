package report

import "errors"

// ErrNoCall says that the archive has no call of that ID: it never existed, or
// its month has been dropped.
var ErrNoCall = errors.New("no such call in the archive")

// ErrBadQuery is wrapped by errors about the question itself: an unknown
// verdict, a range that ends before it begins, a cursor that no page gave.
var ErrBadQuery = errors.New("bad query")
