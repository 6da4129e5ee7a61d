package archive

import "context"

// Exec runs a statement, for tests that prepare an archive.
func Exec(ctx context.Context, a *Archive, sql string) error { return a.engine.exec(ctx, sql) }
