package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"parley/internal/config"
	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/frontend/call"
	"parley/internal/frontend/contact"
	"parley/internal/frontend/im"
	"parley/internal/frontend/presence"
	"parley/internal/frontend/registrar"
	"parley/internal/log"
	"parley/internal/quality/ladder"
	"parley/internal/stack/relay"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/state"
)

// server is the object graph of a running server. Each part has a file with the step that opens it.
type server struct {
	file       string // the configuration's
	cfg        *config.Config
	log        *slog.Logger
	logControl *log.Control
	bus        event.Bus
	certs      certificates
	store      *state.Store
	identity   *identity
	registrar  *registrar.Registrar
	transport  *transport.Manager
	layer      *transaction.Layer
	frontend   *frontend.Server
	im         *im.Service
	relay      *relay.Relay
	ladder     *ladder.Recorder
	calls      *call.Service
	presence   *presence.Service
	quality    *quality // nil without an archive
	contacts   *contact.Service

	started time.Time
	ready   readyLine
	failed  chan error             // of a part that cannot go on
	reloads []func(*config.Config) // take over changed live keys
	stops   []func() error         // undo the steps, last one first
}

// Serve runs the server of a configuration file until ctx ends. The ready line goes to out, the log to logTo.
func Serve(ctx context.Context, file string, out, logTo io.Writer) error {
	if runtime.GOMAXPROCS(0) < 2 {
		// A loop that waits for datagrams may hold its processor for some milliseconds; on a machine with one, all else would wait for it.
		runtime.GOMAXPROCS(2)
	}
	cfg, err := load(file)
	if err != nil {
		return err
	}
	s := newServer(file, cfg, logTo)
	if err := s.open(ctx); err != nil {
		return errors.Join(err, s.stop())
	}
	return errors.Join(s.run(ctx, out), s.stop())
}

func newServer(file string, cfg *config.Config, logTo io.Writer) *server {
	s := &server{file: file, cfg: cfg, started: time.Now(), failed: make(chan error, 1)}
	s.log, s.logControl = log.New(logTo, log.Options(cfg.Log))
	return s
}

// load reads a configuration with the files that it names.
func load(file string) (*config.Config, error) {
	cfg, err := config.Load(file)
	if err != nil {
		return nil, err
	}
	if err := cfg.CheckFiles(time.Now()); err != nil {
		return nil, fmt.Errorf("configuration %s:\n%w", file, err)
	}
	return cfg, nil
}

// open brings the parts up, each after those that it needs. They stop the other way round.
func (s *server) open(ctx context.Context) error {
	for _, step := range []struct {
		what string
		open func(context.Context) error
	}{
		{"load the certificate", s.openCertificate},
		{"open the log of messages", s.openWireLog},
		{"open the state", s.openState},
		{"open the directory", s.openIdentity},
		{"open the registrar", s.openRegistrar},
		{"open signalling", s.openSignalling},
		{"open contacts", s.openContacts},
		{"open presence", s.openPresence},
		{"open messages", s.openMessages},
		{"open the quality archive", s.openQuality},
		{"open HEP", s.openHEP},
		{"open the ladders of calls", s.openLadder},
		{"open calls", s.openCalls},
		{"open the front end", s.openFrontend},
		{"open metrics", s.openMetrics},
		{"open the SIP listeners", s.openListeners},
		{"open the portal", s.openPortal},
		{"open the command line socket", s.openAdmin},
	} {
		began := time.Now()
		if err := step.open(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		s.log.Debug(step.what, "comp", "app", "dur_ms", time.Since(began).Milliseconds())
	}
	return nil
}

// run tells that the server is ready and waits for the end: of ctx, or of a part that must not end.
func (s *server) run(ctx context.Context, out io.Writer) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	if err := s.ready.write(out); err != nil {
		return err
	}
	s.log.Info("ready", "comp", "app", "version", Version(), "listeners", s.ready.String())
	for {
		select {
		case <-hup:
			s.reload()
		case err := <-s.failed:
			return err
		case <-ctx.Done():
			s.log.Info("stopping", "comp", "app")
			return nil
		}
	}
}

// onStop registers what undoes a step.
func (s *server) onStop(undo func() error) { s.stops = append(s.stops, undo) }

// task runs a part of the server until the stop; when it ends before, so does the server.
func (s *server) task(what string, run func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := run(ctx)
		if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
			return
		}
		select {
		case s.failed <- fmt.Errorf("%s ended: %w", what, err):
		default: // the first failure is the one that counts
		}
	}()
	s.onStop(func() error {
		cancel()
		<-done
		return nil
	})
}

// stop undoes the steps.
func (s *server) stop() error {
	var errs []error
	for i := len(s.stops) - 1; i >= 0; i-- {
		errs = append(errs, s.stops[i]())
	}
	s.stops = nil
	return errors.Join(errs...)
}
