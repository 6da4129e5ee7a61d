package msrtc

import (
	"fmt"
	"strconv"

	"parley/internal/wire/xmldoc"
)

// Fault codes.
const FaultWrongDelta = "Client.BadCall.WrongDelta"

// Conflict names an operation of a refused request and the version it should have had.
type Conflict struct {
	Index   int // from 1, in the order of the request
	Version int // the one in the request
	Current int
}

// AppendFault writes the body of a 409 answer. The order of the attributes is that of [MS-PRES] section 2.2.2.2.3.
func AppendFault(dst []byte, code string, conflicts []Conflict) []byte {
	var w xmldoc.Writer
	w.Open("Fault").Leaf("Faultcode", code).Open("details")
	for _, c := range conflicts {
		w.Open("operation", "index", strconv.Itoa(c.Index), "version", strconv.Itoa(c.Version), "curVersion", strconv.Itoa(c.Current)).Close()
	}
	return append(dst, w.Close().Close().Bytes()...)
}

// ParseFault reads what AppendFault writes.
func ParseFault(b []byte) (code string, conflicts []Conflict, err error) {
	root, err := xmldoc.Parse(b, xmldoc.Limits{})
	if err != nil {
		return "", nil, fmt.Errorf("parse fault: %w", err)
	}
	for n := range root.Child("details").All("operation") {
		var c Conflict
		if c.Index, err = number(n, "index", 0, 1<<31-1); err != nil {
			return "", nil, err
		}
		if c.Version, err = number(n, "version", 0, 1<<31-1); err != nil {
			return "", nil, err
		}
		if c.Current, err = number(n, "curVersion", 0, 1<<31-1); err != nil {
			return "", nil, err
		}
		conflicts = append(conflicts, c)
	}
	return root.Child("Faultcode").Value(), conflicts, nil
}
