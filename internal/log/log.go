// Package log sets up the structured log: its format and level, which may change while the server runs, and the redaction that every line goes
// through. Secrets are blacked out here, at the one place that all lines pass, so that a careless call cannot leak them.
//
// Attribute names are the same everywhere: comp (part of the server), call, dlg, user, peer, diag (diagnostic number), dur_ms, err.
package log

import (
	"io"
	"log/slog"
	"sync/atomic"
)

// Options are the [log] section of the configuration.
type Options struct {
	Level  string // debug, info, warn or error
	Format string // text or json
	Wire   string // off, headers or full
}

// Control changes a running log.
type Control struct {
	level slog.LevelVar
	wire  atomic.Pointer[string]
}

// New makes the log. Options that are none of the listed values count as "info", "text" and "off".
func New(w io.Writer, o Options) (*slog.Logger, *Control) {
	c := &Control{}
	c.Set(o)
	handlerOptions := &slog.HandlerOptions{Level: &c.level}
	var h slog.Handler = slog.NewTextHandler(w, handlerOptions)
	if o.Format == "json" {
		h = slog.NewJSONHandler(w, handlerOptions)
	}
	return slog.New(redactor{h}), c
}

// Set takes over level and wire; the format stays.
func (c *Control) Set(o Options) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.Level)); err != nil {
		level = slog.LevelInfo
	}
	c.level.Set(level)
	c.wire.Store(&o.Wire)
}

// Wire tells how much of SIP messages is logged now: off, headers or full.
func (c *Control) Wire() string { return *c.wire.Load() }
