package upkeep

import (
	"context"
	"log/slog"
	"time"
)

// retainEvery is how often the policy is applied; after a failure sooner.
const (
	retainEvery = 24 * time.Hour
	retryEvery  = 10 * time.Minute
)

// Daily applies the policy at the start and each day until ctx ends.
func (u *Upkeep) Daily(ctx context.Context, log *slog.Logger) error {
	for {
		wait := retainEvery
		done, err := u.Archive.Retain(ctx, u.Policy, u.Now())
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			wait = retryEvery
			log.Error("cannot apply the retention policy to the quality archive; trying again", "err", err, "wait", wait.String())
		case len(done.Dropped)+len(done.Months)+done.Texts > 0:
			log.Info("applied the retention policy to the quality archive", "dropped", done.Dropped, "anonymous", done.Months, "texts", done.Texts)
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}
