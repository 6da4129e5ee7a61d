// Package kdctest runs a Kerberos key distribution centre of MIT's for the length of a test.
package kdctest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Realm is the realm that every test centre serves.
const Realm = "PARLEY.TEST"

// KDC is a running centre on loopback.
type KDC struct {
	Addr   string // host:port, UDP and TCP
	Config string // path of a krb5.conf for clients
	dir    string
}

// Start creates a realm in a temporary folder and serves it until the test ends. It skips the test where Debian's
// krb5-kdc and krb5-admin-server are not installed.
func Start(t testing.TB) *KDC {
	t.Helper()
	for _, tool := range []string{"krb5kdc", "kdb5_util", "kadmin.local"} {
		if _, err := exec.LookPath("/usr/sbin/" + tool); err != nil {
			t.Skipf("needs Debian's krb5-kdc and krb5-admin-server: %v", err)
		}
	}
	k := &KDC{Addr: freePort(t), dir: t.TempDir()}
	k.Config = k.write(t, "krb5.conf", fmt.Sprintf(`[libdefaults]
 default_realm = %[1]s
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 %[1]s = {
  kdc = %[2]s
 }
[domain_realm]
 .parley.test = %[1]s
 parley.test = %[1]s
`, Realm, k.Addr))
	k.write(t, "kdc.conf", fmt.Sprintf(`[kdcdefaults]
 kdc_listen = %[2]s
 kdc_tcp_listen = %[2]s
[realms]
 %[1]s = {
  database_name = %[3]s/principal
  key_stash_file = %[3]s/stash
  acl_file = %[3]s/acl
  supported_enctypes = aes256-cts:normal aes128-cts:normal aes256-sha2:normal
 }
[logging]
 kdc = FILE:%[3]s/kdc.log
`, Realm, k.Addr, k.dir))
	k.run(t, "kdb5_util", "create", "-s", "-r", Realm, "-P", "master")
	k.serve(t)
	return k
}

// AddUser creates a principal with a password.
func (k *KDC) AddUser(t testing.TB, name, password string) {
	t.Helper()
	k.run(t, "kadmin.local", "-q", "addprinc -pw "+password+" "+name)
}

// Keytab creates the service principals and returns the path of a file with their keys.
func (k *KDC) Keytab(t testing.TB, principals ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keytab")
	for _, p := range principals {
		k.run(t, "kadmin.local", "-q", "addprinc -randkey "+p)
		k.run(t, "kadmin.local", "-q", "ktadd -k "+path+" "+p)
	}
	return path
}

func (k *KDC) serve(t testing.TB) {
	cmd := k.command("krb5kdc", "-n", "-r", Realm)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("start krb5kdc: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(60 * time.Second); ; {
		if conn, err := net.Dial("tcp", k.Addr); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("krb5kdc ended: %v: %s", err, out.String())
		case <-deadline:
			t.Fatalf("krb5kdc does not listen on %s", k.Addr)
		case <-tick.C:
		}
	}
}

func (k *KDC) command(tool string, args ...string) *exec.Cmd {
	cmd := exec.Command("/usr/sbin/"+tool, args...)
	cmd.Env = append(os.Environ(), "KRB5_CONFIG="+k.Config, "KRB5_KDC_PROFILE="+filepath.Join(k.dir, "kdc.conf"))
	return cmd
}

func (k *KDC) run(t testing.TB, tool string, args ...string) {
	t.Helper()
	if out, err := k.command(tool, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", tool, args, err, out)
	}
}

func (k *KDC) write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(k.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
