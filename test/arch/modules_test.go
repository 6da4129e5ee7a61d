package arch

import (
	"slices"
	"strings"
	"testing"
)

// allowed lists every third-party module with the only packages that may import it. A module that is in one place can be replaced.
var allowed = map[string]struct {
	by  []string // with their sub-packages
	why string
}{
	"github.com/BurntSushi/toml":           {[]string{"config", "quality/generate", "diag/gen", "advisory", "test"}, "strict TOML: it tells which keys it did not decode"},
	"github.com/coder/websocket":           {[]string{"stack/transport"}, "WebSocket for SIP"},
	"github.com/duckdb/duckdb-go":          {[]string{"quality/archive"}, "the embedded quality archive"},
	"github.com/duckdb/duckdb-go-bindings": {[]string{"quality/archive"}, "the embedded quality archive"},
	"github.com/apache/arrow-go":           {[]string{"quality/archive"}, "the embedded quality archive"},
	"github.com/go-ldap/ldap":              {[]string{"frontend/directory"}, "users from LDAP"},
	"github.com/go-asn1-ber/asn1-ber":      {[]string{"frontend/directory"}, "users from LDAP"},
	"github.com/google/go-cmp":             {[]string{"test"}, "tests only"},
	"github.com/google/uuid":               {[]string{"frontend", "quality", "stack/relay"}, "time-ordered ids"},
	"github.com/jcmturner/gokrb5":          {[]string{"stack/kerberos"}, "Kerberos; its maintainer is gone, so that one package wraps it"},
	"github.com/nats-io/nats-server":       {[]string{"state"}, "live state; nobody else is to know how it is kept"},
	"github.com/nats-io/nats.go":           {[]string{"state"}, "live state; nobody else is to know how it is kept"},
	"github.com/pion/dtls":                 {[]string{"stack"}, "standard media security"},
	"github.com/pion/logging":              {[]string{"stack"}, "what pion's packages want for their logs"},
	"github.com/pion/rtcp":                 {[]string{"stack", "wire"}, "standard media"},
	"github.com/pion/rtp":                  {[]string{"stack", "wire"}, "standard media"},
	"github.com/pion/srtp":                 {[]string{"stack"}, "standard media security"},
	"github.com/pion/stun":                 {[]string{"stack", "test"}, "an independent STUN, to test ours against"},
	"github.com/pion/transport":            {[]string{"stack"}, "what pion's packages want for their sockets"},
	"github.com/prometheus/client_golang":  {[]string{"metrics"}, "the metrics format"},
	"github.com/spf13/cobra":               {[]string{"cli"}, "command line with completion"},
	"github.com/spf13/pflag":               {[]string{"cli"}, "cobra's flags, as the reference page lists them"},
	"golang.org/x/crypto":                  {[]string{"wire/ntlm", "frontend", "stack"}, "MD4, HKDF, ACME"},
	"golang.org/x/net":                     {[]string{"wire/richtext", "stack", "guard"}, "the HTML tokenizer; socket options"},
	"golang.org/x/sync":                    {[]string{"stack", "frontend", "quality", "state", "app", "portal"}, "error groups"},
	"golang.org/x/sys":                     {[]string{"stack", "cli", "state", "test"}, "system calls"},
	"golang.org/x/time":                    {[]string{"stack", "portal", "frontend"}, "rate limits"},
}

// moduleProblem is what is wrong with an import of a third-party package; "" when nothing is.
func moduleProblem(from, to string) string {
	for module, rule := range allowed {
		if to != module && !strings.HasPrefix(to, module+"/") {
			continue
		}
		inside := strings.TrimPrefix(strings.TrimPrefix(from, "parley/"), "internal/")
		ok := slices.ContainsFunc(rule.by, func(p string) bool { return inside == p || strings.HasPrefix(inside, p+"/") })
		if ok {
			return ""
		}
		return "imports " + to + ", which is for " + strings.Join(rule.by, ", ") + " only: " + rule.why
	}
	return "imports " + to + ", of a module that is not on the list: a new dependency is a decision, with a reason in modules_test.go and in the commit"
}

func TestThirdPartyModules(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, to := range p.Imports {
			first, _, _ := strings.Cut(to, "/")
			if !strings.Contains(first, ".") {
				continue
			}
			if problem := moduleProblem(p.ImportPath, to); problem != "" {
				t.Errorf("%s %s", p.ImportPath, problem)
			}
		}
	}
}

func TestModuleRulesFindViolations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to string
		bad      bool
	}{
		{"parley/internal/portal", "github.com/nats-io/nats.go", true},
		{"parley/internal/event", "example.com/new", true},
		{"parley/internal/state", "github.com/nats-io/nats.go/jetstream", false},
		{"parley/internal/diag/gen", "github.com/BurntSushi/toml", false},
	} {
		if got := moduleProblem(tt.from, tt.to); (got != "") != tt.bad {
			t.Errorf("%s imports %s: problem %q, want one: %v", tt.from, tt.to, got, tt.bad)
		}
	}
}
