package archive

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// clickHTTP speaks ClickHouse's HTTP interface, with formats that servers from
// version 18.16 on have.
type clickHTTP struct {
	client         *http.Client
	url            *url.URL
	database       string
	user, password string
}

// maxStatement is how many bytes a statement may have.
const maxStatement = "268435456"

// maxField bounds one line of an answer.
const maxField = 8 << 20

func newClickHTTP(cfg Config) (*clickHTTP, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("ClickHouse URL %q is not http://host:port or https://host:port", cfg.URL)
	}
	h := &clickHTTP{url: u, database: cfg.Database, user: cfg.User, password: cfg.Password}
	if u.User != nil && h.user == "" {
		h.user = u.User.Username()
		h.password, _ = u.User.Password()
	}
	u.User = nil
	if h.database == "" {
		h.database = "parley"
	}
	if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`).MatchString(h.database) {
		return nil, fmt.Errorf("ClickHouse database %q: use letters, digits and underscores", h.database)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = 5 * time.Minute
	h.client = &http.Client{Transport: transport}
	return h, nil
}

func (h *clickHTTP) close() error {
	h.client.CloseIdleConnections()
	return nil
}

// do sends a statement and returns the answer's body.
func (h *clickHTTP) do(ctx context.Context, sql string, data []byte) (io.ReadCloser, error) {
	if data == nil {
		return h.send(ctx, sql, nil)
	}
	return h.send(ctx, sql, bytes.NewReader(data))
}

// upload sends a statement with data of any length.
func (h *clickHTTP) upload(ctx context.Context, sql string, data io.Reader) error {
	body, err := h.send(ctx, sql, data)
	if err != nil {
		return err
	}
	return finish(body)
}

func (h *clickHTTP) send(ctx context.Context, sql string, data io.Reader) (io.ReadCloser, error) {
	u := *h.url
	q := u.Query()
	q.Set("max_query_size", maxStatement)
	// A statement with data goes into the URL and the data into the body. The
	// database must exist for every statement but the one that makes it.
	if !strings.HasPrefix(sql, "CREATE DATABASE") {
		q.Set("database", h.database)
	}
	var body io.Reader = strings.NewReader(sql)
	if data != nil {
		q.Set("query", sql)
		body = data
	}
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), body)
	if err != nil {
		return nil, err
	}
	if h.user != "" {
		req.SetBasicAuth(h.user, h.password)
	}
	res, err := h.client.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return res.Body, nil
	}
	text, _ := io.ReadAll(io.LimitReader(res.Body, 2048)) // what could be read tells enough
	_ = res.Body.Close()
	return nil, fmt.Errorf("ClickHouse refused (%s): %s", res.Status, bytes.TrimSpace(text))
}

func (h *clickHTTP) post(ctx context.Context, sql string, data []byte) error {
	body, err := h.do(ctx, sql, data)
	if err != nil {
		return err
	}
	return finish(body)
}

// finish reads the answer to a statement without rows. An exception after the
// beginning is in the body of a 200 answer.
func finish(body io.ReadCloser) error {
	text, err := io.ReadAll(io.LimitReader(body, 4096))
	if err := errors.Join(err, body.Close()); err != nil {
		return err
	}
	if bytes.Contains(text, []byte("DB::Exception")) {
		return fmt.Errorf("ClickHouse failed: %s", bytes.TrimSpace(text))
	}
	return nil
}

func (h *clickHTTP) insert(ctx context.Context, table string, columns []string, tsv []byte) error {
	sql := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") FORMAT TabSeparated"
	if err := h.post(ctx, sql, tsv); err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}

// query reads the answer as it comes.
func (h *clickHTTP) query(ctx context.Context, sql string, yield func(row []any) error) (err error) {
	body, err := h.do(ctx, sql+" FORMAT TabSeparatedWithNamesAndTypes", nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 64<<10), maxField)
	var types []string
	var row []any
	for n := 0; lines.Scan(); n++ {
		line := lines.Text()
		switch n {
		case 0: // names
			continue
		case 1:
			types = strings.Split(line, "\t")
			row = make([]any, len(types))
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != len(types) {
			return fmt.Errorf("ClickHouse stopped inside of the answer: %.300s", line)
		}
		for i, f := range fields {
			if row[i], err = parseField(f, types[i]); err != nil {
				return err
			}
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return lines.Err()
}

func parseField(f, typ string) (any, error) {
	if f == `\N` {
		return nil, nil
	}
	typ = strings.TrimSuffix(strings.TrimPrefix(typ, "Nullable("), ")")
	switch {
	case strings.HasPrefix(typ, "Int"), strings.HasPrefix(typ, "UInt"):
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("ClickHouse answered %.40q for a %s", f, typ)
		}
		return n, nil
	case strings.HasPrefix(typ, "Float"), strings.HasPrefix(typ, "Decimal"):
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return nil, fmt.Errorf("ClickHouse answered %.40q for a %s", f, typ)
		}
		return n, nil
	}
	if !strings.Contains(f, `\`) {
		return f, nil
	}
	return strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r", `\b`, "\b", `\f`, "\f", `\0`, "\x00", `\'`, "'").Replace(f), nil
}
