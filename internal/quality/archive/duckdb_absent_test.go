//go:build !cgo

package archive

import (
	"errors"
	"strings"
	"testing"
)

func TestBuildWithoutDuckDBNamesTheRemedy(t *testing.T) {
	_, err := Open(t.Context(), Config{Engine: EngineDuckDB})
	if !errors.Is(err, ErrNoDuckDB) || !strings.Contains(err.Error(), "clickhouse") {
		t.Fatalf("%v", err)
	}
}
