package portal

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"parley/internal/portal/api"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
)

// cqdBase is where the quality operations are as well: the path that scripts for the dashboard use.
const cqdBase = "/api/cqd/v1"

// maxQuery bounds the text of a query in bytes.
const maxQuery = 1 << 20

// Queries answers questions about call quality.
type Queries interface {
	Run(ctx context.Context, access query.Access, q *query.Query, sink query.Sink) error
	Drill(ctx context.Context, access query.Access, q *query.Query, sink query.Sink) error
	Explain(ctx context.Context, access query.Access, q *query.Query) (*query.Explanation, error)
	Schema(access query.Access) *query.Schema
	// Model is the catalogue of dimensions and measures.
	Model() *model.Catalogue
	Members(ctx context.Context, access query.Access, dim, contains string, span query.Span, limit int) (*query.Members, error)
}

// QueryQuality implements api.Server.
func (p *Portal) QueryQuality(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, p.deps.Queries.Run)
}

// DrillQuality implements api.Server.
func (p *Portal) DrillQuality(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, p.deps.Queries.Drill)
}

// answer runs a query and writes its rows as they come.
func (p *Portal) answer(w http.ResponseWriter, r *http.Request, run func(context.Context, query.Access, *query.Query, query.Sink) error) {
	q, err := readQuery(w, r)
	if err != nil {
		p.failQuery(w, r, err)
		return
	}
	mediaType := query.Accepted(r.Header.Get("Accept"))
	out := &lateWriter{w: w, mediaType: mediaType}
	sink := query.NewWriter(out, mediaType)
	switch err := run(r.Context(), p.accessOf(r), q, sink); {
	case err == nil:
	case r.Context().Err() != nil: // the reader went away, which ended the query
	case out.begun || !isQueryFault(err):
		p.log.Error("a quality query failed", "err", err)
		if !out.begun {
			p.failQuery(w, r, err)
			return
		}
		sink.Fail(errors.New("the archive could not be read to the end; the log says why"))
	default:
		p.failQuery(w, r, err)
	}
}

// lateWriter sends the header with the first byte, so that an error before it can still be a Problem.
type lateWriter struct {
	w         http.ResponseWriter
	mediaType string
	begun     bool
}

func (l *lateWriter) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", l.mediaType)
		l.w.Header().Set("Cache-Control", "no-store")
		l.w.WriteHeader(http.StatusOK)
	}
	n, err := l.w.Write(b)
	if f, ok := l.w.(http.Flusher); ok {
		f.Flush()
	}
	return n, err
}

// ExplainQuality implements api.Server.
func (p *Portal) ExplainQuality(w http.ResponseWriter, r *http.Request) {
	q, err := readQuery(w, r)
	if err != nil {
		p.failQuery(w, r, err)
		return
	}
	e, err := p.deps.Queries.Explain(r.Context(), p.accessOf(r), q)
	if err != nil {
		p.failQuery(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, e)
}

// GetQualitySchema implements api.Server.
func (p *Portal) GetQualitySchema(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, p.deps.Queries.Schema(p.accessOf(r)))
}

// ListQualityMembers implements api.Server.
func (p *Portal) ListQualityMembers(w http.ResponseWriter, r *http.Request, params api.ListQualityMembersParams) {
	span, err := query.Last(cmp.Or(orZero(params.Last), "P7M"))
	if err != nil {
		p.failQuery(w, r, err)
		return
	}
	m, err := p.deps.Queries.Members(r.Context(), p.accessOf(r), orZero(params.Dim), orZero(params.Q), span, orZero(params.Limit))
	if err != nil {
		p.failQuery(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, m)
}

func readQuery(w http.ResponseWriter, r *http.Request) (*query.Query, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuery))
	if err != nil {
		return nil, &query.Problem{Path: "$", Text: "the query could not be read: " + err.Error(), Kind: query.ErrBad}
	}
	return query.Decode(text)
}

func isQueryFault(err error) bool {
	return errors.Is(err, query.ErrBad) || errors.Is(err, query.ErrDenied)
}

// failQuery answers a query that is wrong with the place and the name that was probably meant.
func (p *Portal) failQuery(w http.ResponseWriter, r *http.Request, err error) {
	var fault *query.Problem
	if !errors.As(err, &fault) {
		p.fail(w, r, "the quality of calls", err)
		return
	}
	out := api.Problem{Status: http.StatusBadRequest, Title: "Bad query", Detail: fault.Error(), Path: &fault.Path}
	if errors.Is(err, query.ErrDenied) {
		out.Status, out.Title = http.StatusForbidden, "Not allowed"
	}
	if fault.Nearest != "" {
		out.Nearest = &fault.Nearest
	}
	writeProblem(w, out)
}

// underCQD serves the quality operations below cqdBase.
func underCQD(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		moved := r.Clone(r.Context())
		moved.URL.Path = apiBase + "/quality" + strings.TrimPrefix(r.URL.Path, cqdBase)
		moved.URL.RawPath = ""
		inner.ServeHTTP(w, moved)
	})
}
