package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"parley/internal/admin"
	"parley/internal/cli"
	"parley/internal/config"
	"parley/internal/quality/ingest"
	"parley/internal/state"
)

// importer takes quality data out of files, for the command line.
type importer struct {
	ingest *ingest.Service
	// done is how much of a file was taken in, by the hash of its content.
	done *state.Bucket[int64]
}

// importer is nil without an archive.
func (s *server) importer() admin.Quality {
	if s.quality == nil {
		return nil
	}
	return s.quality.importer
}

func openImporter(ctx context.Context, store *state.Store, service *ingest.Service) (*importer, error) {
	done, err := state.OpenBucket[int64](ctx, store, "quality-imports", state.BucketOptions{})
	if err != nil {
		return nil, err
	}
	return &importer{service, done}, nil
}

// Imported implements admin.Quality.
func (i *importer) Imported(_ context.Context, file string) (int64, error) {
	done, _, _ := i.done.Get(file)
	return done, nil
}

// Import implements admin.Quality.
func (i *importer) Import(ctx context.Context, b admin.ImportBatch) (admin.ImportResult, error) {
	var (
		mu     sync.Mutex
		result admin.ImportResult
		lost   error
		stored sync.WaitGroup
	)
	for _, r := range b.Records {
		stored.Add(1)
		i.ingest.Import(r.Format, r.Body, func(err error) {
			defer stored.Done()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				result.Accepted++
			case errors.Is(err, ingest.ErrUnusable):
				result.Refused = append(result.Refused, admin.ImportError{Line: r.Line, Text: err.Error()})
			default:
				lost = err
			}
		})
	}
	stored.Wait()
	if lost != nil {
		return result, fmt.Errorf("store records: %w", lost)
	}
	if b.File != "" {
		if _, err := i.done.Put(ctx, b.File, b.End); err != nil {
			return result, fmt.Errorf("note how much of the file is done: %w", err)
		}
	}
	return result, nil
}

// openArchive finds the archive of the running server.
func openArchive(ctx context.Context, c *config.Config) (cli.Quality, error) {
	client, err := admin.Dial(ctx, c.Store.Path)
	if err != nil {
		return nil, fmt.Errorf("%w: start it with parley serve", err)
	}
	return client, nil
}
