package app

import (
	"context"
	"time"

	"parley/internal/quality/ladder"
	"parley/internal/state"
)

// ladderAge is how long what happened in a call is kept: it names people, so the shorter of two schedules counts.
func (s *server) ladderAge() time.Duration {
	days := s.cfg.Quality.KeepDetailDays
	if p := s.cfg.Quality.KeepPersonalDays; days == 0 || p != 0 && p < days {
		days = p
	}
	return time.Duration(days) * 24 * time.Hour
}

// openLadder records what happens in calls, for the portal. It comes before the calls, so that it stops after them.
func (s *server) openLadder(ctx context.Context) error {
	stream, err := state.OpenStream(ctx, s.store, "ladder", state.StreamOptions{MaxAge: s.ladderAge()})
	if err != nil {
		return err
	}
	s.ladder = ladder.New(ladder.Config{Events: &s.bus, Journal: stream, Log: s.log.With("comp", "ladder")})
	s.task("ladders of calls", s.ladder.Run)
	return nil
}
