package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/config"
)

func TestDNS(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "parley.toml")
	if err := os.WriteFile(file, []byte(testConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, failure := range []error{nil, errors.New("the name is an address")} {
		d := Deps{DNS: func(c *config.Config) (Names, error) {
			return Names{Records: []NameRecord{{"a. IN SRV x", c.Domains[0]}}, Certificate: []string{"fe", "parley.test"}}, failure
		}}
		var out, errOut bytes.Buffer
		status := Main(t.Context(), d, []string{"dns", "--config", file}, strings.NewReader(""), &out, &errOut)
		want := "a. IN SRV x  ; parley.test\n; names in the certificate: fe, parley.test\n"
		if failure == nil && (status != 0 || out.String() != want) {
			t.Errorf("status %d, output %q", status, out.String())
		}
		if failure != nil && (status != 1 || !strings.Contains(errOut.String(), failure.Error())) {
			t.Errorf("status %d, errors %q", status, errOut.String())
		}
	}
}
