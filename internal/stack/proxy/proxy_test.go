package proxy

import "testing"

// RFC 3261 section 16.7 step 6, and what tells a caller more.
func TestBestResponse(t *testing.T) {
	t.Parallel()
	order := [][]int{{603, 600}, {302}, {401, 407, 415, 420, 484}, {486, 404, 403}, {480, 408, 487}, {500, 503}}
	for i, class := range order {
		for _, a := range class {
			for _, below := range order[i+1:] {
				for _, b := range below {
					if !better(a, b) || better(b, a) {
						t.Errorf("%d must be preferred to %d", a, b)
					}
				}
			}
		}
	}
}
