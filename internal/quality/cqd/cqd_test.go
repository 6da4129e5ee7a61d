package cqd

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/quality/model"
	"parley/internal/quality/query"
)

func TestTranslate(t *testing.T) {
	c := model.New()
	for name, tc := range map[string]struct{ in, want string }{
		"month of the cube": {
			`{"Filters":[{"DataModelName":"[StartDate].[Month]","Value":"[2015-03-01T00:00:00],[2015-04-01T00:00:00]","Operand":0},
			  {"DataModelName":"[Scenarios].[ScenarioPair]","Value":"[Client-Inside-Wired--Inside-]","Operand":0}],
			  "Dimensions":[{"DataModelName":"[StartDate].[Month]"}],"Measurements":[{"DataModelName":"[Measures].[AudioPoorJPDRPercentage]"}]}`,
			`{"time":{"last":"P7M"},"dimensions":["time.full_month"],"measures":["audio.poor_pct@jpdr"],"filter":{"and":[{"dim":"time.full_month","in":["2015-03-01","2015-04-01"]},` +
				`{"and":[{"dim":"first.is_server","in":["Client"]},{"dim":"first.inside_corp","regex":"(?i)^(?:Inside)$"},{"dim":"first.net","regex":"(?i)^(?:wired|ethernet)$"},` +
				`{"dim":"second.is_server","null":true},{"dim":"second.inside_corp","regex":"(?i)^(?:Inside)$"},{"dim":"second.net","null":true}]}]}}`},
		"trend of days to a date": {
			`{"Dimensions":[],"Measurements":[{"DataModelName":"[Measures].[Audio Stream Count]"}],"Trend":{"EnableTrend":true,"SpanCount":28,"TrendDate":"2019-5-20","Type":1},"LimitResultRowsCount":5}`,
			`{"time":{"from":"2019-04-23","to":"2019-05-21"},"measures":["audio.streams"],"limit":5}`},
		"trend of months to a month": {
			`{"Measurements":[{"DataModelName":"[Measures].[Audio Stream Count]"}],"Trend":{"EnableTrend":true,"SpanCount":7,"TrendDate":"2015-3","Type":0}}`,
			`{"time":{"from":"2014-09-01","to":"2015-04-01"},"measures":["audio.streams"]}`},
		"one month": {
			`{"Measurements":[{"DataModelName":"[Measures].[Audio Stream Count]"}],"Trend":{"EnableTrend":false,"SpanCount":7,"TrendDate":"2015-3","Type":0}}`,
			`{"time":{"from":"2015-03-01","to":"2015-04-01"},"measures":["audio.streams"]}`},
		"unions": {
			`{"Measurements":[{"DataModelName":"[Measures].[Total Stream Count]"}],"Filters":[
			  {"DataModelName":"[AllStreams].[Second VPN]","Value":"[True]","Operand":0,"UnionGroup":"OR"},
			  {"DataModelName":"[AllStreams].[Second City]","Value":"[Lisbon],[O'Hara],[a.b]","Operand":1},
			  {"DataModelName":"[AllStreams].[First VPN]","Value":"[True]","Operand":0,"UnionGroup":"OR"}]}`,
			`{"time":{"last":"P7M"},"measures":["streams"],"filter":{"and":[{"or":[{"dim":"second.vpn","in":[true]},{"dim":"first.vpn","in":[true]}]},` +
				`{"not":{"dim":"second.city","regex":"(?i)^(?:Lisbon|O'Hara|a\\.b)$"}}]}}`},
		"operands": {
			`{"Measurements":[{"DataModelName":"[Measures].[Total Stream Count]"}],"Filters":[
			  {"DataModelName":"[AllStreams].[Second User Agent]","Value":"uccapi/16.0","Operand":2},{"DataModelName":"[AllStreams].[Second User Agent]","Value":"[UCC]","Operand":3},
			  {"DataModelName":"[AllStreams].[Jitter]","Value":"10,30","Operand":4},{"DataModelName":"[AllStreams].[Jitter]","Value":"10,30","Operand":5},
			  {"DataModelName":"[AllStreams].[Jitter]","Value":"10","Operand":6},{"DataModelName":"[AllStreams].[Month Year]","Value":"2019-03","Operand":7},
			  {"DataModelName":"[AllStreams].[Jitter]","Value":"10","Operand":8},{"DataModelName":"[AllStreams].[Jitter]","Value":"10","Operand":9}]}`,
			`{"time":{"last":"P7M"},"measures":["streams"],"filter":{"and":[{"contains":"uccapi/16.0","dim":"second.user_agent"},{"begins":"UCC","dim":"second.user_agent"},` +
				`{"between":[10,30],"dim":"jitter"},{"dim":"jitter","gt":10,"lt":30},{"dim":"jitter","gt":10},{"dim":"time.month","ge":"2019-03"},{"dim":"jitter","lt":10},{"dim":"jitter","le":10}]}}`},
		"blanks, bands, subnets and what never is": {
			`{"Measurements":[{"DataModelName":"[Measures].[Total Stream Count]"}],"Filters":[
			  {"DataModelName":"[AllStreams].[Second Wifi Band]","Value":"[5.0 Ghz],[(Blank)]","Operand":0},{"DataModelName":"[AllStreams].[Second Subnet]","Value":"[192.168.0.0]","Operand":1},
			  {"DataModelName":"[AllStreams].[Second Wifi Band]","Value":"[60 GHz]","Operand":0},{"DataModelName":"[AllStreams].[QoE Record Available]","Value":"[True]","Operand":0},
			  {"DataModelName":"[AllStreams].[Date]","Value":"","Operand":0}]}`,
			`{"time":{"last":"P7M"},"measures":["streams"],"filter":{"and":[{"or":[{"dim":"second.wifi_band","null":true},{"dim":"second.wifi_band","in":["5 GHz"]}]},` +
				`{"not":{"dim":"second.subnet","regex":"(?i)^(?:192\\.168\\.0\\.0(?:/[0-9]+)?)$"}},{"and":[{"dim":"second.wifi_band","null":true},{"dim":"second.wifi_band","null":false}]},` +
				`{"not":{"dim":"qoe_available","eq":"None"}}]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			var q Query
			if err := json.Unmarshal([]byte(tc.in), &q); err != nil {
				t.Fatal(err)
			}
			got, err := Translate(c, &q, true)
			if err != nil {
				t.Fatal(err)
			}
			if string(got.JSON) != tc.want {
				t.Errorf("%s\nwant %s", got.JSON, tc.want)
			}
			if _, err := query.Decode(got.JSON); err != nil {
				t.Error(err)
			}
			if got.Lacks != nil {
				t.Errorf("lacks %v", got.Lacks)
			}
		})
	}
}

func TestTranslateTellsWhatIsMissing(t *testing.T) {
	c := model.New()
	q := &Query{Dimensions: []Name{{"[AllStreams].[Is Teams]"}, {"[AllStreams].[Month Year]"}}, Measurements: []Name{{"[Measures].[Total Stream Count]"}, {"[Measures].[PSTN Total Minutes]"}},
		Filters: []Filter{{DataModelName: "[AllStreams].[Is Teams]", Value: "[1]"}}}
	got, err := Translate(c, q, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Lacks) != 2 || got.Lacks[0].Name != "Is Teams" || got.Lacks[1].Name != "PSTN Total Minutes" || got.Lacks[0].Why == "" {
		t.Errorf("lacks %v", got.Lacks)
	}
	q.Measurements = q.Measurements[1:]
	if _, err := Translate(c, q, false); !errors.Is(err, ErrNoMeasure) {
		t.Errorf("without a measure: %v", err)
	}
	for _, f := range []Filter{
		{DataModelName: "[AllStreams].[Second City]", Value: "[a", Operand: 0}, {DataModelName: "[AllStreams].[Second City]", Value: "[a]x[b]", Operand: 0},
		{DataModelName: "[AllStreams].[Jitter]", Value: "10", Operand: 4}, {DataModelName: "[AllStreams].[Jitter]", Value: "10", Operand: 10},
		{DataModelName: "[AllStreams].[Jitter]", Value: "[ten]", Operand: 0}, {DataModelName: "[AllStreams].[Is Server Pair]", Value: "[Client]", Operand: 0},
	} {
		if got, err := Translate(c, &Query{Measurements: []Name{{"[Measures].[Total Stream Count]"}}, Filters: []Filter{f}}, false); err == nil && f.Value != "[a]x[b]" {
			t.Errorf("%+v gave %s", f, got.JSON)
		}
	}
}

// Every item of the real files translates into a query that decodes, or lacks
// names with a reason.
func TestRealReportTrees(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/qer/*.cqdx")
	if err != nil || len(files) == 0 {
		t.Skip("the real report trees are not beside the project")
	}
	c := model.New()
	total, lacking := 0, map[string]int{}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		top, err := Read(data)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		var walk func(r *Report)
		walk = func(r *Report) {
			total++
			for _, child := range r.Children {
				walk(child)
			}
			if r.Query == nil {
				return
			}
			tr, err := Translate(c, r.Query, false)
			if errors.Is(err, ErrNoMeasure) && len(r.Query.Measurements) == 0 {
				return // a template, to which its user adds measures
			}
			if errors.Is(err, ErrNoMeasure) {
				t.Errorf("%q: none of its measures is known", r.Title)
				return
			}
			if err != nil {
				t.Errorf("%q: %v", r.Title, err)
				return
			}
			if _, err := query.Decode(tr.JSON); err != nil {
				t.Errorf("%q: %v\n%s", r.Title, err, tr.JSON)
			}
			for _, l := range tr.Lacks {
				lacking[l.Name]++
				if l.Why == "" {
					t.Errorf("%q lacks %s for no reason", r.Title, l.Name)
				}
			}
		}
		for _, r := range top {
			walk(r)
		}
	}
	if total != 206 {
		t.Errorf("%d items, want 206", total)
	}
	t.Logf("%d items; lacking: %v", total, lacking)
}

func TestBadFilesAreRefused(t *testing.T) {
	for in, want := range map[string]string{
		"":       "no .cqdx file",
		"<xml/>": "no .cqdx file",
		"{}":     "no reports",
		`{"Items":[{"ItemId":1,"Type":"Query","Content":"x"}]}`:                                                     "not JSON",
		`{"Items":[{"ItemId":1,"Type":"Query","Content":"{}"}]}`:                                                    "without a query",
		`{"Items":[{"ItemId":1,"Type":"Pie","Content":"{}"}]}`:                                                      "neither",
		`{"Items":[{"ItemId":1,"Type":"ReportSet","Content":"{}"},{"ItemId":1,"Type":"ReportSet","Content":"{}"}]}`: "twice",
	} {
		if _, err := Read([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", in, err, want)
		}
	}
	ring := `{"RootItemId":1,"Items":[{"ItemId":1,"Type":"ReportSet","Content":"{\"Title\":\"a\"}"},{"ItemId":2,"Type":"ReportSet","Content":"{\"Title\":\"b\"}"}],` +
		`"ItemRelations":[{"ParentItemId":1,"ChildItemId":2},{"ParentItemId":2,"ChildItemId":1}]}`
	if top, err := Read([]byte(ring)); err != nil || len(top) != 1 || len(top[0].Children) != 1 || len(top[0].Children[0].Children) != 0 {
		t.Errorf("a ring: %v, %v", top, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"RootItemId":1,"Items":[{"ItemId":1,"Type":"Query","Content":"{\"Title\":\"a\",\"Query\":{\"Filters\":[{\"DataModelName\":\"[A].[Second City]\",\"Value\":\"[x]\"}],\"Measurements\":[{\"DataModelName\":\"[Measures].[Total Stream Count]\"}]}}"}]}`))
	c := model.New()
	f.Fuzz(func(t *testing.T, data []byte) {
		top, err := Read(data)
		if err != nil {
			return
		}
		for _, r := range top {
			if r.Query == nil {
				continue
			}
			if tr, err := Translate(c, r.Query, true); err == nil {
				if _, err := query.Decode(tr.JSON); err != nil && !strings.Contains(err.Error(), "more than") {
					t.Errorf("%s: %v", tr.JSON, err)
				}
			}
		}
	})
}
