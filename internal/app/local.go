package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"parley/internal/admin"
	"parley/internal/config"
	"parley/internal/local"
)

// Local prepares a server in a folder, runs it until ctx ends, and tells on out how to use it.
func Local(ctx context.Context, dir string, out io.Writer) error {
	setup, err := local.Prepare(dir)
	if err != nil {
		return err
	}
	if err := addSamples(ctx, setup); err != nil {
		return err
	}
	logFile, err := os.OpenFile(setup.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	defer logFile.Close()

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := Serve(ctx, setup.Config, w, logFile)
		w.CloseWithError(err)
		ended <- err
	}()
	ready, err := readReady(r)
	if err == nil {
		_, err = io.WriteString(out, setup.Guide(ready))
	}
	if err != nil {
		stop()
		return errors.Join(<-ended, err)
	}
	return <-ended
}

// addSamples adds the sample users that the data folder does not have.
func addSamples(ctx context.Context, setup *local.Setup) error {
	cfg, err := config.Load(setup.Config)
	if err != nil {
		return err
	}
	users, err := openUsers(ctx, cfg)
	if err != nil {
		return err
	}
	for _, u := range setup.Users {
		err := users.Add(ctx, admin.User{Address: u.Address, Name: u.Name, Administrator: u.Administrator}, u.Password)
		if err != nil && !errors.Is(err, admin.ErrExists) {
			return errors.Join(fmt.Errorf("add %s: %w", u.Address, err), users.Close())
		}
	}
	return users.Close()
}

// readReady reads the ready line; its error is why the server did not come up.
func readReady(r io.Reader) (map[string]string, error) {
	line, err := bufio.NewReader(r).ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	var ready struct{ Ready map[string]string }
	if err := json.Unmarshal(line, &ready); err != nil {
		return nil, fmt.Errorf("read ready line: %w", err)
	}
	return ready.Ready, nil
}
