package admin

import (
	"context"
	"errors"
	"net/http"
)

// Quality takes quality data out of files.
type Quality interface {
	// Imported tells how much of a file, by the hash of its content, was taken in before.
	Imported(ctx context.Context, file string) (int64, error)
	// Import stores records; it returns when they are on disk.
	Import(ctx context.Context, b ImportBatch) (ImportResult, error)
}

// ImportBatch is a part of a file.
type ImportBatch struct {
	File    string         `json:"file"` // hash of its content
	End     int64          `json:"end"`  // how much of the file is done with it
	Records []ImportRecord `json:"records"`
}

// ImportRecord is one record; the format is one of package ingest's.
type ImportRecord struct {
	Format string `json:"format"`
	Line   int    `json:"line"`
	Body   []byte `json:"body"`
}

// ImportResult tells what became of a batch.
type ImportResult struct {
	Accepted int           `json:"accepted"`
	Refused  []ImportError `json:"refused,omitempty"`
}

// ImportError is a record that was not taken.
type ImportError struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// MaxImport bounds a batch, as it is sent, in bytes.
const MaxImport = 16 << 20

var errNoArchive = errors.New(`this server keeps no archive of call quality: set archive in the [quality] section`)

func handleQuality(mux *http.ServeMux, q Quality) {
	mux.HandleFunc("GET /quality/import/{file}", func(w http.ResponseWriter, r *http.Request) {
		if q == nil {
			answer(w, nil, errNoArchive)
			return
		}
		done, err := q.Imported(r.Context(), r.PathValue("file"))
		answer(w, done, err)
	})
	mux.HandleFunc("POST /quality/import", func(w http.ResponseWriter, r *http.Request) {
		var b ImportBatch
		if q == nil {
			answer(w, nil, errNoArchive)
			return
		}
		if err := decode(w, r, MaxImport, &b); err != nil {
			answer(w, nil, err)
			return
		}
		result, err := q.Import(r.Context(), b)
		answer(w, result, err)
	})
}

// Imported implements Quality.
func (c *Client) Imported(ctx context.Context, file string) (done int64, err error) {
	err = c.call(ctx, http.MethodGet, "/quality/import/"+file, nil, &done)
	return done, err
}

// Import implements Quality.
func (c *Client) Import(ctx context.Context, b ImportBatch) (result ImportResult, err error) {
	err = c.call(ctx, http.MethodPost, "/quality/import", b, &result)
	return result, err
}
