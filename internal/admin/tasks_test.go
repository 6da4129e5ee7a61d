package admin

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// tasks echoes its parameters, or fails.
type tasks struct{}

func (tasks) Run(_ context.Context, task string, params json.RawMessage, tell func(string)) error {
	tell(task)
	tell(string(params))
	if task == "broken" {
		return errors.New("disk full")
	}
	return nil
}

func TestTasksTellTheirLines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serve(t, dir, &memory{passwords: map[string]string{}})
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	tell := func(l string) { lines = append(lines, l) }
	if err := c.Run(t.Context(), "backup", json.RawMessage(`{"folder":"x"}`), tell); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(lines, []string{"backup", `{"folder":"x"}`}) {
		t.Errorf("lines %q", lines)
	}
	if err := c.Run(t.Context(), "broken", nil, tell); err == nil || err.Error() != "disk full" {
		t.Errorf("error %v", err)
	}
	if err := c.Run(t.Context(), "backup", json.RawMessage(strings.Repeat("x", maxRequest+1)), tell); err == nil {
		t.Error("a call of any length was read")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
