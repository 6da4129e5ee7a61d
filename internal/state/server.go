package state

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startTime bounds how long the embedded server may take to recover its streams.
const startTime = 60 * time.Second

// maxPayload is the largest message of the embedded server; an external one must allow it as well (1 MiB is NATS' default).
const maxPayload = 1 << 20

// startServer runs a JetStream server in this process, reachable through it only.
func startServer(cfg Config) (*server.Server, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName:             "parley",
		DontListen:             true,
		NoSigs:                 true,
		MaxPayload:             maxPayload,
		JetStream:              true,
		StoreDir:               filepath.Join(cfg.Dir, "state"),
		SyncAlways:             true,
		DisableJetStreamBanner: true,
		JetStreamMaxMemory:     1 << 40, // bounded by what the services put in; the disk by Config.Reserve
		JetStreamMaxStore:      1 << 50,
	})
	if err != nil {
		return nil, fmt.Errorf("set up embedded nats server: %w", err)
	}
	srv.SetLoggerV2(natsLog{cfg.Log.With("comp", "nats")}, cfg.Debug, false, false)
	srv.Start()
	if !srv.ReadyForConnections(startTime) || !srv.JetStreamEnabled() {
		srv.Shutdown()
		return nil, errors.New("start embedded nats server: JetStream did not come up; the log says why")
	}
	return srv, nil
}

// natsLog hands the NATS server's messages to slog. Its notices are of interest to a developer only.
type natsLog struct{ log *slog.Logger }

func (l natsLog) Noticef(format string, v ...any) { l.log.Debug(fmt.Sprintf(format, v...)) }
func (l natsLog) Warnf(format string, v ...any)   { l.log.Warn(fmt.Sprintf(format, v...)) }
func (l natsLog) Errorf(format string, v ...any)  { l.log.Error(fmt.Sprintf(format, v...)) }
func (l natsLog) Fatalf(format string, v ...any)  { l.log.Error(fmt.Sprintf(format, v...)) }
func (l natsLog) Debugf(format string, v ...any)  { l.log.Debug(fmt.Sprintf(format, v...)) }
func (l natsLog) Tracef(format string, v ...any)  { l.log.Debug(fmt.Sprintf(format, v...)) }
