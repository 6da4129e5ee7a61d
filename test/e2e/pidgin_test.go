package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"

	"parley/test/peers"
)

// TestContactsWithDebiansLibxml2: the work-around that `parley local` hands out has a client show its contacts that takes every
// document for an empty one without it. The driver has its own work-around switched off here.
func TestContactsWithDebiansLibxml2(t *testing.T) {
	built := filepath.Join(t.TempDir(), "contacts.so")
	cc := exec.Command("cc", "-Wall", "-Werror", "-shared", "-fPIC", "-I/usr/include/libxml2", "-o", built, "../../internal/local/pidgin/contacts.c")
	if out, err := cc.CombinedOutput(); err != nil {
		t.Fatalf("build the work-around: %v\n%s", err, out)
	}
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	desk := s.Lync("alice", peers.LyncOptions{Hostname: "desk"})
	s.Lync("bob", peers.LyncOptions{})
	online := func(b peers.Buddy) bool { return b.Group == "Friends" && b.Online }
	desk.Do("add-buddy sip:bob@parley.test Friends")
	desk.WaitBuddy(soon, "sip:bob@parley.test", "added and online", online)
	lap := s.Lync("alice", peers.LyncOptions{Hostname: "lap", Env: []string{"DRIVER_NO_XMLFIX=1", "LD_PRELOAD=" + built}})
	lap.WaitBuddy(soon, "sip:bob@parley.test", "there and online", online)
}
