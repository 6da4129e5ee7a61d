package directory

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"parley/internal/state"
)

// Table is a bucket of the state store; *state.Bucket[T] is one.
type Table[T any] interface {
	Get(key string) (value T, rev uint64, ok bool)
	Put(ctx context.Context, key string, value T) (rev uint64, err error)
	Update(ctx context.Context, key string, value T, rev uint64) (uint64, error)
	Delete(ctx context.Context, key string) error
	Each(yield func(key string, value T) bool)
}

// Secret is a user's sealed credentials.
type Secret struct {
	Sealed
	Realm string `json:"realm"` // Digest realm that the hashes were made for
}

// Local is the directory in local state: users, and the credentials of all users who have a password here.
type Local struct {
	users   Table[User]
	secrets Table[Secret]
	key     *Key
	keep    atomic.Pointer[Keep]
}

// OpenLocal checks that the stored credentials can be opened with this key.
func OpenLocal(users Table[User], secrets Table[Secret], key *Key, keep Keep) (*Local, error) {
	foreign, sealed := 0, ""
	secrets.Each(func(_ string, s Secret) bool {
		if s.KeyID != key.ID {
			foreign, sealed = foreign+1, s.KeyID
		}
		return true
	})
	if foreign > 0 {
		return nil, fmt.Errorf("%w: the passwords of %d users need key %s, but the key file has %s: put the old key file back, or remove those users' passwords",
			ErrWrongKey, foreign, sealed, key.ID)
	}
	l := &Local{users: users, secrets: secrets, key: key}
	l.Keep(keep)
	return l, nil
}

// Keep changes what is stored of passwords from now on, as when a scheme is enabled.
func (l *Local) Keep(keep Keep) { l.keep.Store(&keep) }

// Get finds a user by AOR.
func (l *Local) Get(aor string) (User, bool) {
	u, _, ok := l.users.Get(aor)
	return u, ok
}

// Each calls yield for every user, in no order, until it returns false. yield must not change the directory.
func (l *Local) Each(yield func(User) bool) {
	l.users.Each(func(_ string, u User) bool { return yield(u) })
}

// Add creates a user, ErrUserExists if there is one.
func (l *Local) Add(ctx context.Context, u User) error {
	if err := u.check(); err != nil {
		return fmt.Errorf("add user: %w", err)
	}
	if _, err := l.users.Update(ctx, u.AOR, u, 0); err != nil {
		if errors.Is(err, state.ErrConflict) {
			err = ErrUserExists
		}
		return fmt.Errorf("add user %s: %w", u.AOR, err)
	}
	return nil
}

// Change edits a user's record. edit may be called again when somebody else changed the record meanwhile; it must not
// change the AOR.
func (l *Local) Change(ctx context.Context, aor string, edit func(*User)) error {
	for {
		u, rev, ok := l.users.Get(aor)
		if !ok {
			return fmt.Errorf("change user %s: %w", aor, ErrUnknownUser)
		}
		u.Phones = append([]Phone(nil), u.Phones...)
		edit(&u)
		if u.AOR != aor {
			return fmt.Errorf("change user %s: %w: an address cannot be changed", aor, ErrInvalidUser)
		}
		if err := u.check(); err != nil {
			return fmt.Errorf("change user %s: %w", aor, err)
		}
		_, err := l.users.Update(ctx, aor, u, rev)
		if err == nil {
			return nil
		}
		if !errors.Is(err, state.ErrConflict) || ctx.Err() != nil {
			return fmt.Errorf("change user %s: %w", aor, err)
		}
	}
}

// Remove deletes a user's password and then the user.
func (l *Local) Remove(ctx context.Context, aor string) error {
	if _, _, ok := l.users.Get(aor); !ok {
		return fmt.Errorf("remove user %s: %w", aor, ErrUnknownUser)
	}
	if err := l.secrets.Delete(ctx, aor); err != nil {
		return fmt.Errorf("remove user %s: %w", aor, err)
	}
	if err := l.users.Delete(ctx, aor); err != nil {
		return fmt.Errorf("remove user %s: %w", aor, err)
	}
	return nil
}

// SetPassword stores what the enabled schemes need of a password. The user may live here or in LDAP.
func (l *Local) SetPassword(ctx context.Context, aor, password string) error {
	keep := l.keep.Load()
	c, err := keep.Derive(aor, password)
	if err != nil {
		return fmt.Errorf("set password of %s: %w", aor, err)
	}
	secret := Secret{Sealed: l.key.seal(aor, c.append(nil)), Realm: keep.Realm}
	if _, err := l.secrets.Put(ctx, aor, secret); err != nil {
		return fmt.Errorf("set password of %s: %w", aor, err)
	}
	return nil
}

// ClearPassword removes a user's credentials.
func (l *Local) ClearPassword(ctx context.Context, aor string) error {
	if err := l.secrets.Delete(ctx, aor); err != nil {
		return fmt.Errorf("clear password of %s: %w", aor, err)
	}
	return nil
}

// Credentials returns what is stored of a user's password, ok false for none. Digest hashes that were made for another realm
// are left out.
func (l *Local) Credentials(aor string) (c Credentials, ok bool) {
	secret, _, found := l.secrets.Get(aor)
	if !found {
		return Credentials{}, false
	}
	var room [160]byte
	raw, err := l.key.open(room[:0], aor, &secret.Sealed)
	if err != nil || c.read(raw) != nil {
		return Credentials{}, false
	}
	if secret.Realm != l.keep.Load().Realm {
		c.HasSHA256, c.HasMD5 = false, false
	}
	return c, true
}

// checkPassword says whether a password is the user's own. It takes the same time for users without one.
func (l *Local) checkPassword(aor, password string) bool {
	secret, _, _ := l.secrets.Get(aor)
	var c Credentials
	var room [160]byte
	if raw, err := l.key.open(room[:0], aor, &secret.Sealed); err != nil || c.read(raw) != nil {
		c = Credentials{HasSHA256: true} // a hash that no password has
	}
	return c.matches(aor, secret.Realm, password)
}
