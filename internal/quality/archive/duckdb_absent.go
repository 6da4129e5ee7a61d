//go:build !cgo

package archive

import (
	"context"
	"errors"
)

// openDuckDB says why there is no DuckDB in this program.
func openDuckDB(context.Context, Config) (engine, error) {
	return nil, errors.New(`this program was built without DuckDB (CGO_ENABLED=0): set the archive's engine to "clickhouse", or use the build with DuckDB`)
}
