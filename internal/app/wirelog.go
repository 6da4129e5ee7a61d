package app

import (
	"context"

	"parley/internal/config"
	"parley/internal/event"
	"parley/internal/log"
)

// wireQueue is how many SIP messages may wait to be logged. A log that is too slow loses some; it does not slow down the server.
const wireQueue = 1024

// openWireLog logs SIP messages while [log] wire asks for it. A reload switches it on and off.
func (s *server) openWireLog(context.Context) error {
	var stop func()
	follow := func(c *config.Config) {
		if on := c.Log.Wire != "off"; on == (stop != nil) {
			return
		}
		if stop != nil {
			stop()
			stop = nil
			return
		}
		sub := s.bus.Subscribe("log", wireQueue, event.KindSIPMessage)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			sub.Run(ctx, s.logMessage)
		}()
		stop = func() {
			cancel()
			<-done
		}
	}
	follow(s.cfg)
	s.reloads = append(s.reloads, follow)
	s.onStop(func() error {
		if stop != nil {
			stop()
		}
		return nil
	})
	return nil
}

func (s *server) logMessage(r event.Record) {
	m, ok := r.Event.(event.SIPMessage)
	if !ok {
		return
	}
	full := s.logControl.Wire() == "full"
	s.log.Debug("sip", "comp", "wire", "dir", m.Direction.String(), "proto", m.Proto, "flow", m.Flow, "peer", m.Remote, "msg", log.Message(m.Raw, full))
}
