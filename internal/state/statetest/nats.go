package statetest

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// NATS starts a NATS server with JetStream on loopback, as an external one that several nodes share, and returns its
// URL. It stops with the test.
func NATS(t testing.TB) (url string) {
	t.Helper()
	srv, err := server.NewServer(&server.Options{
		ServerName: "shared", Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(30 * time.Second) {
		t.Fatal("the NATS server does not come up")
	}
	return srv.ClientURL()
}
