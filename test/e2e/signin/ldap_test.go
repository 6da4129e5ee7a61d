package signin

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"parley/internal/frontend/directory/slapdtest"
	"parley/test/peers"
)

// TestUsersOfLDAP: an LDAP user signs in to the portal with the directory's password, and to SIP with one that was set here.
func TestUsersOfLDAP(t *testing.T) {
	ldap := slapdtest.Start(t)
	secret := filepath.Join(t.TempDir(), "reader")
	if err := os.WriteFile(secret, []byte(slapdtest.ReaderPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := peers.StartServer(t, peers.ServerOptions{Config: []string{
		"[directory]", `type = "ldap"`, "[directory.ldap]",
		fmt.Sprintf("url = %q", "ldaps://"+ldap.Secure), fmt.Sprintf("ca = %q", ldap.CAFile),
		fmt.Sprintf("bind-dn = %q", slapdtest.ReaderDN), fmt.Sprintf("password-file = %q", secret),
		fmt.Sprintf("base-dn = %q", slapdtest.BaseDN),
	}})
	peers.Eventually(t, peers.Patience, "alice may enter the portal", func() bool {
		return portalStatus(t, s, `PARLEY\ASmith`, slapdtest.UserPassword) == http.StatusOK
	})
	for user, password := range map[string]string{"alice": "wrong", "bob": slapdtest.UserPassword} { // bob is blocked
		if got := portalStatus(t, s, user, password); got != http.StatusUnauthorized {
			t.Errorf("%s with %s gets %d from the portal", user, password, got)
		}
	}
	s.Run(peers.Password+"\n", "user", "passwd", "alice@parley.test", "--password-stdin")
	s.Lync("alice", peers.LyncOptions{Login: `PARLEY\ASmith`}).Stop()
	s.Linphone("alice", peers.LinphoneOptions{}).Stop()
}

// portalStatus signs in to the portal and returns the status of the answer.
func portalStatus(t *testing.T, s *peers.Server, user, password string) int {
	t.Helper()
	pem, err := os.ReadFile(s.Authority.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, Timeout: peers.Patience}
	defer client.CloseIdleConnections()
	body := fmt.Sprintf(`{"user":%q,"password":%q}`, user, password)
	res, err := client.Post("https://"+s.Addr("https")+"/api/v1/session", "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}
