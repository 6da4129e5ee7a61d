// Package admin is the local way into a running server: a Unix socket in the data folder, over which the command line does what an administrator on
// the same machine may do. Who may open the folder may use it.
package admin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
)

// Socket is the socket's name in the data folder.
const Socket = "admin.sock"

// Errors of Users, which keep their identity across the socket.
var (
	ErrExists  = errors.New("the user exists already")
	ErrUnknown = errors.New("there is no such user")
)

// User is an account.
type User struct {
	Address       string `json:"address"` // user@domain
	Name          string `json:"name"`
	Administrator bool   `json:"administrator,omitempty"` // may use every page of the portal
	Home          string `json:"home,omitempty"`          // server that the devices are sent to, "" for this one
}

// Users is the local directory of users.
type Users interface {
	// Add makes a user; ErrExists.
	Add(ctx context.Context, u User, password string) error
	// List gives all users by address.
	List(ctx context.Context) ([]User, error)
	// Remove deletes a user and signs out the devices; ErrUnknown.
	Remove(ctx context.Context, address string) error
	// SetPassword replaces the password; ErrUnknown.
	SetPassword(ctx context.Context, address, password string) error
}

// longestPath is what fits into a socket address everywhere.
const longestPath = 100

// socketPath gives the socket of a data folder a path that fits into a socket address, whatever the length of the folder's: through the
// folder's file descriptor if need be. done releases it.
func socketPath(dir string) (path string, done func() error, err error) {
	path = filepath.Join(dir, Socket)
	if len(path) <= longestPath {
		return path, func() error { return nil }, nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return filepath.Join("/proc/self/fd", strconv.Itoa(int(f.Fd())), Socket), f.Close, nil
}
