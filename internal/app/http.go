package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// stopTime is how long open requests may take at the stop.
const stopTime = 5 * time.Second

// serveHTTP opens a listener for each address of a configuration key and answers there with h; tlsConfig nil means without TLS.
func (s *server) serveHTTP(key string, addrs []string, h http.Handler, tlsConfig *tls.Config) error {
	for _, addr := range addrs {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return fmt.Errorf("listen.%s: %w", key, err)
		}
		s.ready.add(key, l.Addr())
		srv := &http.Server{
			Handler: h, TLSConfig: tlsConfig,
			ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
			MaxHeaderBytes: 64 << 10,
			ErrorLog:       slog.NewLogLogger(s.log.With("comp", key).Handler(), slog.LevelDebug),
		}
		s.task("listener "+key, func(ctx context.Context) error { return serveUntil(ctx, srv, l) })
	}
	return nil
}

// serveUntil serves until ctx ends and then lets open requests finish.
func serveUntil(ctx context.Context, srv *http.Server, l net.Listener) error {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		if srv.Shutdown(end) != nil {
			srv.Close() // long polls and event streams
		}
	}()
	var err error
	if srv.TLSConfig != nil {
		err = srv.ServeTLS(l, "", "")
	} else {
		err = srv.Serve(l)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-stopped
	return nil
}
