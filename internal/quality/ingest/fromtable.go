package ingest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// tableRow is a stream of the original's metrics database, as package harvest
// reads its exports: text as it is there.
type tableRow struct {
	CallID     string            `json:"callId"`
	Caller     string            `json:"caller"`
	Callee     string            `json:"callee"`
	Label      string            `json:"label"`
	FromCaller bool              `json:"fromCaller"`
	Started    string            `json:"started"`
	Ended      string            `json:"ended"`
	Text       map[string]string `json:"text"`
	Values     map[string]string `json:"values"`
}

func (r *tableRow) ended() time.Time { return databaseTime(r.Ended) }

// check refuses a row that cannot be placed.
func (r *tableRow) check() error {
	if r.CallID == "" {
		return fmt.Errorf("row of a table without a call")
	}
	for _, t := range []string{r.Started, r.Ended} {
		if t != "" && databaseTime(t).IsZero() {
			return fmt.Errorf("%.40q is not a time", t)
		}
	}
	return nil
}

// databaseTime reads the times of exports, which are in UTC, zero for anything
// else.
func databaseTime(s string) time.Time {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "1/2/2006 15:04:05", "1/2/2006 3:04:05 PM", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// fromTable makes the observation of a row: the database has merged what both
// ends told, so it is given to the end that received the stream.
func fromTable(r *tableRow, received time.Time) observation {
	caller, callee := r.end("caller"), r.end("callee")
	caller.User, callee.User = aor(r.Caller), aor(r.Callee)
	o := observation{
		dialog: Dialog{CallID: r.CallID}, format: formatTable, source: metric.ReceivingEnd, received: received, label: r.Label,
		started: databaseTime(r.Started), ended: databaseTime(r.Ended), codec: r.Text["codec"], transport: r.Text["transport"], security: r.Text["security"],
		bandwidthSource: r.Text["bandwidthsource"], fec: truth(r.Text["fec"]) == archive.Yes,
		side: archive.Responder, reporter: callee.User, remote: caller.User, near: callee, far: caller,
		iceFailed: strings.EqualFold(caller.ICE, "FAILED") || strings.EqualFold(callee.ICE, "FAILED"),
	}
	if !r.FromCaller {
		o.side, o.reporter, o.remote, o.near, o.far = archive.Initiator, caller.User, callee.User, caller, callee
	}
	o.clockRate, _ = strconv.Atoi(r.Text["samplerate"]) // 0 when it is none
	for id := range metric.Count {
		text, ok := r.Values[id.String()]
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
		if err != nil {
			o.remarks = append(o.remarks, fmt.Sprintf("%s is %.40q, not a number: left out", id, text))
			continue
		}
		if id == metric.BurstDensity || id == metric.GapDensity {
			v *= 100 // a fraction there
		}
		o.offer(id, v)
	}
	slices.Sort(o.remarks)
	return o
}

// end reads the columns of one end.
func (r *tableRow) end(side string) archive.End {
	text := func(name string) string { return r.Text[side+"."+name] }
	number := func(name string) int32 {
		n, err := strconv.ParseFloat(text(name), 64)
		if err != nil || n < 0 || n > 1<<31-1 {
			return 0
		}
		return int32(n)
	}
	e := archive.End{
		UserAgent: text("useragent"), Endpoint: text("endpoint"), OS: text("os"), CPU: text("cpu"), Cores: number("cores"), MHz: number("mhz"),
		Virtual: number("virtual"), IP: text("ip"), Subnet: text("subnet"), MAC: text("mac"), Port: number("port"), Reflexive: text("reflexive"), Relay: text("relay"),
		Inside: truth(text("inside")), VPN: truth(text("vpn")), Network: network(text("network")), LinkSpeed: int64(number("linkspeed")), BSSID: text("bssid"),
		Capture: text("capture"), CaptureDriver: text("capturedriver"), Render: text("render"), RenderDriver: text("renderdriver"), ICE: text("ice"),
		WifiDriver: text("wifidriver"), WifiVersion: text("wifiversion"), ICEWarning: int64(number("icewarning")),
	}
	e.Told = e.UserAgent != "" || e.Endpoint != ""
	return e
}

func truth(v string) archive.Tri {
	switch strings.ToLower(v) {
	case "1", "true":
		return archive.Yes
	case "0", "false":
		return archive.No
	}
	return archive.Unknown
}

// network turns the database's numbers into the words of reports.
func network(v string) string {
	switch v {
	case "0":
		return "wired"
	case "1":
		return "wifi"
	}
	return v
}
