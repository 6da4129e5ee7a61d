package portal

import (
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// dist is the page as `make web` built it from web/: compressed once, at build time.
//
//go:embed dist
var dist embed.FS

// page serves the built page.
type page struct{ files map[string]pageFile }

// pageFile is one file of the page. Its bytes stay in the binary.
type pageFile struct {
	name    string // in dist
	kind    string // Content-Type
	etag    string
	gzipped bool
	forever bool // its name changes with its content
}

func loadPage() (*page, error) {
	p := &page{files: map[string]pageFile{}}
	err := fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := describeFile(name)
		if err != nil {
			return err
		}
		p.files[strings.TrimSuffix(strings.TrimPrefix(name, "dist/"), ".gz")] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the built page: %w", err)
	}
	if _, ok := p.files["index.html"]; !ok {
		return nil, fmt.Errorf("the built page has no index.html: run make web and build again")
	}
	return p, nil
}

func describeFile(name string) (pageFile, error) {
	file, err := dist.Open(name)
	if err != nil {
		return pageFile{}, err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return pageFile{}, err
	}
	plain, gzipped := strings.CutSuffix(name, ".gz")
	kind := mime.TypeByExtension(path.Ext(plain))
	switch path.Ext(plain) {
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".woff2":
		kind = "font/woff2"
	case ".txt", ".md":
		kind = "text/plain; charset=utf-8"
	}
	return pageFile{
		name: name, kind: kind, gzipped: gzipped, forever: strings.HasPrefix(name, "dist/assets/"),
		etag: `"` + hex.EncodeToString(sum.Sum(nil)[:12]) + `"`,
	}, nil
}

// ServeHTTP implements http.Handler.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, Path)
	if name == "" {
		name = "index.html"
	}
	f, ok := p.files[name]
	if !ok {
		http.Error(w, "The portal has no such file. Open "+Path+" instead.", http.StatusNotFound)
		return
	}
	file, err := dist.Open(f.name)
	if err != nil {
		panic("BUG: embedded file vanished: " + f.name)
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", f.kind)
	if f.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if f.gzipped {
		h.Set("Vary", "Accept-Encoding")
		if !acceptsGzip(r) {
			serveInflated(w, r, file)
			return
		}
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", f.etag)
	http.ServeContent(w, r, "", time.Time{}, file.(io.ReadSeeker))
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3) as far as one coding needs.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if name = strings.TrimSpace(name); name == "gzip" || name == "*" {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000"
		}
	}
	return false
}

// serveInflated is for the rare client that cannot inflate by itself.
func serveInflated(w http.ResponseWriter, r *http.Request, file fs.File) {
	z, err := gzip.NewReader(file)
	if err != nil {
		panic("BUG: embedded file is not gzip: " + err.Error())
	}
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, z) // the only failure is a client that went away
	}
}
