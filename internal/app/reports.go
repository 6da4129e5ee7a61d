package app

import (
	"context"

	"parley/internal/quality/permission"
	"parley/internal/quality/repository"
	"parley/internal/state"
)

// openReports opens the tree of reports and who may do what with it.
func (s *server) openReports(ctx context.Context) (*repository.Repository, *permission.Service, error) {
	items, err := state.OpenBucket[repository.Item](ctx, s.store, "reports", state.BucketOptions{})
	if err != nil {
		return nil, nil, err
	}
	history, err := state.OpenBucket[repository.Item](ctx, s.store, "report-history", state.BucketOptions{})
	if err != nil {
		return nil, nil, err
	}
	grants, err := state.OpenBucket[permission.Grant](ctx, s.store, "permissions", state.BucketOptions{})
	if err != nil {
		return nil, nil, err
	}
	reports, err := repository.New(repository.Config{Items: items, History: history})
	if err != nil {
		return nil, nil, err
	}
	return reports, permission.New(grants), nil
}
