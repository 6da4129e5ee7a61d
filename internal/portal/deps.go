package portal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/internal/portal/api"
	"parley/internal/quality/ladder"
	"parley/internal/quality/report"
)

// PasswordChecker says whether a password is a user's own.
type PasswordChecker interface {
	// CheckPassword takes the name as the user typed it: alice, alice@domain or DOMAIN\alice. Its error is
	// ErrWrongPassword for an unknown user too, or a *LockedError, or any other when it could not find out.
	CheckPassword(ctx context.Context, user, password string) (Account, error)
}

// Accounts tells what is known of a user.
type Accounts interface {
	// Account finds a user by address (user@domain). Its error is ErrNoAccount for one that does not exist or may not
	// sign in any more.
	Account(ctx context.Context, user string) (Account, error)
}

// Account is a user who may sign in.
type Account struct {
	User          string // user@domain
	DisplayName   string
	Administrator bool
}

// ErrWrongPassword means that the user does not exist or the password is another.
var ErrWrongPassword = errors.New("wrong user name or password")

// ErrNoAccount means that there is no such user.
var ErrNoAccount = errors.New("no such user")

// LockedError means that too many wrong passwords were tried and how long no other is taken.
type LockedError struct{ For time.Duration }

// Error implements error.
func (e *LockedError) Error() string {
	return fmt.Sprintf("locked for %s after wrong passwords", e.For.Round(time.Second))
}

// Quality answers from the archive of quality reports.
type Quality interface {
	Overview(ctx context.Context, r report.Range) (report.Overview, error)
	Calls(ctx context.Context, f report.CallFilter) (report.CallPage, error)
	// Call's error wraps report.ErrNoCall for an unknown id.
	Call(ctx context.Context, id string) (report.Call, error)
}

// CallRecord tells what the server itself did during a call.
type CallRecord interface {
	// Call finds a call by the id that the archive gives it; ok is false when nothing was recorded.
	Call(ctx context.Context, id string) (record ladder.Record, ok bool, err error)
}

// People lists the users who are signed in at present, with every endpoint's address.
type People interface {
	People(ctx context.Context) ([]api.Person, error)
}

// Health describes this node.
type Health interface {
	Health(ctx context.Context) (api.Health, error)
}
