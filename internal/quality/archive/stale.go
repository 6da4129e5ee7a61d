package archive

import (
	"context"
	"errors"
	"fmt"
)

// ErrNoRollUps says that an engine keeps no roll-ups beside the archive.
var ErrNoRollUps = errors.New("this archive engine keeps no roll-ups")

// StaleHours is the table of hours (since 1970, UTC) whose streams changed
// since roll-ups of them were made; an hour may be there several times. Write
// adds to it in the transaction that stores the cursor, so that a batch that
// was cut off, which is done again, is marked as well. Only DuckDB has it.
const StaleHours = "stale_hours"

// hourMillis is an hour in the unit of the archive's times.
const hourMillis = 3_600_000

// Transact runs statements in one transaction on the main file: what is made
// from the archive and kept beside it.
func (a *Archive) Transact(ctx context.Context, statements ...string) error {
	if err := a.engine.transact(ctx, statements); err != nil {
		return fmt.Errorf("change what is kept beside the quality archive: %w", err)
	}
	return nil
}

func (c *click) transact(context.Context, []string) error { return ErrNoRollUps }
