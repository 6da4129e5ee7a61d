// Query measures how fast questions about call quality are answered, from the roll-ups and from the archive.
//
//	go run ./test/bench/query --streams 5000000
//
// It generates an archive (kept with --dir and used again), rolls it up, and asks the questions of the built-in reports,
// each several times.
package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/cube"
	"parley/internal/quality/generate"
	"parley/internal/quality/mapping"
	"parley/internal/quality/model"
	"parley/internal/quality/query"
)

// until is the end of the generated time, so that runs are the same.
var until = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func main() {
	streams := flag.Int("streams", 5_000_000, "how many streams to generate")
	dir := flag.String("dir", "", "folder of the archive, kept and used again; a temporary one by default")
	repeat := flag.Int("repeat", 9, "how often each question is asked")
	flag.Parse()
	if err := run(context.Background(), *streams, *dir, *repeat); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// question is one of a report.
type question struct{ report, text string }

// questions are those of the built-in reports that need most, and ad-hoc ones of the last month that no roll-up answers.
var questions = []question{
	{"audio trend, 7 months", `{"time":{"last":"P7M","grain":"month"},"measures":["audio.good","audio.unclassified","audio.poor","audio.poor_pct"],"intervals":true}`},
	{"audio trend, days of 7 months", `{"time":{"last":"P7M","grain":"day"},"measures":["audio.good","audio.unclassified","audio.poor","audio.poor_pct"]}`},
	{"scorecard, jpdr", `{"time":{"last":"P7M","grain":"month"},"classifier":"jpdr","dimensions":["pair.is_server","pair.net","second.inside"],"measures":["audio.streams","audio.poor_pct"]}`},
	{"buildings, 7 months", `{"time":{"last":"P7M"},"dimensions":["second.building","second.net"],"measures":["audio.streams","audio.poor_pct","avg.jitter","avg.loss"],"having":{"measure":"audio.streams","gt":100},"order":[{"by":"audio.poor_pct","desc":true}],"intervals":true}`},
	{"buildings, this month", `{"time":{"last":"P1M"},"dimensions":["second.building","second.net"],"measures":["audio.streams","audio.poor_pct","avg.jitter"],"limit":100,"others":true}`},
	{"regions by month", `{"time":{"last":"P7M","grain":"month"},"dimensions":["second.region"],"measures":["audio.streams","audio.poor_pct"]}`},
	{"subnets without building", `{"time":{"last":"P28D"},"dimensions":["second.subnet"],"measures":["streams"],"filter":{"dim":"second.building","null":true},"having":{"measure":"streams","ge":10},"limit":200}`},
	{"clients, 28 days", `{"time":{"last":"P28D"},"dimensions":["second.app_version"],"measures":["audio.streams","audio.poor_pct"],"limit":100}`},
	{"devices, 28 days", `{"time":{"last":"P28D"},"dimensions":["second.capture"],"measures":["audio.streams","audio.poor_pct","avg.send_listen_mos"],"limit":100}`},
	{"access points, 28 days", `{"time":{"last":"P28D"},"dimensions":["second.bssid"],"measures":["audio.streams","audio.poor_pct"],"having":{"measure":"audio.streams","ge":30},"limit":100}`},
	{"Wi-Fi signal bands, 28 days", `{"time":{"last":"P28D"},"dimensions":["second.rssi_band","second.wifi_radio"],"measures":["audio.streams","audio.poor_pct"]}`},
	{"transport, 7 months", `{"time":{"last":"P7M","grain":"month"},"dimensions":["transport","second.ice"],"measures":["streams","audio.poor_pct"]}`},
	{"poor because of, 7 months", `{"time":{"last":"P7M","grain":"month"},"measures":["audio.poor_due_jitter","audio.poor_due_loss","audio.poor_due_rtt","audio.poor_due_degradation","audio.poor_due_concealed"]}`},
	{"movers: excess by building", `{"time":{"last":"P7D"},"dimensions":["second.building"],"measures":[{"excess":"audio.poor"},"audio.streams"],"order":[{"by":"excess.audio.poor","desc":true}],"limit":10}`},
	{"hour of day, Lisbon", `{"time":{"last":"P28D"},"timezone":"Europe/Lisbon","dimensions":["time.hour_of_day"],"measures":["audio.streams","audio.poor_pct"]}`},
	{"ad hoc: users by building, month", `{"time":{"from":"2026-10","to":"2026-11"},"dimensions":["second.building"],"measures":["second.users","audio.poor_users"]}`},
	{"ad hoc: p95 by subnet, month", `{"time":{"from":"2026-10","to":"2026-11"},"dimensions":["second.subnet"],"measures":[{"p95":"jitter"},{"p95":"rtt"},"streams"],"having":{"measure":"streams","gt":500}}`},
	{"ad hoc: version x device, month", `{"time":{"from":"2026-10","to":"2026-11"},"dimensions":["second.app_version","second.capture"],"measures":["audio.streams","audio.poor_pct"],"having":{"measure":"audio.streams","gt":1000}}`},
	{"ad hoc: calls, month", `{"time":{"from":"2026-10","to":"2026-11","grain":"day"},"measures":["audio.calls","audio.poor_call_pct"]}`},
}

func run(ctx context.Context, streams int, dir string, repeat int) error {
	if dir == "" {
		temp, err := os.MkdirTemp("", "query-bench")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(temp) }() // what stays behind is in the temporary folder
		dir = temp
	}
	a, err := archive.Open(ctx, archive.Config{Engine: archive.EngineDuckDB, Path: filepath.Join(dir, "quality.duckdb")})
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }() // nothing is written any more
	g, err := generate.New(generate.Config{Streams: streams, Seed: 1, From: until.AddDate(0, -7, 0), Until: until})
	if err != nil {
		return err
	}
	months, err := a.Months(ctx)
	if err != nil {
		return err
	}
	if len(months) == 0 {
		began := time.Now()
		for _, m := range g.Months() {
			if err := a.Load(ctx, m); err != nil {
				return err
			}
		}
		fmt.Printf("%d streams loaded in %.1f s\n", streams, time.Since(began).Seconds())
	}
	cubes, err := cube.New(ctx, cube.Config{Archive: a, Classifiers: query.BuiltIn{}})
	if err != nil {
		return err
	}
	began := time.Now()
	if err := cubes.Process(ctx, false, nil); err != nil {
		return err
	}
	fmt.Printf("rolled up in %.1f s\n", time.Since(began).Seconds())
	for _, d := range cubes.Definitions() {
		err := a.Query(ctx, fmt.Sprintf("SELECT (SELECT count(*) FROM cube_%s_hour), (SELECT count(*) FROM cube_%s_day)", d.Name, d.Name), func(row []any) error {
			fmt.Printf("  %s: %v rows by the hour, %v by the day\n", d.Name, row[0], row[1])
			return nil
		})
		if err != nil {
			return err
		}
	}
	set, err := buildings(g)
	if err != nil {
		return err
	}
	s, err := query.New(query.Config{Archive: a, Engine: archive.EngineDuckDB, Model: model.New(), Mapping: mapping.Of(set), Cubes: cubes, Now: func() time.Time { return until.Add(-time.Hour) }})
	if err != nil {
		return err
	}
	fmt.Printf("%-34s %8s %8s %8s  %-8s %6s\n", "question", "first ms", "median", "p95", "source", "rows")
	for _, q := range questions {
		if err := ask(ctx, s, q, repeat); err != nil {
			return fmt.Errorf("%s: %w", q.report, err)
		}
	}
	return nil
}

