package query

import (
	"context"
	"strconv"
	"strings"

	"parley/internal/quality/archive"
	"parley/internal/quality/model"
)

// Explanation tells how a query would be answered.
type Explanation struct {
	Columns []Column `json:"columns"`
	// Source is cube or archive, Why says why not the cube.
	Source string `json:"source"`
	Why    string `json:"why,omitempty"`
	// SQL are the statements, in order.
	SQL []string `json:"sql"`
	// Lookups is the number of small tables that are joined.
	Lookups int `json:"lookups"`
	// Buffered tells that rows wait until the last one has come, since they are
	// sorted by text or compared with another span.
	Buffered bool `json:"buffered"`
}

// Explain plans a query without running it.
func (s *Service) Explain(ctx context.Context, access Access, q *Query) (*Explanation, error) {
	p, err := s.plan(ctx, access, q)
	if err != nil {
		return nil, err
	}
	defer p.close()
	meta := p.meta()
	e := &Explanation{Columns: p.outputColumns(), Source: meta.Source, Why: meta.Why, Lookups: len(p.src.joins), Buffered: !p.streams()}
	limit := p.query.Limit
	if e.Buffered {
		limit = 0
	}
	sql := p.groupSQL(p.from, p.to, true)
	if !e.Buffered {
		sql = p.orderedSQL(sql, limit)
	}
	e.SQL = append(e.SQL, sql)
	if p.query.Totals || p.query.Others {
		e.SQL = append(e.SQL, p.groupSQL(p.from, p.to, false))
	}
	if p.query.compares() {
		e.SQL = append(e.SQL, p.groupSQL(p.before, p.from, true))
	}
	return e, nil
}

// Members is a page of the values of a dimension.
type Members struct {
	Dimension string `json:"dimension"`
	Members   []any  `json:"members"`
	// More tells that there are others.
	More bool `json:"more"`
}

// Members lists values of a dimension that contain a text, for type-ahead: the
// most frequent ones of a span, at most limit.
func (s *Service) Members(ctx context.Context, access Access, dim, contains string, span Span, limit int) (*Members, error) {
	if limit <= 0 || limit > 1000 {
		limit = 50
	}
	q := &Query{Dimensions: []string{dim}, Time: span, Limit: limit + 1}
	if d := s.model.Dimension(strings.TrimPrefix(dim, "either.")); d != nil || strings.HasPrefix(dim, "either.") {
		q.Dataset, q.Measures = model.Streams, []Measure{{Name: "streams"}}
		if d != nil && !d.Has(model.Streams) {
			q.Dataset = d.In[0]
			q.Measures = []Measure{{Name: map[model.Dataset]string{model.Calls: "call.count", model.Ratings: "feedback"}[q.Dataset]}}
		}
	}
	if contains != "" {
		q.Filter = &Filter{Dim: dim, Tests: []Test{{Contains, []any{contains}}}, Path: "q"}
	}
	r, err := s.Table(ctx, access, q)
	if err != nil {
		return nil, err
	}
	m := &Members{Dimension: dim, Members: []any{}}
	for i, row := range r.Rows {
		if i == limit {
			m.More = true
			break
		}
		if row[0] != nil {
			m.Members = append(m.Members, row[0])
		}
	}
	return m, nil
}

