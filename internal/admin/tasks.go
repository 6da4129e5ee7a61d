package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Tasks is work that may take long and tells in lines how it goes.
type Tasks interface {
	Run(ctx context.Context, task string, params json.RawMessage, tell func(line string)) error
}

// taskLine is a line of the answer to a task; the last one has Done or Error.
type taskLine struct {
	Line  string `json:"line,omitempty"`
	Error string `json:"error,omitempty"`
	Done  bool   `json:"done,omitempty"`
}

func handleTasks(mux *http.ServeMux, tasks Tasks) {
	mux.HandleFunc("POST /quality/tasks/{task}", func(w http.ResponseWriter, r *http.Request) {
		if tasks == nil {
			answer(w, nil, errNoArchive)
			return
		}
		params, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			answer(w, nil, fmt.Errorf("read call: %w", err))
			return
		}
		conn := http.NewResponseController(w)
		if err := errors.Join(conn.SetReadDeadline(time.Time{}), conn.SetWriteDeadline(time.Time{})); err != nil {
			answer(w, nil, err)
			return
		}
		out := json.NewEncoder(w)
		// A caller that went away ends the task by its context.
		err = tasks.Run(r.Context(), r.PathValue("task"), params, func(line string) {
			_ = out.Encode(taskLine{Line: line})
			_ = conn.Flush()
		})
		last := taskLine{Done: true}
		if err != nil {
			last = taskLine{Error: err.Error()}
		}
		_ = out.Encode(last)
	})
}

// Run implements Tasks.
func (c *Client) Run(ctx context.Context, task string, params json.RawMessage, tell func(line string)) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://parley/quality/tasks/"+task, bytes.NewReader(params))
	if err != nil {
		return fmt.Errorf("call the server: %w", err)
	}
	patient := http.Client{Transport: c.http.Transport}
	res, err := patient.Do(req)
	if err != nil {
		return fmt.Errorf("call the server: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // all of it was read, or the error says why not
	in := json.NewDecoder(res.Body)
	if res.StatusCode != http.StatusOK {
		return failure(res.StatusCode, in)
	}
	for {
		var l taskLine
		if err := in.Decode(&l); err != nil {
			return fmt.Errorf("the server ended before the task did: %w", err)
		}
		switch {
		case l.Error != "":
			return errors.New(l.Error)
		case l.Done:
			return nil
		}
		tell(l.Line)
	}
}
