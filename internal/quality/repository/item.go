package repository

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/internal/quality/cqd"
	"parley/internal/quality/query"
)

// Bounds of an item.
const (
	maxTitle       = 200
	maxDescription = 8000
	maxQuery       = 1 << 20
	maxGroups      = 50
	// maxDepth is how many parents an item may have.
	maxDepth = 12
)

// Sharing says who beside its owner sees an item.
type Sharing string

// The ways of sharing.
const (
	Personal  Sharing = "personal"  // nobody
	Shared    Sharing = "shared"    // the members of Groups
	Published Sharing = "published" // everybody who is signed in
)

// Item is a report, or a set of reports when it has no query.
type Item struct {
	// ID names it for ever: a word for a built-in item, random otherwise.
	ID string `json:"id"`
	// Parent is the ID of the item above, empty for one at the top.
	Parent string `json:"parent,omitempty"`
	// Position orders the children of one parent, ascending.
	Position    int    `json:"position"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	// Query is a query without what the parents say; nil for a set. A filter
	// alone makes a set that narrows its children.
	Query json.RawMessage `json:"query,omitempty"`
	// Inherits adds the filters of the items above to the query's own.
	Inherits bool `json:"inherits"`
	View     View `json:"view"`
	// Lacks are names of an imported report that the archive has no data for.
	Lacks []cqd.Lack `json:"lacks,omitempty"`

	// Owner is a user's address; empty for a built-in item.
	Owner   string  `json:"owner,omitempty"`
	Sharing Sharing `json:"sharing"`
	// Groups are the names of the groups that a shared item is for.
	Groups []string `json:"groups,omitempty"`
	// BuiltIn marks an item of the program, Edited one that an administrator
	// has changed.
	BuiltIn bool `json:"builtIn,omitempty"`
	Edited  bool `json:"edited,omitempty"`

	// Version counts changes from 1; 0 is a built-in item as it was shipped.
	Version   int       `json:"version"`
	Changed   time.Time `json:"changed"`
	ChangedBy string    `json:"changedBy,omitempty"`
}

// View is how a report is drawn. Colours, widths and the like that are not set
// are the page's choice.
type View struct {
	// As is chart or table; empty is chart.
	As string `json:"as,omitempty"`
	// Height and Width are in pixels at the most, 0 for the page's choice.
	Height int `json:"height,omitempty"`
	Width  int `json:"width,omitempty"`
	// Series says how each measure is drawn, by the name of its column.
	Series []Series `json:"series,omitempty"`
	// Sparkline draws the last dimension, which must be one of time, as a small
	// line in each row of the table.
	Sparkline bool `json:"sparkline,omitempty"`
	// Sort is the column that a table is sorted by.
	Sort string `json:"sort,omitempty"`
	Desc bool   `json:"desc,omitempty"`
	// Filters shows a field above each column of a table.
	Filters bool `json:"filters,omitempty"`
}

// Series is how a measure is drawn.
type Series struct {
	Measure string `json:"measure"`
	// Title replaces the measure's own.
	Title string `json:"title,omitempty"`
	// Kind is bar or line; empty lets the unit decide.
	Kind string `json:"kind,omitempty"`
	// Axis is left or right; empty lets the unit decide.
	Axis string `json:"axis,omitempty"`
	// Stack puts the bars of all stacked series on each other.
	Stack bool `json:"stack,omitempty"`
	// Color is #rrggbb; empty is the page's choice.
	Color string `json:"color,omitempty"`
}

// Errors that the portal tells apart.
var (
	// ErrNotFound is also what somebody gets who may not see the item.
	ErrNotFound = errors.New("no such report")
	// ErrDenied is what somebody gets who sees the item and may not change it.
	ErrDenied = errors.New("this report cannot be changed by you")
	// ErrConflict means that somebody else has changed the item meanwhile.
	ErrConflict = errors.New("the report was changed by somebody else meanwhile")
)

// Invalid says what is wrong with an item.
type Invalid struct{ Field, Text string }

// Error implements error.
func (e *Invalid) Error() string { return e.Field + ": " + e.Text }

// check looks at what its author says of an item.
func (i *Item) check() error {
	i.Title = strings.TrimSpace(i.Title)
	switch {
	case i.Title == "":
		return &Invalid{"title", "a report needs a title"}
	case !plain(i.Title, maxTitle):
		return &Invalid{"title", fmt.Sprintf("a title is one line of at most %d characters", maxTitle)}
	case utf8.RuneCountInString(i.Description) > maxDescription || !utf8.ValidString(i.Description):
		return &Invalid{"description", fmt.Sprintf("a description has at most %d characters", maxDescription)}
	case len(i.Groups) > maxGroups:
		return &Invalid{"groups", fmt.Sprintf("a report is shared with at most %d groups", maxGroups)}
	case i.Sharing != Personal && i.Sharing != Shared && i.Sharing != Published:
		return &Invalid{"sharing", fmt.Sprintf("%q is none of personal, shared and published", i.Sharing)}
	case i.Sharing == Shared && len(i.Groups) == 0:
		return &Invalid{"groups", "name a group to share with, or publish the report"}
	case len(i.Query) > maxQuery:
		return &Invalid{"query", fmt.Sprintf("a query has at most %d bytes", maxQuery)}
	}
	if i.Query != nil {
		if _, err := query.Decode(i.Query); err != nil {
			return fmt.Errorf("query: %w", err)
		}
	}
	return i.View.check()
}

func (v *View) check() error {
	switch {
	case v.As != "" && v.As != "chart" && v.As != "table":
		return &Invalid{"view.as", fmt.Sprintf("%q is neither chart nor table", v.As)}
	case v.Height < 0 || v.Height > 2000 || v.Width < 0 || v.Width > 4000:
		return &Invalid{"view", "a chart is at most 2000 pixels high and 4000 wide"}
	case len(v.Series) > 100:
		return &Invalid{"view.series", "a chart has at most 100 series"}
	case !plain(v.Sort, maxTitle):
		return &Invalid{"view.sort", "a column's name is one line"}
	}
	for n, s := range v.Series {
		at := fmt.Sprintf("view.series[%d]", n)
		switch {
		case !plain(s.Measure, maxTitle) || !plain(s.Title, maxTitle):
			return &Invalid{at, fmt.Sprintf("names are one line of at most %d characters", maxTitle)}
		case s.Kind != "" && s.Kind != "bar" && s.Kind != "line":
			return &Invalid{at + ".kind", fmt.Sprintf("%q is neither bar nor line", s.Kind)}
		case s.Axis != "" && s.Axis != "left" && s.Axis != "right":
			return &Invalid{at + ".axis", fmt.Sprintf("%q is neither left nor right", s.Axis)}
		case s.Color != "" && !isColor(s.Color):
			return &Invalid{at + ".color", fmt.Sprintf("%.20q is no colour such as #1a7f64", s.Color)}
		}
	}
	return nil
}

func isColor(s string) bool {
	if len(s) != 7 || s[0] != '#' {
		return false
	}
	for _, c := range s[1:] {
		if !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			return false
		}
	}
	return true
}

// plain tells whether a text is one printable line of at most n characters.
func plain(s string, n int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= n && !strings.ContainsFunc(s, unicode.IsControl)
}
