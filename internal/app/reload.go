package app

import (
	"strings"

	"parley/internal/config"
	"parley/internal/log"
)

// reload reads the configuration again and takes over what changed. A file with an error, or with a change that needs a restart, changes nothing.
func (s *server) reload() {
	l := s.log.With("comp", "app")
	cfg, err := load(s.file)
	if err != nil {
		l.Error("not reloaded, the configuration has errors", "err", err)
		return
	}
	changed, restart := config.Diff(s.cfg, cfg)
	if len(restart) > 0 {
		l.Error("not reloaded, these keys need a restart of the server", "keys", strings.Join(restart, " "))
		return
	}
	s.cfg = cfg
	s.logControl.Set(log.Options(cfg.Log))
	// Even with the same keys: a renewed certificate is another file of the same name.
	for _, take := range s.reloads {
		take(cfg)
	}
	l.Info("reloaded", "changed", strings.Join(changed, " "))
}
