package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"parley/internal/portal/api"
	data "parley/internal/quality/archive"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
)

// memory is an archive that answers every query with the same rows; the queries themselves are tested with real engines
// where they are made.
type memory struct {
	rows [][]any
	err  error
	sql  []string
}

func (m *memory) Query(_ context.Context, sql string, yield func([]any) error) error {
	m.sql = append(m.sql, sql)
	for _, r := range m.rows {
		if err := yield(r); err != nil {
			return err
		}
	}
	return m.err
}
func (m *memory) From(table string) string                   { return table }
func (m *memory) Divide(expr string, by int64) string        { return fmt.Sprintf("((%s) // %d)", expr, by) }
func (m *memory) Text(_ data.Kind, code int64) string        { return fmt.Sprint("text", code) }
func (m *memory) Texts(data.Kind, int64) []string            { return nil }
func (m *memory) Codes(data.Kind, func(string) bool) []int64 { return nil }
func (m *memory) AddLookup(context.Context, string, []int64, []int64) error {
	return nil
}
func (m *memory) DropLookup(context.Context, string) error { return nil }
func (m *memory) Lookup(name string) string                { return name }

func (w *world) queries() Queries {
	var a query.Archive = &w.memory
	if w.archive != nil {
		a = w.archive
	}
	s, err := query.New(query.Config{Archive: a, Engine: data.EngineDuckDB, Model: model.New()})
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return s
}

// ask posts a query and returns the whole answer.
func (b *browser) ask(path, text, accept string) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.site.URL+path, strings.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("X-CSRF-Token", b.csrf)
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, string(body)
}

// signedIn is a browser of a user.
func (s *site) signedIn(t *testing.T, user string) *browser {
	t.Helper()
	b := s.browser(t)
	b.signIn(user)
	return b
}

const byCodec = `{"dimensions":["codec"],"measures":["streams"],"totals":true}`

func TestQueryInThreeForms(t *testing.T) {
	s := newSite(t, Config{})
	s.world.memory.rows = [][]any{{int64(1), int64(7)}, {int64(2), int64(5)}}
	b := s.signedIn(t, "alice@parley.test")
	for _, path := range []string{"/api/v1/quality/query", "/api/cqd/v1/query"} {
		for accept, want := range map[string]string{
			query.JSON:   `["text1",7]`,
			query.NDJSON: "[\"text1\",7]\n[\"text2\",5]\n",
			query.CSV:    "codec,streams\ntext1,7\ntext2,5\n",
		} {
			res, body := b.ask(path, byCodec, accept)
			if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != accept || !strings.Contains(body, want) {
				t.Errorf("%s %s: %s %s", path, accept, res.Status, body)
			}
			if accept == query.JSON && !json.Valid([]byte(body)) {
				t.Errorf("not JSON: %s", body)
			}
		}
	}
}

func TestQueryFaultsNameThePlace(t *testing.T) {
	s := newSite(t, Config{})
	b := s.signedIn(t, "alice@parley.test")
	for text, want := range map[string][2]string{
		`{"dimension":["codec"]}`:                       {"$", "dimensions"},
		`{"dimensions":["codek"]}`:                      {"$.dimensions[0]", "codec"},
		`{"dimensions":["codec"],"filter":{"dim":"x"}}`: {"$.filter", ""},
		`{`: {"$", ""},
	} {
		res, body := b.ask("/api/v1/quality/query", text, query.JSON)
		var p api.Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil || res.StatusCode != http.StatusBadRequest || p.Path == nil || *p.Path != want[0] || want[1] != "" && (p.Nearest == nil || *p.Nearest != want[1]) {
			t.Errorf("%s: %s %s", text, res.Status, body)
		}
	}
}

func TestPersonalDataIsForAdministrators(t *testing.T) {
	s := newSite(t, Config{})
	for _, text := range []string{
		`{"dimensions":["second.user"],"measures":["streams"]}`,
		`{"dimensions":["either.ip"],"measures":["streams"]}`,
		`{"measures":["streams"],"filter":{"not":{"or":[{"dim":"either.user","contains":"bob"}]}}}`,
	} {
		for user, want := range map[string]int{"alice@parley.test": http.StatusForbidden, "admin@parley.test": http.StatusOK} {
			if res, body := s.signedIn(t, user).ask("/api/v1/quality/query", text, query.JSON); res.StatusCode != want {
				t.Errorf("%s %s: %s %s", user, text, res.Status, body)
			}
		}
	}
	if res, _ := s.signedIn(t, "alice@parley.test").ask("/api/v1/quality/drill", `{"dimensions":["first.user"]}`, query.JSON); res.StatusCode != http.StatusForbidden {
		t.Errorf("drill: %s", res.Status)
	}
}

func TestQueryThatBreaksOff(t *testing.T) {
	s := newSite(t, Config{})
	s.world.memory.err = fmt.Errorf("the disk is on fire")
	b := s.signedIn(t, "alice@parley.test")
	if res, body := b.ask("/api/v1/quality/query", byCodec, query.JSON); res.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "fire") {
		t.Errorf("before the first row: %s %s", res.Status, body)
	}
	for range 20_000 {
		s.world.memory.rows = append(s.world.memory.rows, []any{int64(1), int64(7)})
	}
	res, body := b.ask("/api/v1/quality/query", `{"dimensions":["codec"],"measures":["streams"]}`, query.JSON)
	if res.StatusCode != http.StatusOK || !json.Valid([]byte(body)) || !strings.Contains(body, `"error":`) || strings.Contains(body, `"meta":`) {
		t.Errorf("in the middle: %s ...%s", res.Status, body[max(0, len(body)-200):])
	}
}

func TestQualitySchemaAndMembers(t *testing.T) {
	s := newSite(t, Config{})
	s.world.memory.rows = [][]any{{int64(1), int64(7)}}
	b := s.signedIn(t, "alice@parley.test")
	var schema query.Schema
	b.do("GET", "/api/cqd/v1/schema", nil, &schema)
	personal := 0
	for _, d := range schema.Dimensions {
		if d.Personal && !d.Allowed {
			personal++
		}
	}
	if len(schema.Dimensions) < 200 || len(schema.Measures) < 300 || personal == 0 || len(schema.Unavailable.Measures) == 0 {
		t.Errorf("%d dimensions, %d measures, %d personal", len(schema.Dimensions), len(schema.Measures), personal)
	}
	var m query.Members
	b.do("GET", "/api/v1/quality/members?dim=codec&limit=5", nil, &m)
	if len(m.Members) != 1 || m.Members[0] != "text1" || m.More {
		t.Errorf("%+v", m)
	}
	res, body := b.ask("/api/v1/quality/explain", byCodec, query.JSON)
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "SELECT") {
		t.Errorf("%s %s", res.Status, body)
	}
}
