package app

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"parley/internal/admin"
	"parley/internal/cli"
	"parley/internal/config"
	"parley/internal/quality/archive"
	"parley/internal/quality/classify"
	"parley/internal/quality/upkeep"
	"parley/internal/state"
)

// archiveConfig is the quality archive of a configuration.
func archiveConfig(c *config.Config) archive.Config {
	cfg := archive.Config{Engine: c.Quality.Archive, URL: c.Quality.ClickHouseURL}
	if cfg.Engine == archive.EngineDuckDB {
		cfg.Path = filepath.Join(c.Store.Path, "quality.duckdb")
	}
	return cfg
}

// upkeepOf is the work on an archive.
func upkeepOf(c *config.Config, a *archive.Archive, classifiers *classify.Store) *upkeep.Upkeep {
	q := &c.Quality
	return &upkeep.Upkeep{
		Archive: a, Classifiers: classifiers, Now: time.Now,
		Policy: archive.Policy{Months: q.KeepMonths, DetailDays: q.KeepDetailDays, PersonalDays: q.KeepPersonalDays},
	}
}

// tasks is nil without an archive.
func (s *server) tasks() admin.Tasks {
	if s.quality == nil {
		return nil
	}
	return s.quality.upkeep
}

// closingUpkeep is an archive that was opened for one task.
type closingUpkeep struct {
	*upkeep.Upkeep
	store *state.Store
}

// Close closes the archive, and lets go of the data folder.
func (c *closingUpkeep) Close() error { return errors.Join(c.Archive.Close(), c.store.Close()) }

// openUpkeep finds the archive in the running server, or in the data folder when none runs.
func openUpkeep(ctx context.Context, c *config.Config) (cli.Upkeep, error) {
	if client, err := admin.Dial(ctx, c.Store.Path); err == nil {
		return client, nil
	}
	if c.Quality.Archive == "off" {
		return nil, errors.New(`there is no archive: archive in the [quality] section is "off"`)
	}
	store, err := state.Open(ctx, stateConfig(c)) // locks the folder
	if err != nil {
		return nil, err
	}
	classifiers, err := classify.OpenStore(ctx, store)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	a, err := archive.Open(ctx, archiveConfig(c))
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &closingUpkeep{upkeepOf(c, a, classifiers), store}, nil
}
