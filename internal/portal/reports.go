package portal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"parley/internal/portal/api"
	"parley/internal/quality/cqd"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
	"parley/internal/quality/repository"
)

// Reports keeps the tree of reports.
type Reports interface {
	Tree(v repository.Viewer) []repository.Item
	Get(v repository.Viewer, id string) (repository.Item, error)
	Children(v repository.Viewer, id string) []repository.Item
	Path(v repository.Viewer, id string) []repository.Item
	Effective(id string) (json.RawMessage, error)
	Create(ctx context.Context, v repository.Viewer, i repository.Item) (repository.Item, error)
	Update(ctx context.Context, v repository.Viewer, i repository.Item) (repository.Item, error)
	Delete(ctx context.Context, v repository.Viewer, id string) error
	Clone(ctx context.Context, v repository.Viewer, id, parent string) (repository.Item, error)
	History(v repository.Viewer, id string) ([]repository.Item, error)
	Revert(ctx context.Context, v repository.Viewer, id string, to int) (repository.Item, error)
	RestoreDefaults(ctx context.Context, v repository.Viewer) (int, error)
	Import(ctx context.Context, v repository.Viewer, c *model.Catalogue, data []byte, parent string) (repository.Imported, error)
	ImportNative(ctx context.Context, v repository.Viewer, data []byte, parent string) (repository.Imported, error)
	Export(v repository.Viewer, id string) ([]byte, error)
}

// shownReport is an item as the API shows it.
type shownReport struct {
	repository.Item
	MayChange bool `json:"mayChange"`
}

type reportLink struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

func links(items []repository.Item) []reportLink {
	out := make([]reportLink, 0, len(items))
	for _, i := range items {
		out = append(out, reportLink{i.ID, i.Title, i.Description})
	}
	return out
}

// viewerOf is who asks for reports.
func (p *Portal) viewerOf(r *http.Request) repository.Viewer {
	rights := p.rightsOf(r)
	return repository.Viewer{User: sessionOf(r).account.User, Groups: rights.Groups, Author: rights.Author, Administrator: rights.Administrator}
}

func shown(v repository.Viewer, i repository.Item) shownReport { return shownReport{i, v.Changes(&i)} }

func shownAll(v repository.Viewer, items []repository.Item) map[string]any {
	out := make([]shownReport, 0, len(items))
	for _, i := range items {
		out = append(out, shown(v, i))
	}
	return map[string]any{"reports": out}
}

// ListReports implements api.Server.
func (p *Portal) ListReports(w http.ResponseWriter, r *http.Request) {
	v := p.viewerOf(r)
	writeJSON(w, http.StatusOK, shownAll(v, p.deps.Reports.Tree(v)))
}

// GetReport implements api.Server.
func (p *Portal) GetReport(w http.ResponseWriter, r *http.Request, id string) {
	v := p.viewerOf(r)
	i, err := p.deps.Reports.Get(v, id)
	if err != nil {
		p.failReport(w, r, err)
		return
	}
	q, err := p.deps.Reports.Effective(id)
	if err != nil {
		p.failReport(w, r, err)
		return
	}
	answer := struct {
		Report   shownReport     `json:"report"`
		Path     []reportLink    `json:"path"`
		Children []reportLink    `json:"children"`
		Query    json.RawMessage `json:"query,omitempty"`
	}{shown(v, i), links(p.deps.Reports.Path(v, id)), links(p.deps.Reports.Children(v, id)), q}
	writeJSON(w, http.StatusOK, answer)
}

// CreateReport implements api.Server.
func (p *Portal) CreateReport(w http.ResponseWriter, r *http.Request) {
	v := p.viewerOf(r)
	i, err := readItem(w, r)
	if err == nil {
		i, err = p.deps.Reports.Create(r.Context(), v, i)
	}
	p.answerReport(w, r, http.StatusCreated, i, err)
}

// UpdateReport implements api.Server.
func (p *Portal) UpdateReport(w http.ResponseWriter, r *http.Request, id string) {
	v := p.viewerOf(r)
	i, err := readItem(w, r)
	if err == nil {
		i.ID = id
		i, err = p.deps.Reports.Update(r.Context(), v, i)
	}
	p.answerReport(w, r, http.StatusOK, i, err)
}

