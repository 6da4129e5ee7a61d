package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"parley/internal/admin"
	"parley/internal/cli"
	"parley/internal/config"
	"parley/internal/frontend/directory"
	"parley/internal/state"
)

// users is the local directory as the command line edits it.
type users struct {
	local   *directory.Local
	known   func(account string) bool // whether anybody has this address
	removed func(account string)      // may be nil
	close   func() error
}

// openUsers opens the directory of users: in the running server, or in the data folder when none runs.
func openUsers(ctx context.Context, c *config.Config) (cli.Users, error) {
	client, err := admin.Dial(ctx, c.Store.Path)
	if err == nil {
		return client, nil
	}
	store, err := state.Open(ctx, stateConfig(c))
	if err != nil {
		return nil, err
	}
	local, err := openLocal(ctx, store, c)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	known := func(account string) bool {
		_, ok := local.Get(account)
		return ok || c.Directory.Type == "ldap" // whom the stopped server would have to ask
	}
	return &users{local: local, known: known, close: store.Close}, nil
}

func (u *users) Close() error {
	if u.close == nil {
		return nil
	}
	return u.close()
}

func (u *users) Add(ctx context.Context, added admin.User, password string) error {
	err := u.local.Add(ctx, directory.User{
		AOR: added.Address, DisplayName: added.Name, Enabled: true, Administrator: added.Administrator, Home: added.Home,
	})
	if errors.Is(err, directory.ErrUserExists) {
		return admin.ErrExists
	}
	if err != nil {
		return err
	}
	if err := u.local.SetPassword(ctx, added.Address, password); err != nil {
		// A user without a password could not sign in, and adding again would be refused.
		return errors.Join(err, u.local.Remove(ctx, added.Address))
	}
	return nil
}

func (u *users) List(context.Context) ([]admin.User, error) {
	var all []admin.User
	u.local.Each(func(d directory.User) bool {
		all = append(all, admin.User{Address: d.AOR, Name: d.Name(), Administrator: d.Administrator, Home: d.Home})
		return true
	})
	slices.SortFunc(all, func(a, b admin.User) int { return cmp.Compare(a.Address, b.Address) })
	return all, nil
}

func (u *users) Remove(ctx context.Context, address string) error {
	err := u.local.Remove(ctx, address)
	if errors.Is(err, directory.ErrUnknownUser) {
		return admin.ErrUnknown
	}
	if err == nil && u.removed != nil {
		u.removed(address)
	}
	return err
}

func (u *users) SetPassword(ctx context.Context, address, password string) error {
	if !u.known(address) {
		return admin.ErrUnknown
	}
	return u.local.SetPassword(ctx, address, password)
}

// openAdmin serves the command line on the socket in the data folder.
func (s *server) openAdmin(context.Context) error {
	l, err := admin.Listen(s.cfg.Store.Path)
	if err != nil {
		return err
	}
	edit := &users{
		local:   s.identity.local,
		known:   func(account string) bool { _, ok := s.identity.directory.Lookup(account); return ok },
		removed: func(account string) { s.signOut(account, "rejected") },
	}
	s.task("command line socket", func(ctx context.Context) error { return admin.Serve(ctx, l, edit, s.importer(), s.tasks()) })
	return nil
}

// signOut removes a user's devices and tells those of the Lync dialect why: "unregistered", "rejected" or "deactivated".
func (s *server) signOut(account, why string) {
	gone := s.registrar.Remove(account, "", "administrator")
	s.log.Info("signed a user out", "comp", "app", "user", account, "devices", len(gone), "why", why)
	for i := range gone {
		s.frontend.Deregister(&gone[i], why)
	}
}
