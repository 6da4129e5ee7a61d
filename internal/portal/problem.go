package portal

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"parley/internal/portal/api"
	"parley/internal/quality/report"
)

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("BUG: answer that is not JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the only failure is a client that went away
}

// readJSON reads a body of at most so many bytes into dst. A key that dst does not have is an error.
func readJSON(w http.ResponseWriter, r *http.Request, most int64, dst any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	d.DisallowUnknownFields()
	if err := d.Decode(dst); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// orZero is an optional value, or its zero.
func orZero[T any](v *T) T {
	if v == nil {
		var none T
		return none
	}
	return *v
}

// writeProblem answers with an RFC 9457 problem.
func writeProblem(w http.ResponseWriter, p api.Problem) {
	if p.RetryAfter != nil {
		w.Header().Set("Retry-After", strconv.Itoa(*p.RetryAfter))
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic("BUG: problem that is not JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}

// fail answers a request that a service could not answer. The reason is shown to administrators, who can act on it.
func (p *Portal) fail(w http.ResponseWriter, r *http.Request, what string, err error) {
	switch {
	case errors.Is(err, report.ErrNoCall):
		writeProblem(w, api.Problem{Status: http.StatusNotFound, Title: "No such call",
			Detail: "The archive has no call of this id. It may have been dropped with its month; look for it in the list of calls."})
		return
	case errors.Is(err, report.ErrBadQuery):
		writeProblem(w, api.Problem{Status: http.StatusBadRequest, Title: "Bad request", Detail: err.Error()})
		return
	case r.Context().Err() != nil:
		return // the reader went away
	}
	p.log.Error("portal cannot answer", slog.String("what", what), slog.Any("error", err))
	detail := "The server could not read " + what + ". Its log says why."
	if s := sessionOf(r); s != nil && s.account.Administrator {
		detail = "The server could not read " + what + ": " + err.Error() + "."
	}
	writeProblem(w, api.Problem{Status: http.StatusServiceUnavailable, Title: "Not available", Detail: detail})
}
