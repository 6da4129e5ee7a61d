package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// layer is a floor of the house: packages import from lower ones only.
type layer int

const (
	codecs   layer = iota // what bytes mean
	basics                // what everybody may use: errors, events, configuration, pure translation
	stack                 // owns a socket or a timer
	services              // rules of the business
	surfaces              // what people and programs talk to
	wiring                // knows everything
)

// floors says on which layer a package is; the longest prefix counts.
var floors = map[string]layer{
	"parley/internal/wire": codecs,

	"parley/internal/config": basics, "parley/internal/diag": basics, "parley/internal/dialect": basics, "parley/internal/event": basics,
	"parley/internal/guard": basics, "parley/internal/log": basics, "parley/internal/metrics": basics, "parley/internal/state": basics,
	"parley/internal/quality/archive": basics, "parley/internal/quality/classify": basics, "parley/internal/quality/emodel": basics, "parley/internal/quality/metric": basics,
	"parley/internal/quality/report": basics, "parley/internal/quality/generate": basics, "parley/internal/quality/model": basics, "parley/internal/quality/query": basics, "parley/internal/quality/mapping": basics,
	"parley/internal/quality/cube": basics, "parley/internal/quality/cqd": basics,

	"parley/internal/stack": stack,

	"parley/internal/advisory": services, "parley/internal/doctor": services, "parley/internal/edge": services, "parley/internal/frontend": services,
	"parley/internal/probe": services, "parley/internal/quality": services, "parley/internal/trace": services,

	"parley/internal/admin": surfaces, "parley/internal/cli": surfaces, "parley/internal/local": surfaces, "parley/internal/portal": surfaces,

	"parley/internal/app": wiring, "parley/cmd": wiring, "parley/test": wiring,
}

// shared are packages that others of their own layer may import, with the reason.
var shared = map[string]string{
	"parley/internal/frontend":        "the request and binding types that its services have in common",
	"parley/internal/frontend/policy": "what users may do, asked by every service",
	"parley/internal/portal/api":      "generated from the portal's interface description",
	"parley/internal/admin":           "what the command line talks to",
}

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath                string
	Dir                       string
	Imports                   []string
	GoFiles                   []string
	CgoFiles                  []string
	IgnoredGoFiles            []string // those of the other build
	TestGoFiles, XTestGoFiles []string
	TestImports, XTestImports []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,TestImports,XTestImports,IgnoredGoFiles", "parley/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// floorOf finds the layer of a package; ok is false when it has none.
func floorOf(path string) (l layer, ok bool) {
	for path != "" {
		if l, ok = floors[path]; ok {
			return l, true
		}
		path = path[:max(strings.LastIndexByte(path, '/'), 0)]
	}
	return 0, false
}

// importProblem is what is wrong with an import of one package of ours by another; "" when nothing is.
func importProblem(from, to string) string {
	above, ok := floorOf(from)
	if !ok {
		return "is on no layer: add it to floors, where it belongs"
	}
	below, ok := floorOf(to)
	switch {
	case !ok:
		return "imports " + to + ", which is on no layer: add it to floors, where it belongs"
	case below < above, above == wiring:
		return ""
	case below > above:
		return "imports " + to + " from a higher layer: imports go down only, so that a part can be read and tested without what is above it. " +
			"Declare the interface that is needed and let internal/app wire it"
	case above < services || shared[to] != "" || strings.HasPrefix(from, to+"/") || strings.HasPrefix(to, from+"/"):
		return ""
	}
	return "imports its neighbour " + to + ": services do not know each other. Declare the two to four methods that are needed and let internal/app wire them"
}

func TestImportsGoDown(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if len(p.Imports) == 0 {
			if _, ok := floorOf(p.ImportPath); !ok {
				t.Errorf("%s is on no layer: add it to floors, where it belongs", p.ImportPath)
			}
		}
		for _, to := range p.Imports {
			if !strings.HasPrefix(to, "parley/") {
				continue
			}
			if problem := importProblem(p.ImportPath, to); problem != "" {
				t.Errorf("%s %s", p.ImportPath, problem)
			}
		}
	}
}

// impure is what a codec cannot import, with the reason.
var impure = map[string]string{
	"net":      "a codec has no socket; net/netip and net/url are fine",
	"net/http": "a codec has no socket",
	"os":       "a codec reads no file",
	"os/exec":  "a codec runs no program",
	"log/slog": "a codec returns errors, who calls it logs",
	"context":  "a codec does not wait",
}

func TestCodecsArePure(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if l, _ := floorOf(p.ImportPath); l != codecs || strings.HasSuffix(p.ImportPath, "/gen") {
			continue
		}
		for _, to := range p.Imports {
			if reason := impure[to]; reason != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, to, reason)
			}
		}
	}
}

func TestRulesFindViolations(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from, to string
		bad      bool
	}{
		{"parley/internal/wire/sip", "parley/internal/state", true},
		{"parley/internal/event", "parley/internal/frontend/im", true},
		{"parley/internal/frontend/im", "parley/internal/frontend/presence", true},
		{"parley/internal/quality/ingest", "parley/internal/frontend/call", true},
		{"parley/internal/portal", "parley/internal/app", true},
		{"parley/internal/nowhere", "parley/internal/event", true},
		{"parley/internal/frontend/im", "parley/internal/frontend", false},
		{"parley/internal/frontend/im", "parley/internal/wire/sip", false},
		{"parley/internal/quality/classify", "parley/internal/quality/metric", false},
		{"parley/internal/app", "parley/internal/frontend/im", false},
	}
	for _, tt := range tests {
		if got := importProblem(tt.from, tt.to); (got != "") != tt.bad {
			t.Errorf("%s imports %s: problem %q, want one: %v", tt.from, tt.to, got, tt.bad)
		}
	}
}
