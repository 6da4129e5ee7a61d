package api

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"time"
)

// maxParameter is the longest query parameter that is read, in bytes.
const maxParameter = 1024

// optional reads the query parameter called name into dst and leaves dst nil when it is absent or empty.
func optional[T any](q url.Values, name string, dst **T) error {
	values := q[name]
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return nil
	}
	if len(values) > 1 {
		return fmt.Errorf("parameter %s: give it once, not %d times", name, len(values))
	}
	if len(values[0]) > maxParameter {
		return fmt.Errorf("parameter %s: longer than %d bytes", name, maxParameter)
	}
	v := new(T)
	if err := parse(values[0], v); err != nil {
		return fmt.Errorf("parameter %s: %w", name, err)
	}
	*dst = v
	return nil
}

func parse(raw string, dst any) error {
	switch d := dst.(type) {
	case *time.Time:
		t, err := time.Parse(time.RFC3339, raw)
		if err != nil {
			return fmt.Errorf("%q is not a time such as 2026-11-22T17:00:00Z", raw)
		}
		*d = t
		return nil
	case *int:
		n, err := strconv.Atoi(raw)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", raw)
		}
		*d = n
		return nil
	}
	v := reflect.ValueOf(dst).Elem()
	if v.Kind() != reflect.String {
		return fmt.Errorf("BUG: no reader for %s", v.Type())
	}
	v.SetString(raw)
	if e, ok := v.Interface().(interface{ Valid() bool }); ok && !e.Valid() {
		return fmt.Errorf("%q is not one of its values", raw)
	}
	return nil
}
