package repository

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"parley/internal/quality/cqd"
	"parley/internal/quality/model"
)

// Imported tells what an import made.
type Imported struct {
	// Items are the new ones, each set before what is below it.
	Items []Item
	// Lacking counts those of which a part could not be taken over.
	Lacking int
}

// Import puts the reports of a .cqdx file below parent as personal ones of the
// viewer's. Names without data are left out of a report, and named in it.
func (r *Repository) Import(ctx context.Context, v Viewer, c *model.Catalogue, data []byte, parent string) (Imported, error) {
	var done Imported
	top, err := cqd.Read(data)
	if err != nil {
		return done, &Invalid{"file", err.Error()}
	}
	if err := depth(top, 1); err != nil {
		return done, err
	}
	for at, report := range top {
		if err := r.importBelow(ctx, v, c, report, parent, at, &done); err != nil {
			return done, err
		}
	}
	return done, nil
}

func depth(reports []*cqd.Report, n int) error {
	for _, r := range reports {
		if n > maxDepth {
			return &Invalid{"file", fmt.Sprintf("its reports are more than %d levels deep", maxDepth)}
		}
		if err := depth(r.Children, n+1); err != nil {
			return err
		}
	}
	return nil
}

func (r *Repository) importBelow(ctx context.Context, v Viewer, c *model.Catalogue, report *cqd.Report, parent string, at int, done *Imported) error {
	i := Item{Parent: parent, Position: at, Title: oneLine(report.Title), Description: truncate(report.Description, maxDescription)}
	if report.Query != nil {
		t, err := cqd.Translate(c, report.Query, false)
		switch {
		case errors.Is(err, cqd.ErrNoMeasure):
			i.Lacks = []cqd.Lack{{Name: "Measurements", Why: "the report has none that this archive knows: choose one in the designer"}}
		case err != nil:
			i.Lacks = []cqd.Lack{{Name: "Query", Why: err.Error()}}
		default:
			i.Query = t.JSON
		}
		i.Lacks = append(i.Lacks, t.Lacks...)
		i.View = viewOf(c, &report.View)
	}
	made, err := r.Create(ctx, v, i)
	if err != nil {
		return fmt.Errorf("import report %q: %w", i.Title, err)
	}
	done.Items = append(done.Items, made)
	if len(made.Lacks) > 0 {
		done.Lacking++
	}
	for n, child := range report.Children {
		if err := r.importBelow(ctx, v, c, child, made.ID, n, done); err != nil {
			return err
		}
	}
	return nil
}

func oneLine(title string) string {
	title = truncate(strings.Join(strings.Fields(strings.ToValidUTF8(title, "")), " "), maxTitle)
	if title == "" {
		return "Untitled"
	}
	return title
}

func truncate(s string, n int) string {
	if r := []rune(strings.ToValidUTF8(s, "")); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// viewOf takes over how the original draws a report, as far as it is within
// bounds.
func viewOf(c *model.Catalogue, p *cqd.Presentation) View {
	v := View{As: "chart", Height: min(max(p.Height, 0), 2000), Sparkline: p.SparklineEnable, Filters: bool(p.Table.ShowFilter), Desc: bool(p.Table.ColumnSortDesc)}
	if p.Plugin == "dataTable" {
		v.As = "table"
	}
	for _, m := range p.Measurements {
		key, ok := cqd.Measure(c, m.DataModelName)
		if !ok || len(v.Series) == 100 {
			continue
		}
		s := Series{Measure: key, Kind: "bar", Axis: "left", Stack: m.Stack}
		if m.ChartType == 1 {
			s.Kind = "line"
		}
		if m.YAxis == 2 {
			s.Axis = "right"
		}
		if isColor(m.Color) {
			s.Color = m.Color
		}
		v.Series = append(v.Series, s)
	}
	return v
}

// native is the file of the archive's own that Export makes and ImportNative
// reads.
type native struct {
	Format  string `json:"format"`
	Reports []Item `json:"reports"`
}

const nativeFormat = "parley-reports-1"

// Export writes an item and all below it that the viewer sees, as a file that
// ImportNative reads.
func (r *Repository) Export(v Viewer, id string) ([]byte, error) {
	top, err := r.Get(v, id)
	if err != nil {
		return nil, err
	}
	if q, err := r.Effective(id); err != nil {
		return nil, err
	} else if q != nil {
		top.Query, top.Inherits = q, false
	}
	top.Parent = ""
	f := native{Format: nativeFormat, Reports: []Item{top}}
	for n := 0; n < len(f.Reports); n++ {
		f.Reports = append(f.Reports, r.Children(v, f.Reports[n].ID)...)
	}
	return json.MarshalIndent(f, "", "  ")
}

// ImportNative puts the reports of a file that Export wrote below parent.
func (r *Repository) ImportNative(ctx context.Context, v Viewer, data []byte, parent string) (Imported, error) {
	var done Imported
	var f native
	if err := json.Unmarshal(data, &f); err != nil || f.Format != nativeFormat {
		return done, &Invalid{"file", "this is neither a .cqdx file nor one that this server exported"}
	}
	for _, i := range f.Reports {
		if err := i.check(); err != nil {
			return done, fmt.Errorf("report %q: %w", i.Title, err)
		}
	}
	names := map[string]string{}
	for _, i := range f.Reports {
		old := i.ID
		i.Sharing, i.Groups = Personal, nil
		if above, ok := names[i.Parent]; ok {
			i.Parent = above
		} else {
			i.Parent = parent
		}
		made, err := r.Create(ctx, v, i)
		if err != nil {
			return done, fmt.Errorf("import report %q: %w", i.Title, err)
		}
		names[old] = made.ID
		done.Items = append(done.Items, made)
		if len(made.Lacks) > 0 {
			done.Lacking++
		}
	}
	return done, nil
}

// IsNative tells whether a file is one that Export wrote.
func IsNative(data []byte) bool {
	var f struct {
		Format string `json:"format"`
	}
	return json.Unmarshal(data, &f) == nil && f.Format == nativeFormat
}
