package peers

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
)

// Address is the test address inside the network namespace: on a veth pair, since ICE stacks skip loopback.
const Address = "10.77.0.1"

const (
	envInside = "PARLEY_TEST_NAMESPACE" // set to "1" inside the namespace, to a reason when there can be none
	envBuild  = "PARLEY_TEST_BUILD"     // folder with the server built for this run
)

// namespaceScript brings the namespace up: loopback, a veth pair with Address, and a default route, without which
// linphone believes that it is offline.
const namespaceScript = `ip link set lo up &&
ip link add x0 type veth peer name x1 &&
ip addr add ` + Address + `/24 dev x0 &&
ip link set x0 up && ip link set x1 up &&
ip route add default via ` + Address + ` && exec "$@"`

// Main runs a package's tests inside a private network namespace; call it from TestMain and pass its result to
// os.Exit. It builds the server first, because the namespace has no way to a module proxy, and then executes the
// test binary again through unshare. Where no namespace can be made the tests run outside and those that need one
// say so.
func Main(m *testing.M) int {
	if os.Getenv(envInside) == "" {
		dir, err := buildServer()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		enterNamespace(dir)
	}
	code := m.Run()
	if dir := os.Getenv(envBuild); dir != "" {
		os.RemoveAll(dir)
	}
	return code
}

// enterNamespace replaces this process by itself inside a namespace; it returns only when there can be none.
func enterNamespace(build string) {
	os.Setenv(envBuild, build)
	self, err := os.Executable()
	if err != nil {
		os.Setenv(envInside, err.Error())
		return
	}
	unshare := []string{"unshare", "--net"}
	if os.Getuid() != 0 {
		unshare = append(unshare, "--user", "--map-root-user")
	}
	// The namespace is tried with a harmless command first: after exec there is no way back.
	path, err := exec.LookPath("unshare")
	if err == nil {
		var out []byte
		if out, err = exec.Command(path, append(unshare[1:], "sh", "-c", namespaceScript, "sh", "true")...).CombinedOutput(); err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
	}
	if err != nil {
		os.Setenv(envInside, err.Error())
		return
	}
	os.Setenv(envInside, "1")
	argv := append(unshare, "sh", "-c", namespaceScript, "sh", self)
	err = syscall.Exec(path, append(argv, os.Args[1:]...), os.Environ())
	os.Setenv(envInside, err.Error())
}

// NeedNamespace ends the test (skipped, or failed in CI) when it does not run inside the network namespace.
func NeedNamespace(t testing.TB) {
	t.Helper()
	switch why := os.Getenv(envInside); why {
	case "1":
	case "":
		t.Fatal("the package's TestMain does not call peers.Main")
	default:
		missing(t, "no network namespace: "+why)
	}
}

// Host is the address that peers and servers listen on: Address inside the namespace, loopback outside.
func Host() string {
	if os.Getenv(envInside) == "1" {
		return Address
	}
	return "127.0.0.1"
}

// The ports that freePort gives, each once in turn: the kernel gives none of them to those that ask for any, and no client has its
// media there.
const firstPort, lastPort = 10000, 19998

var portTurn atomic.Uint32

// freePort returns a port that is free for TCP and UDP, and whose successor is free too: for programs that cannot
// tell which port they got.
func freePort(t testing.TB) int {
	t.Helper()
	own := uint32(os.Getpid()) * 97 // outside of a namespace another package's tests look for ports as well
	for range 1000 {
		port := firstPort + 2*int((own+portTurn.Add(1))%((lastPort-firstPort)/2))
		if portFree("tcp", port) && portFree("udp", port) && portFree("tcp", port+1) && portFree("udp", port+1) {
			return port
		}
	}
	t.Fatal("find a free port: none in 1000 attempts")
	return 0
}

func portFree(network string, port int) bool {
	address := fmt.Sprintf("%s:%d", Host(), port)
	if network == "udp" {
		c, err := net.ListenPacket("udp", address)
		if err != nil {
			return false
		}
		c.Close()
		return true
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	l.Close()
	return true
}
