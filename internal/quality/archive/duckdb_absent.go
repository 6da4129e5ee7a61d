//go:build !cgo

package archive

import "context"

// openDuckDB says why there is no DuckDB in this program.
func openDuckDB(context.Context, Config) (engine, error) { return nil, ErrNoDuckDB }
