package app

import (
	"context"
	"time"

	"parley/internal/frontend/im"
	"parley/internal/state"
)

// gatherMessages is how far apart the messages that keep coming are written: nobody notices it in a chat, and a busy
// server syncs its disk once for many.
const gatherMessages = 20 * time.Millisecond

// openMessages runs the message service on the stream that keeps its messages. Stopping, it ends its sessions while the
// transports still stand.
func (s *server) openMessages(ctx context.Context) error {
	stream, err := state.OpenStream(ctx, s.store, "messages", state.StreamOptions{Gather: gatherMessages, Around: s.transport.Batch})
	if err != nil {
		return err
	}
	s.im = im.New(im.Config{
		Sender: s.layer, Location: s.registrar, Exists: s.identity.exists, Store: stream, Events: &s.bus, Log: s.log.With("comp", "im"),
	})
	s.task("messages", s.im.Run)
	return nil
}
