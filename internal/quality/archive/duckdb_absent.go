//go:build !cgo

package archive

import (
	"context"
	"errors"
)

// openDuckDB says why there is no DuckDB in this program.
func openDuckDB(context.Context, Config) (engine, error) {
	return nil, errors.New(`this program was built without DuckDB: set archive in the [quality] section to "clickhouse" or "off", or use the full build`)
}
