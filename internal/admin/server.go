package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	maxRequest = 64 << 10 // bytes
	callTime   = 30 * time.Second
)

// Listen opens the socket of a data folder, which the caller has locked: a socket that is there is one that a killed server left.
func Listen(dir string) (net.Listener, error) {
	if err := os.Remove(filepath.Join(dir, Socket)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove old admin socket: %w", err)
	}
	path, done, err := socketPath(dir)
	if err != nil {
		return nil, fmt.Errorf("open admin socket: %w", err)
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("open admin socket: %w", err)
	}
	l.SetUnlinkOnClose(false) // the path may lead elsewhere by then
	// The folder is closed to others as well; this is for one that somebody opened.
	if err := os.Chmod(filepath.Join(dir, Socket), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect admin socket: %w", err), l.Close())
	}
	return l, nil
}

// Serve answers calls until ctx ends. It closes l. quality and tasks are nil in a server without an archive.
func Serve(ctx context.Context, l net.Listener, users Users, quality Quality, tasks Tasks) error {
	srv := &http.Server{Handler: handler(users, quality, tasks), ReadHeaderTimeout: callTime, ReadTimeout: callTime, WriteTimeout: 2 * callTime}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		stopped <- srv.Shutdown(end)
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve admin socket: %w", err)
	}
	return <-stopped
}

func handler(users Users, quality Quality, tasks Tasks) http.Handler {
	mux := http.NewServeMux()
	handleQuality(mux, quality)
	handleTasks(mux, tasks)
	mux.HandleFunc("GET /users", func(w http.ResponseWriter, r *http.Request) {
		list, err := users.List(r.Context())
		answer(w, list, err)
	})
	mux.HandleFunc("POST /users", func(w http.ResponseWriter, r *http.Request) {
		var body newUser
		if err := decode(w, r, maxRequest, &body); err != nil {
			answer(w, nil, err)
			return
		}
		answer(w, struct{}{}, users.Add(r.Context(), body.User, body.Password))
	})
	mux.HandleFunc("DELETE /users/{address}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, struct{}{}, users.Remove(r.Context(), r.PathValue("address")))
	})
	mux.HandleFunc("PUT /users/{address}/password", func(w http.ResponseWriter, r *http.Request) {
		var body newPassword
		if err := decode(w, r, maxRequest, &body); err != nil {
			answer(w, nil, err)
			return
		}
		answer(w, struct{}{}, users.SetPassword(r.Context(), r.PathValue("address"), body.Password))
	})
	return mux
}

type newUser struct {
	User
	Password string `json:"password"`
}

type newPassword struct {
	Password string `json:"password"`
}

// problem is the answer to a call that failed.
type problem struct {
	Error string `json:"error"`
}

func decode(w http.ResponseWriter, r *http.Request, most int64, body any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	d.DisallowUnknownFields()
	if err := d.Decode(body); err != nil {
		return fmt.Errorf("read call: %w", err)
	}
	return nil
}

func answer(w http.ResponseWriter, result any, err error) {
	status := http.StatusOK
	if err != nil {
		result = problem{err.Error()}
		switch {
		case errors.Is(err, ErrExists):
			status = http.StatusConflict
		case errors.Is(err, ErrUnknown):
			status = http.StatusNotFound
		default:
			status = http.StatusUnprocessableEntity
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A caller that went away does not want the answer any more.
	_ = json.NewEncoder(w).Encode(result)
}
