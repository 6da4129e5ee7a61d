package cqd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Bounds of a file of reports.
const (
	MaxFile  = 32 << 20
	maxItems = 20_000
)

// Report is an item of a report tree: a report, or a set of reports when Query
// is nil.
type Report struct {
	Title       string
	Description string
	Query       *Query
	View        Presentation
	Children    []*Report
}

// Presentation is how the original draws a report.
type Presentation struct {
	Plugin          string          `json:"presentationPlugin"` // flotChart or dataTable
	Height          int             `json:"height"`
	Width           int             `json:"width"`
	Table           TableProperties `json:"tableProperties"`
	Chart           json.RawMessage `json:"chartProperties,omitempty"`
	Dimensions      []Drawn         `json:"dimensions"`
	Measurements    []Drawn         `json:"measurements"`
	SparklineEnable bool            `json:"sparklineEnable"`
}

// TableProperties are those of a table.
type TableProperties struct {
	ShowFilter     Truth `json:"showFilter"`
	ColumnSort     int   `json:"columnSortIndex"`
	ColumnSortDesc Truth `json:"columnSortDesc"`
	ColumnFilters  []any `json:"columnFilters"`
}

// Truth is true or false, which real files also write as texts.
type Truth bool

// UnmarshalJSON implements json.Unmarshaler.
func (t *Truth) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1":
		*t = true
	case "false", "0", "", "null":
		*t = false
	default:
		return fmt.Errorf("%.20s is neither true nor false", b)
	}
	return nil
}

// Drawn is a column of a report.
type Drawn struct {
	DataModelName string `json:"DataModelName"`
	FriendlyName  string `json:"friendlyName"`
	YAxis         int    `json:"yaxis,omitempty"` // 1 left, 2 right
	Color         string `json:"color,omitempty"`
	Stack         bool   `json:"stack,omitempty"`
	ChartType     int    `json:"chartType,omitempty"` // 0 bar, 1 line
	ErrorBar      bool   `json:"errorBar,omitempty"`
	Disabled      bool   `json:"disabled,omitempty"`
}

// file is a .cqdx file.
type file struct {
	RootItemID    int64      `json:"RootItemId"`
	Items         []item     `json:"Items"`
	ItemRelations []relation `json:"ItemRelations"`
}

type item struct {
	ItemID     int64   `json:"ItemId"`
	UserID     int64   `json:"UserId"`
	Content    string  `json:"Content"`
	Type       string  `json:"Type"`
	SubItemIDs []int64 `json:"SubItemIds"`
}

type relation struct {
	ParentItemID int64 `json:"ParentItemId"`
	ChildItemID  int64 `json:"ChildItemId"`
}

type content struct {
	Title        string        `json:"Title"`
	Description  string        `json:"Description"`
	Query        *Query        `json:"Query,omitempty"`
	Presentation *Presentation `json:"Presentation,omitempty"`
}

// Read reads a .cqdx file. An item that several sets hold is in the first one;
// what no set holds is beside the root.
func Read(data []byte) ([]*Report, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("the file has %d bytes, at most %d are taken", len(data), MaxFile)
	}
	var f file
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &f); err != nil {
		return nil, fmt.Errorf("this is no .cqdx file: %w", err)
	}
	switch {
	case len(f.Items) == 0:
		return nil, errors.New("the file has no reports: it needs a list Items, as the dashboard exports it")
	case len(f.Items) > maxItems:
		return nil, fmt.Errorf("the file has %d reports, at most %d are taken", len(f.Items), maxItems)
	}
	reports, children := map[int64]*Report{}, map[int64][]int64{}
	order := make([]int64, 0, len(f.Items))
	for n, i := range f.Items {
		r, err := i.read()
		if err != nil {
			return nil, fmt.Errorf("item %d (ItemId %d): %w", n+1, i.ItemID, err)
		}
		if reports[i.ItemID] != nil {
			return nil, fmt.Errorf("item %d: ItemId %d is there twice", n+1, i.ItemID)
		}
		reports[i.ItemID], children[i.ItemID] = r, i.SubItemIDs
		order = append(order, i.ItemID)
	}
	for _, r := range f.ItemRelations {
		children[r.ParentItemID] = append(children[r.ParentItemID], r.ChildItemID)
	}
	placed := map[int64]bool{}
	var place func(id int64) *Report
	place = func(id int64) *Report {
		r := reports[id]
		if r == nil || placed[id] {
			return nil
		}
		placed[id] = true
		for _, child := range children[id] {
			if c := place(child); c != nil {
				r.Children = append(r.Children, c)
			}
		}
		return r
	}
	var top []*Report
	for _, id := range append([]int64{f.RootItemID}, order...) {
		if id != f.RootItemID && isChild(children, id) {
			continue
		}
		if r := place(id); r != nil {
			top = append(top, r)
		}
	}
	for _, id := range order { // a ring that nothing leads into
		if r := place(id); r != nil {
			top = append(top, r)
		}
	}
	return top, nil
}

func isChild(children map[int64][]int64, id int64) bool {
	for _, list := range children {
		for _, c := range list {
			if c == id {
				return true
			}
		}
	}
	return false
}

func (i *item) read() (*Report, error) {
	var c content
	if err := json.Unmarshal([]byte(i.Content), &c); err != nil {
		return nil, fmt.Errorf("its content is not JSON: %w", err)
	}
	r := &Report{Title: c.Title, Description: c.Description}
	switch i.Type {
	case "ReportSet":
	case "Query":
		if c.Query == nil {
			return nil, errors.New("a report without a query")
		}
		r.Query = c.Query
	default:
		return nil, fmt.Errorf("type %q is neither Query nor ReportSet", i.Type)
	}
	if c.Presentation != nil {
		r.View = *c.Presentation
	}
	return r, nil
}
