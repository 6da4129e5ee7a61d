// Package state keeps the server's live state on NATS JetStream: typed key-value buckets that are watched into local maps, and
// streams of records. The JetStream server runs inside the process unless the configuration names an external one.
//
// What is durable is on disk, synced, before a write returns.
package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Errors that callers tell apart. They are wrapped with what was being done.
var (
	// ErrLocked: another process works on the same data folder.
	ErrLocked = errors.New("the data folder is in use by another process")
	// ErrDiskFull: less free space than Config.Reserve is left. Writes work again as soon as there is more.
	ErrDiskFull = errors.New("the disk is full")
	// ErrFailed: a write to the disk failed. What it left is only known after a restart, so nothing is written until then.
	ErrFailed = errors.New("a write to the disk failed, the server must be restarted")
	// ErrConflict: the entry was changed since the revision that an update is based on.
	ErrConflict = errors.New("changed by somebody else")
	// ErrOverloaded: more is waiting to be written than may wait.
	ErrOverloaded = errors.New("too much is waiting to be written")
	// ErrClosed: the store is closed.
	ErrClosed = errors.New("the store is closed")
)

// DefaultReserve is the free disk space in bytes below which durable writes are refused: JetStream does not survive a disk that is
// really full without a restart, so it must not come to that.
const DefaultReserve = 32 << 20

// Config says where the state lives.
type Config struct {
	// Dir is the data folder. It is created when missing, and locked against a second process.
	Dir string
	// URL of an external NATS server or cluster; empty runs one in the process that listens nowhere.
	URL string
	// CredentialsFile is a NATS credentials file for URL, or empty.
	CredentialsFile string
	// Replicas is how many servers of an external cluster keep each bucket and stream; 0 means 1.
	Replicas int
	// Reserve in bytes; 0 means DefaultReserve. It guards the embedded server's disk only.
	Reserve int64
	// Log receives the embedded server's messages; nil discards them.
	Log *slog.Logger
	// Debug adds those that only its own developers need. They are so many that they bury the others.
	Debug bool
}

// Store is an open state.
type Store struct {
	cfg    Config
	lock   *os.File
	server *server.Server // nil with an external one
	conn   *nats.Conn
	js     jetstream.JetStream

	ctx  context.Context // ends with Close
	stop context.CancelFunc

	failure atomic.Pointer[error] // an ErrFailed, once it happened

	mu      sync.Mutex
	closers []io.Closer // buckets and streams
	closed  bool
}

// Open locks the data folder, starts the embedded server or connects to the external one, and returns when it is ready. A second process on
// the same folder gets ErrLocked.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Reserve == 0 {
		cfg.Reserve = DefaultReserve
	}
	cfg.Replicas = max(cfg.Replicas, 1)

	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, lock: lock}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context) error {
	opts := []nats.Option{nats.Name("parley"), nats.MaxReconnects(-1)}
	url := s.cfg.URL
	if url == "" {
		srv, err := startServer(s.cfg)
		if err != nil {
			return err
		}
		s.server = srv
		opts = append(opts, nats.InProcessServer(srv))
	}
	if s.cfg.CredentialsFile != "" {
		opts = append(opts, nats.UserCredentials(s.cfg.CredentialsFile))
	}
	conn, err := nats.Connect(url, opts...)
	if err != nil {
		return fmt.Errorf("connect to nats: %w", err)
	}
	s.conn = conn
	if s.js, err = jetstream.New(conn); err != nil {
		return fmt.Errorf("set up jetstream: %w", err)
	}
	return s.Check(ctx)
}

// Check reports whether durable writes are possible now: the JetStream server answers and the disk has room.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := s.js.AccountInfo(ctx); err != nil {
		return fmt.Errorf("ask jetstream for its account: %w", err)
	}
	if err := s.explain(context.DeadlineExceeded); errors.Is(err, ErrFailed) {
		return err
	}
	return s.writable()
}

// writable is the error of a durable write that must not be tried.
func (s *Store) writable() error {
	if s.server == nil {
		return nil
	}
	if failure := s.failure.Load(); failure != nil {
		return *failure
	}
	free, err := freeBytes(s.cfg.Dir)
	if err != nil {
		return err
	}
	if free < s.cfg.Reserve {
		return fmt.Errorf("%w: %d MiB are free in %s, %d MiB are kept in reserve; free some space or move [store] path",
			ErrDiskFull, free>>20, s.cfg.Dir, s.cfg.Reserve>>20)
	}
	return nil
}

// explain turns a write that the embedded server left without an answer into ErrFailed if that is why: JetStream does not answer a write that the disk
// refused.
func (s *Store) explain(err error) error {
	if s.server == nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	health := s.server.Healthz(nil)
	if health.Status == "ok" {
		return err
	}
	failure := fmt.Errorf("%w: %s", ErrFailed, health.Error)
	s.failure.CompareAndSwap(nil, &failure)
	return failure
}

// owns registers what Close has to close.
func (s *Store) owns(c io.Closer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.closers = append(s.closers, c)
	return nil
}

// Close writes what is waiting, closes every bucket and stream, stops the embedded server and unlocks the folder. A second Close does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	closers, again := s.closers, s.closed
	s.closed, s.closers = true, nil
	s.mu.Unlock()
	if again {
		return nil
	}
	var errs []error
	for i := len(closers) - 1; i >= 0; i-- {
		errs = append(errs, closers[i].Close())
	}
	s.stop()
	if s.conn != nil {
		s.conn.Close()
	}
	if s.server != nil {
		s.server.Shutdown()
		s.server.WaitForShutdown()
	}
	return errors.Join(append(errs, s.lock.Close())...)
}
