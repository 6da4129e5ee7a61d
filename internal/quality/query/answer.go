package query

import "time"

// Column describes a column of an answer.
type Column struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Type is text, number, boolean, date or time.
	Type string `json:"type"`
	Unit string `json:"unit,omitempty"`
	// Dimension or Measure is the key in the catalogue.
	Dimension string `json:"dimension,omitempty"`
	Measure   string `json:"measure,omitempty"`
	// Of is what the column says of its measure: low and high are the ends of
	// the 95 % interval, previous and delta compare with the span before.
	Of         string `json:"of,omitempty"`
	Classifier string `json:"classifier,omitempty"`
	Personal   bool   `json:"personal,omitempty"`
}

// Meta tells how an answer came about.
type Meta struct {
	// MS is how long it took, in milliseconds.
	MS float64 `json:"ms"`
	// Source is cube or archive; Why says why not the cube.
	Source     string    `json:"source"`
	Why        string    `json:"why,omitempty"`
	AsOf       time.Time `json:"as_of"`
	Classifier []string  `json:"classifier"`
	Rows       int       `json:"rows"`
	Timezone   string    `json:"timezone"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
}

// Tail is what follows the rows.
type Tail struct {
	// Totals and Others have a value for each column, nil for dimensions.
	Totals []any `json:"totals,omitempty"`
	Others []any `json:"others,omitempty"`
	Meta   Meta  `json:"meta"`
}

// Sink takes an answer as it comes. Values are string, int64, float64, bool or
// nil; a row is only valid during the call.
type Sink interface {
	Columns(columns []Column) error
	Row(row []any) error
	End(tail Tail) error
}

// Result is a whole answer.
type Result struct {
	Columns []Column `json:"columns"`
	Rows    [][]any  `json:"rows"`
	Tail
}

// collector keeps an answer.
type collector struct{ Result }

func (c *collector) Columns(columns []Column) error {
	c.Result.Columns, c.Rows = columns, [][]any{}
	return nil
}

func (c *collector) Row(row []any) error {
	c.Rows = append(c.Rows, append([]any(nil), row...))
	return nil
}

func (c *collector) End(tail Tail) error {
	c.Tail = tail
	return nil
}
