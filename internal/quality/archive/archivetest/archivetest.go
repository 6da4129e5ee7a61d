// Package archivetest opens archives for tests: on DuckDB in memory, and on a
// ClickHouse server that the test starts on loopback and stops at its end.
package archivetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"parley/internal/quality/archive"
)

// Engines runs a test on every engine that this machine has. ClickHouse is left
// out in short mode and where its server is not installed.
func Engines(t *testing.T, test func(t *testing.T, cfg archive.Config)) {
	t.Run(archive.EngineDuckDB, func(t *testing.T) {
		Open(t, archive.Config{Engine: archive.EngineDuckDB}) // skips in the build without it
		test(t, archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(t.TempDir(), "quality.duckdb"), Threads: 2})
	})
	t.Run(archive.EngineClickHouse, func(t *testing.T) {
		test(t, ClickHouse(t))
	})
}

// Open opens an archive that closes at the end of the test.
func Open(t testing.TB, cfg archive.Config) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.Context(), cfg)
	if errors.Is(err, archive.ErrNoDuckDB) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// ClickHouse starts a server with an empty folder and returns how to reach it.
func ClickHouse(t testing.TB) archive.Config {
	t.Helper()
	if testing.Short() {
		t.Skip("short: ClickHouse is not started")
	}
	program, err := exec.LookPath("clickhouse-server")
	if err != nil {
		t.Skip("clickhouse-server is not installed (Debian package clickhouse-server)")
	}
	dir := t.TempDir()
	httpPort, tcpPort, serverPort := freePort(t), freePort(t), freePort(t)
	write(t, filepath.Join(dir, "config.xml"), fmt.Sprintf(configXML, filepath.Join(dir, "server.log"), filepath.Join(dir, "error.log"),
		httpPort, tcpPort, serverPort, dir+"/data/", dir+"/tmp/", filepath.Join(dir, "users.xml")))
	write(t, filepath.Join(dir, "users.xml"), usersXML)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--config-file="+filepath.Join(dir, "config.xml"))
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("start ClickHouse: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // killed by the context
	})
	cfg := archive.Config{Engine: archive.EngineClickHouse, URL: fmt.Sprintf("http://127.0.0.1:%d", httpPort), Database: "parley_test"}
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		if res, err := http.Get(cfg.URL + "/ping"); err == nil {
			_ = res.Body.Close()
			return cfg
		}
		select {
		case <-deadline.C:
			log, _ := os.ReadFile(filepath.Join(dir, "error.log")) // only to explain the failure
			t.Fatalf("ClickHouse does not answer:\n%s", log)
		case <-poll.C:
		}
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

const configXML = `<?xml version="1.0"?>
<yandex>
  <logger><level>warning</level><log>%s</log><errorlog>%s</errorlog></logger>
  <http_port>%d</http_port><tcp_port>%d</tcp_port><interserver_http_port>%d</interserver_http_port>
  <listen_host>127.0.0.1</listen_host>
  <path>%s</path><tmp_path>%s</tmp_path>
  <users_config>%s</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
  <mark_cache_size>67108864</mark_cache_size>
</yandex>
`

const usersXML = `<?xml version="1.0"?>
<yandex>
  <profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles>
  <users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
  <quotas><default></default></quotas>
</yandex>
`
