package app

import (
	"context"
	"time"

	"parley/internal/quality/ladder"
	"parley/internal/state"
)

// ladderAge is how long what happened in a call is kept.
const ladderAge = 90 * 24 * time.Hour

// openLadder records what happens in calls, for the portal. It comes before the calls, so that it stops after them.
func (s *server) openLadder(ctx context.Context) error {
	stream, err := state.OpenStream(ctx, s.store, "ladder", state.StreamOptions{MaxAge: ladderAge})
	if err != nil {
		return err
	}
	s.ladder = ladder.New(ladder.Config{Events: &s.bus, Journal: stream, Log: s.log.With("comp", "ladder")})
	s.task("ladders of calls", s.ladder.Run)
	return nil
}
