//go:build !cgo

package archivetest

import "testing"

// Fill skips the test: there is no DuckDB in this build.
func Fill(t testing.TB, _, _ string) {
	t.Helper()
	t.Skip("this build has no DuckDB")
}
