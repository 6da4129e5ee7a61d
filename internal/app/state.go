package app

import (
	"context"

	"parley/internal/config"
	"parley/internal/state"
)

func (s *server) openState(ctx context.Context) error {
	cfg := stateConfig(s.cfg)
	cfg.Log = s.log
	store, err := state.Open(ctx, cfg)
	if err != nil {
		return err
	}
	s.store = store
	s.onStop(store.Close)
	return nil
}

func stateConfig(c *config.Config) state.Config {
	return state.Config{
		Dir: c.Store.Path, URL: c.Store.NATSURL, CredentialsFile: c.Store.NATSCredentials, Replicas: c.Store.NATSReplicas,
		Debug: c.Store.NATSDebug,
	}
}
