package admin

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// memory is a directory in memory.
type memory struct {
	mu        sync.Mutex
	users     []User
	passwords map[string]string
}

var errWeak = errors.New("the password is too short")

func (m *memory) find(address string) int {
	return slices.IndexFunc(m.users, func(u User) bool { return u.Address == address })
}

func (m *memory) Add(_ context.Context, u User, password string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.find(u.Address) >= 0 {
		return ErrExists
	}
	if len(password) < 3 {
		return errWeak
	}
	m.users, m.passwords[u.Address] = append(m.users, u), password
	return nil
}

func (m *memory) List(context.Context) ([]User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.users), nil
}

func (m *memory) Remove(_ context.Context, address string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.find(address)
	if i < 0 {
		return ErrUnknown
	}
	m.users = slices.Delete(m.users, i, i+1)
	return nil
}

func (m *memory) SetPassword(_ context.Context, address, password string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.find(address) < 0 {
		return ErrUnknown
	}
	m.passwords[address] = password
	return nil
}

// serve runs a server on a folder until the test ends.
func serve(t *testing.T, dir string, users Users) {
	t.Helper()
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, users, nil, tasks{}) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestUsersOverTheSocket(t *testing.T) {
	t.Parallel()
	// Longer than a socket address may be.
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 30))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	users := &memory{passwords: map[string]string{}}
	serve(t, dir, users)
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := t.Context()

	alice := User{Address: "alice@parley.test", Name: "Alice Ä", Administrator: true}
	odd := User{Address: "a/b?c#d%20@parley.test", Name: "Odd"}
	for _, u := range []User{alice, odd} {
		if err := c.Add(ctx, u, "secret"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Add(ctx, alice, "secret"); !errors.Is(err, ErrExists) {
		t.Errorf("second add: %v, want ErrExists", err)
	}
	if err := c.Add(ctx, User{Address: "x@parley.test"}, "x"); err == nil || err.Error() != errWeak.Error() {
		t.Errorf("add with a short password: %v, want the server's text", err)
	}
	if err := c.SetPassword(ctx, odd.Address, "other"); err != nil || users.passwords[odd.Address] != "other" {
		t.Errorf("set password: %v, it is %q", err, users.passwords[odd.Address])
	}
	if err := c.SetPassword(ctx, "nobody@parley.test", "x"); !errors.Is(err, ErrUnknown) {
		t.Errorf("password of nobody: %v, want ErrUnknown", err)
	}
	if err := c.Remove(ctx, odd.Address); err != nil {
		t.Error(err)
	}
	if err := c.Remove(ctx, odd.Address); !errors.Is(err, ErrUnknown) {
		t.Errorf("second remove: %v, want ErrUnknown", err)
	}
	list, err := c.List(ctx)
	if diff := cmp.Diff([]User{alice}, list); diff != "" || err != nil {
		t.Errorf("list: %v (-want +got):\n%s", err, diff)
	}
	info, err := os.Stat(filepath.Join(dir, Socket))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the socket: %v, %v", info.Mode(), err)
	}
}

func TestDialWithoutServer(t *testing.T) {
	t.Parallel()
	if _, err := Dial(t.Context(), t.TempDir()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Dial: %v, want ErrNotRunning", err)
	}
}

func TestListenReplacesTheSocketOfAKilledServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, Socket))
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	serve(t, dir, &memory{})
	if _, err := Dial(t.Context(), dir); err != nil {
		t.Error(err)
	}
}
