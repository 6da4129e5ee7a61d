package e2e

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"parley/test/peers"
)

// TestFileBetweenLyncClients sends a file between two Lync-dialect clients. The server passes its session on unchanged: the
// clients connect to each other.
func TestFileBetweenLyncClients(t *testing.T) {
	peers.NeedNamespace(t)
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	to := t.TempDir()
	alice := s.Lync("alice", peers.LyncOptions{})
	s.Lync("bob", peers.LyncOptions{Args: []string{"--accept-files", to}})
	content := make([]byte, 200_000)
	rand.Read(content)
	file := filepath.Join(t.TempDir(), "report.bin")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	alice.Do("send-file sip:bob@parley.test %s", file)
	peers.Eventually(t, peers.Patience, "bob has the whole file", func() bool {
		got, err := os.ReadFile(filepath.Join(to, "report.bin"))
		return err == nil && bytes.Equal(got, content)
	})
}
