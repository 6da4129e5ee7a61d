package archive

import "context"

// Exec runs a statement, for tests that prepare an archive.
func Exec(ctx context.Context, a *Archive, sql string) error { return a.engine.exec(ctx, sql) }

// MonthTable is where the streams of a month are.
func MonthTable(a *Archive, month int32) string {
	if m, ok := a.engine.(interface{ tableOfMonth(int32) string }); ok {
		return m.tableOfMonth(month)
	}
	return "streams"
}
