package archive

import (
	"context"
	"fmt"
	"time"
)

// Policy is how long what is kept.
type Policy struct {
	// Months is how many whole months of streams and ratings are kept besides the
	// present one; 0 keeps them for ever.
	Months int
	// DetailDays is how long calls, their legs and what each source measured are
	// kept; 0 keeps them as long as streams.
	DetailDays int
	// PersonalDays is how long it is kept who and where it was; 0 is for ever. Of
	// streams it goes by month, when the month's last day is so old.
	PersonalDays int
}

// Retained tells what Retain did.
type Retained struct {
	Dropped []int32 // months
	Expired
}

// Retain applies a policy.
func (a *Archive) Retain(ctx context.Context, p Policy, now time.Time) (Retained, error) {
	var done Retained
	if p.Months > 0 {
		oldest := Month(monthStart(Month(now)).AddDate(0, -p.Months, 0))
		months, err := a.Months(ctx)
		if err != nil {
			return done, err
		}
		for _, m := range months {
			if m.Month >= oldest {
				continue
			}
			if err := a.DropMonth(ctx, m.Month); err != nil {
				return done, err
			}
			done.Dropped = append(done.Dropped, m.Month)
		}
		if err := a.forgetBefore(ctx, monthStart(oldest), "ratings"); err != nil {
			return done, err
		}
		if p.DetailDays == 0 {
			if err := a.forgetBefore(ctx, monthStart(oldest), "measurements", "calls"); err != nil {
				return done, err
			}
		}
	}
	if p.DetailDays > 0 {
		if err := a.forgetBefore(ctx, now.AddDate(0, 0, -p.DetailDays), "measurements", "calls"); err != nil {
			return done, err
		}
	}
	if p.PersonalDays > 0 {
		var err error
		if done.Expired, err = a.ExpirePersonal(ctx, now.AddDate(0, 0, -p.PersonalDays)); err != nil {
			return done, err
		}
	}
	return done, nil
}

// forgetBefore removes the rows of tables that are older than a time; legs go
// with their calls.
func (a *Archive) forgetBefore(ctx context.Context, before time.Time, tables ...string) error {
	a.writing.Lock()
	defer a.writing.Unlock()
	e := a.engine
	for _, t := range tables {
		old := fmt.Sprintf("received < %d", before.UnixMilli())
		if t == "calls" {
			old = fmt.Sprintf("started < %d", before.UnixMilli())
			if err := e.remove(ctx, "legs", "call_key IN (SELECT call_key FROM "+e.from("calls")+" WHERE "+old+")"); err != nil {
				return fmt.Errorf("remove old legs from the quality archive: %w", err)
			}
		}
		if err := e.remove(ctx, t, old); err != nil {
			return fmt.Errorf("remove old %s from the quality archive: %w", t, err)
		}
	}
	return nil
}