// DeleteReport implements api.Server.
func (p *Portal) DeleteReport(w http.ResponseWriter, r *http.Request, id string) {
	if err := p.deps.Reports.Delete(r.Context(), p.viewerOf(r), id); err != nil {
		p.failReport(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// CloneReport implements api.Server.
func (p *Portal) CloneReport(w http.ResponseWriter, r *http.Request, id string, params api.CloneReportParams) {
	i, err := p.deps.Reports.Clone(r.Context(), p.viewerOf(r), id, orZero(params.Parent))
	p.answerReport(w, r, http.StatusCreated, i, err)
}

// ListReportVersions implements api.Server.
func (p *Portal) ListReportVersions(w http.ResponseWriter, r *http.Request, id string) {
	v := p.viewerOf(r)
	all, err := p.deps.Reports.History(v, id)
	if err != nil {
		p.failReport(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, shownAll(v, all))
}

// RevertReport implements api.Server.
func (p *Portal) RevertReport(w http.ResponseWriter, r *http.Request, id string, params api.RevertReportParams) {
	if params.Version == nil {
		p.failReport(w, r, &repository.Invalid{Field: "version", Text: "say which version is to come back"})
		return
	}
	i, err := p.deps.Reports.Revert(r.Context(), p.viewerOf(r), id, *params.Version)
	p.answerReport(w, r, http.StatusOK, i, err)
}

// RestoreReports implements api.Server.
func (p *Portal) RestoreReports(w http.ResponseWriter, r *http.Request) {
	n, err := p.deps.Reports.RestoreDefaults(r.Context(), p.viewerOf(r))
	if err != nil {
		p.failReport(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]int{"restored": n})
}

// ImportReports implements api.Server.
func (p *Portal) ImportReports(w http.ResponseWriter, r *http.Request, params api.ImportReportsParams) {
	v := p.viewerOf(r)
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, cqd.MaxFile))
	if err != nil {
		p.failReport(w, r, &repository.Invalid{Field: "file", Text: "the file could not be read: " + err.Error()})
		return
	}
	var done repository.Imported
	if repository.IsNative(data) {
		done, err = p.deps.Reports.ImportNative(r.Context(), v, data, orZero(params.Parent))
	} else {
		done, err = p.deps.Reports.Import(r.Context(), v, p.deps.Queries.Model(), data, orZero(params.Parent))
	}
	if err != nil {
		p.failReport(w, r, err)
		return
	}
	answer := shownAll(v, done.Items)
	answer["lacking"] = done.Lacking
	writeJSON(w, http.StatusOK, answer)
}

// ExportReports implements api.Server.
func (p *Portal) ExportReports(w http.ResponseWriter, r *http.Request, id string) {
	data, err := p.deps.Reports.Export(p.viewerOf(r), id)
	if err != nil {
		p.failReport(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="reports.json"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(data) // the only failure is a client that went away
}

// readItem reads what an author says of a report. What only the server says of one is dropped here or replaced by the repository.
func readItem(w http.ResponseWriter, r *http.Request) (repository.Item, error) {
	var i shownReport
	if err := readJSON(w, r, maxQuery+64<<10, &i); err != nil {
		return i.Item, &repository.Invalid{Field: "report", Text: err.Error()}
	}
	i.Lacks = nil
	return i.Item, nil
}

func (p *Portal) answerReport(w http.ResponseWriter, r *http.Request, status int, i repository.Item, err error) {
	if err != nil {
		p.failReport(w, r, err)
		return
	}
	writeJSON(w, status, shown(p.viewerOf(r), i))
}

// failReport answers what could not be done with a report.
func (p *Portal) failReport(w http.ResponseWriter, r *http.Request, err error) {
	var invalid *repository.Invalid
	var fault *query.Problem
	switch {
	case errors.Is(err, repository.ErrNotFound):
		writeProblem(w, api.Problem{Status: http.StatusNotFound, Title: "No such report", Detail: "There is no such report, or it is not shared with you."})
	case errors.Is(err, repository.ErrDenied):
		writeProblem(w, api.Problem{Status: http.StatusForbidden, Title: "Not allowed", Detail: sentence(err)})
	case errors.Is(err, repository.ErrConflict):
		writeProblem(w, api.Problem{Status: http.StatusConflict, Title: "Changed meanwhile", Detail: sentence(err) + " Load it again, and make your change once more."})
	case errors.As(err, &fault):
		p.failQuery(w, r, err)
	case errors.As(err, &invalid):
		writeProblem(w, api.Problem{Status: http.StatusBadRequest, Title: "Bad report", Detail: sentence(invalid), Path: &invalid.Field})
	default:
		p.fail(w, r, "the reports", fmt.Errorf("reports: %w", err))
	}
}

// sentence makes an error text one.
func sentence(err error) string {
	s := err.Error()
	return strings.ToUpper(s[:1]) + s[1:] + "."
}
