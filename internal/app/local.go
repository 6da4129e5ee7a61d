package app

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"parley/internal/admin"
	"parley/internal/config"
	"parley/internal/frontend/contact"
	"parley/internal/local"
	"parley/internal/log"
	"parley/internal/probe"
	"parley/internal/state"
)

// probeTalk is the length of the probe's calls: enough for the relay to have measured what it reports.
const probeTalk = 15 * time.Second

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

	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := Serve(serving, setup.Config, w, logFile)
		w.CloseWithError(err)
		ended <- err
	}()
	ready, err := readReady(r)
	if err == nil {
		err = setup.WriteClients(ready)
	}
	if err == nil {
		_, err = io.WriteString(out, setup.Guide(ready))
	}
	probeLog, _ := log.New(logFile, log.Options{Level: "info"})
	var p *probe.Probe
	if err == nil {
		p, err = newProbe(setup, ready["sip-tls"], probeTalk, probeLog)
	}
	if err != nil {
		stop()
		return errors.Join(<-ended, err)
	}
	probing, endProbe := context.WithCancel(context.Background())
	probed := make(chan struct{})
	go func() {
		defer close(probed)
		p.Run(probing)
	}()
	// The probe signs out while the server is still there.
	select {
	case <-ctx.Done():
		endProbe()
		<-probed
		stop()
		return <-ended
	case err := <-ended:
		endProbe()
		<-probed
		return err
	}
}

// newProbe calls and writes between the two probe users through the running server.
func newProbe(setup *local.Setup, server string, talk time.Duration, logger *slog.Logger) (*probe.Probe, error) {
	ca, err := os.ReadFile(setup.CA)
	if err != nil {
		return nil, fmt.Errorf("read certificate authority: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	var accounts []probe.Account
	for _, u := range setup.Users {
		if u.Probe {
			accounts = append(accounts, probe.Account{Address: u.Address, Password: u.Password})
		}
	}
	if len(accounts) != 2 {
		return nil, fmt.Errorf("%s has %d probe users instead of two: remove it to have it made again", setup.Dir, len(accounts))
	}
	return probe.New(probe.Config{
		Server: local.Reachable(server), Name: "sip." + local.Domain, Roots: roots, Caller: accounts[0], Callee: accounts[1],
		Talk: talk, Log: logger,
	})
}

// addSamples adds the sample users that the data folder does not have, each with the other people as contacts.
func addSamples(ctx context.Context, setup *local.Setup) (err error) {
	cfg, err := config.Load(setup.Config)
	if err != nil {
		return err
	}
	store, err := state.Open(ctx, stateConfig(cfg))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	directory, err := openLocal(ctx, store, cfg)
	if err != nil {
		return err
	}
	lists, err := openContactLists(ctx, store)
	if err != nil {
		return err
	}
	edit := &users{local: directory}
	for _, u := range setup.Users {
		err := edit.Add(ctx, admin.User{Address: u.Address, Name: u.Name, Administrator: u.Administrator}, u.Password)
		if errors.Is(err, admin.ErrExists) {
			continue
		}
		if err != nil {
			return fmt.Errorf("add %s: %w", u.Address, err)
		}
		if _, err := lists.Put(ctx, u.Address, contact.Starting(setup.Contacts(u)...)); err != nil {
			return fmt.Errorf("add contacts of %s: %w", u.Address, err)
		}
	}
	return nil
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
