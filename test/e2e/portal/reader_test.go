package portal

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"testing"

	"parley/internal/portal/api"
	"parley/test/peers"
)

// reader is somebody who is signed in to the portal.
type reader struct {
	t      *testing.T
	base   string
	client *http.Client
}

// signIn signs a test user in over TLS, trusting the test's authority and nobody else.
func signIn(t *testing.T, s *peers.Server, user string) *reader {
	t.Helper()
	pem, err := os.ReadFile(s.Authority.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	r := &reader{t: t, base: "https://" + s.Addr("https") + "/api/v1", client: &http.Client{Transport: transport, Jar: jar, Timeout: peers.Patience}}
	body, err := json.Marshal(api.Credentials{User: user, Password: peers.Password})
	if err != nil {
		t.Fatal(err)
	}
	res, err := r.client.Post(r.base+"/session", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("sign-in of %s to the portal: %s", user, res.Status)
	}
	return r
}

// get reads an answer of the API.
func get[T any](r *reader, path string) (answer T) {
	r.t.Helper()
	res, err := r.client.Get(r.base + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		r.t.Fatalf("GET %s: %s", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		r.t.Fatal(fmt.Errorf("GET %s: %w", path, err))
	}
	return answer
}