// ask prints how long a question takes: the first time, and then.
func ask(ctx context.Context, s *query.Service, q question, repeat int) error {
	parsed, err := query.Decode([]byte(q.text))
	if err != nil {
		return err
	}
	var first float64
	var all []float64
	var last *query.Result
	for i := range repeat + 1 {
		began := time.Now()
		if last, err = s.Table(ctx, query.Everything{}, parsed); err != nil {
			return err
		}
		ms := float64(time.Since(began).Microseconds()) / 1000
		if i == 0 {
			first = ms
			continue
		}
		all = append(all, ms)
	}
	slices.Sort(all)
	fmt.Printf("%-34s %8.1f %8.1f %8.1f  %-8s %6d\n", q.report, first, all[len(all)/2], all[(len(all)*95+99)/100-1], last.Meta.Source, last.Meta.Rows)
	return nil
}

// buildings is the mapping of the generated company.
func buildings(g *generate.Generator) (*mapping.Set, error) {
	var text bytes.Buffer
	if err := g.WriteBuildings(&text); err != nil {
		return nil, err
	}
	r := csv.NewReader(&text)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	set := &mapping.Set{Name: "generated"}
	seen := map[string]bool{}
	for _, row := range rows {
		p, err := netip.ParsePrefix(row[0] + "/" + row[2])
		if err != nil {
			return nil, err
		}
		name := row[3]
		if !seen[name] {
			seen[name] = true
			set.Buildings = append(set.Buildings, mapping.Building{Key: name, Name: name, City: row[7], Country: row[9], Region: row[11], InsideCorp: row[12] == "1"})
		}
		set.Networks = append(set.Networks, mapping.Network{Prefix: p, Building: name, Name: row[1]})
	}
	return set, nil
}
