package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// TestPageIsBuiltFromItsSources notices a page that was not built again after a change of web/, without Node: the build
// stamps the page with a hash of its sources. The list of sources is that of web/build/pack.mjs.
func TestPageIsBuiltFromItsSources(t *testing.T) {
	t.Parallel()
	web := os.DirFS("../../web")
	sources := []string{"index.html", "package-lock.json", "vite.config.ts", "build/pack.mjs"}
	err := fs.WalkDir(web, "src", func(name string, d fs.DirEntry, err error) error {
		stem := strings.TrimSuffix(strings.TrimSuffix(name, path.Ext(name)), ".test")
		if err == nil && !d.IsDir() && stem+path.Ext(name) == name {
			sources = append(sources, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(sources)
	sum := sha256.New()
	for _, name := range sources {
		content, err := fs.ReadFile(web, name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(sum, "%s\n%d\n", name, len(content))
		sum.Write(content)
	}
	stamp, err := dist.ReadFile("dist/sources.sha256")
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != strings.TrimSpace(string(stamp)) {
		t.Error("internal/portal/dist is older than web/: run make web and commit what it builds")
	}
}