// Drill lists the single rows behind a result, newest first: the query's
// dimensions as columns, and in front the stream and its call, by which the
// portal opens it. Measures are left out. Limit is 100 when it is 0.
func (s *Service) Drill(ctx context.Context, access Access, q *Query, sink Sink) error {
	p, err := s.drillPlan(ctx, access, q)
	if err != nil {
		return err
	}
	defer p.close()
	began := s.now()
	calls := map[int64]string{}
	key := map[model.Dataset]string{model.Streams: "stream_key", model.Calls: "call_key", model.Ratings: "rating_key"}[p.query.Dataset]
	p.src.need("call_key", key, "started")
	limit := p.query.Limit
	if limit == 0 {
		limit = 100
	}
	sql := "SELECT " + key + " AS x_key, call_key AS x_call, started AS x_start"
	for i, f := range p.leaves1 {
		sql += ", " + p.service.dialect.int64(f.sql) + " AS d" + number(float64(i))
	}
	order := "x_start DESC"
	if len(p.query.Order) > 0 {
		order = p.order[0].sql + direction(p.order[0].desc)
	}
	sql += " FROM (" + p.rowsSQL(p.from, p.to, false) + ") AS r ORDER BY " + order + ", x_key LIMIT " + number(float64(limit))
	type line struct {
		key, call, started int64
		dims               []int64
	}
	var lines []line
	err = s.archive.Query(ctx, sql, func(row []any) error {
		l := line{}
		l.key, _ = row[0].(int64)
		l.call, _ = row[1].(int64)
		l.started, _ = row[2].(int64)
		for _, v := range row[3:] {
			n, _ := v.(int64)
			l.dims = append(l.dims, n)
		}
		lines = append(lines, l)
		calls[l.call] = ""
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.callIDs(ctx, calls); err != nil {
		return err
	}
	columns := []Column{{Name: "key", Title: "Key", Type: "text"}, {Name: "call", Title: "Call", Type: "text"}, {Name: "started", Title: "Start Time", Type: "time"}}
	for i := range p.columns {
		columns = append(columns, p.columns[i].Column)
	}
	if err := sink.Columns(columns); err != nil {
		return err
	}
	tail := Tail{Meta: p.meta()}
	for _, l := range lines {
		out := []any{strconv.FormatInt(l.key, 10), calls[l.call], momentText(model.StartTime, p.zone, l.started)}
		for i := range p.columns {
			out = append(out, p.label(&p.columns[i], l.dims))
		}
		tail.Meta.Rows++
		if err := sink.Row(out); err != nil {
			return err
		}
	}
	tail.Meta.MS = float64(s.now().Sub(began).Microseconds()) / 1000
	return sink.End(tail)
}

// drillPlan plans single rows.
func (s *Service) drillPlan(ctx context.Context, access Access, q *Query) (*planner, error) {
	rows := *q
	rows.Measures, rows.Having, rows.Totals, rows.Others, rows.Time.Compare, rows.Time.Grain = nil, nil, false, false, false, ""
	if len(rows.Dimensions) == 0 {
		rows.Dimensions = []string{"media_type", "direction", "duration", "verdict", "poor_reason", "first.net", "second.net", "second.subnet", "second.building", "second.user_agent", "codec", "transport"}
		if rows.Dataset == model.Calls || rows.Dataset == model.Ratings {
			rows.Dimensions = []string{"call.outcome", "call.sip_code", "call.reason", "call.hung_up_by"}
		}
	}
	p, err := s.planOf(ctx, access, &rows, nil)
	if err != nil {
		return nil, err
	}
	if p.either {
		p.close()
		return nil, bad("$.dimensions", "a list of single rows has first.* and second.*, not either.*; either.* can stand in its filter")
	}
	if len(rows.Order) > 0 && p.order[0].sql == "" {
		p.close()
		return nil, bad("$.order", "single rows are sorted by numbers and times only")
	}
	return p, nil
}

// callIDs finds the ids of calls by their keys.
func (s *Service) callIDs(ctx context.Context, calls map[int64]string) error {
	keys := make([]int64, 0, len(calls))
	for k := range calls {
		keys = append(keys, k)
	}
	for len(keys) > 0 {
		n := min(len(keys), manyCodes)
		err := s.archive.Query(ctx, "SELECT call_key, id FROM "+s.archive.From("calls")+" AS c WHERE call_key IN "+archive.In(keys[:n]), func(row []any) error {
			k, _ := row[0].(int64)
			calls[k], _ = row[1].(string)
			return nil
		})
		if err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}
