package app

import (
	"context"

	"parley/internal/frontend/im"
	"parley/internal/state"
)

// openMessages runs the message service on the stream that keeps its messages. Stopping, it ends its sessions while the
// transports still stand.
func (s *server) openMessages(ctx context.Context) error {
	stream, err := state.OpenStream(ctx, s.store, "messages", state.StreamOptions{})
	if err != nil {
		return err
	}
	s.im = im.New(im.Config{
		Sender: s.layer, Location: s.registrar, Exists: s.identity.exists, Store: stream, Events: &s.bus, Log: s.log.With("comp", "im"),
	})
	s.task("messages", s.im.Run)
	return nil
}
