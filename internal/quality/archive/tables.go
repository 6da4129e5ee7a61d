package archive

import (
	"time"

	"parley/internal/quality/metric"
)

// table describes a table of rows T: its columns and the column by which rows
// are replaced.
type table[T any] struct {
	name    string
	key     string
	columns []column[T]
	// order are further columns that tell rows of one key apart.
	order []string
}

// tables are all tables; built once per archive, never changed.
type tables struct {
	calls        table[Call]
	legs         table[Leg]
	streams      table[Stream]
	measurements table[Measurement]
	ratings      table[Rating]
	rejected     table[Rejected]
}

func newTables() *tables {
	return &tables{
		calls: table[Call]{name: "calls", key: "call_key", columns: []column[Call]{
			{name: "call_key", typ: int64Column, ref: func(r *Call) any { return &r.Key }},
			{name: "id", typ: textColumn, ref: func(r *Call) any { return &r.ID }},
			{name: "started", typ: int64Column, ref: func(r *Call) any { return &r.Started }},
			{name: "answered", typ: int64Column, ref: func(r *Call) any { return &r.Answered }},
			{name: "ended", typ: int64Column, ref: func(r *Call) any { return &r.Ended }},
			{name: "caller", typ: codeColumn, dict: User, ref: func(r *Call) any { return &r.Caller }},
			{name: "callee", typ: codeColumn, dict: User, ref: func(r *Call) any { return &r.Callee }},
			{name: "outcome", typ: codeColumn, dict: Word, ref: func(r *Call) any { return &r.Outcome }},
			{name: "sip_code", typ: int32Column, ref: func(r *Call) any { return &r.SIPCode }},
			{name: "reason", typ: codeColumn, dict: Sentence, ref: func(r *Call) any { return &r.Reason }},
			{name: "hung_up_by", typ: codeColumn, dict: Word, ref: func(r *Call) any { return &r.HungUpBy }},
			{name: "known", typ: int8Column, ref: func(r *Call) any { return &r.Known }},
			{name: "written", typ: int64Column, ref: func(r *Call) any { return &r.Written }},
		}},
		legs: table[Leg]{name: "legs", key: "leg_key", columns: []column[Leg]{
			{name: "leg_key", typ: int64Column, ref: func(r *Leg) any { return &r.Key }},
			{name: "call_key", typ: int64Column, ref: func(r *Leg) any { return &r.CallKey }},
			{name: "role", typ: codeColumn, dict: Word, ref: func(r *Leg) any { return &r.Role }},
			{name: "call_id", typ: textColumn, ref: func(r *Leg) any { return &r.CallID }},
			{name: "tag_a", typ: textColumn, ref: func(r *Leg) any { return &r.TagA }},
			{name: "tag_b", typ: textColumn, ref: func(r *Leg) any { return &r.TagB }},
			{name: "address", typ: codeColumn, dict: User, ref: func(r *Leg) any { return &r.User }},
			{name: "peer", typ: codeColumn, dict: User, ref: func(r *Leg) any { return &r.Peer }},
			{name: "user_agent", typ: codeColumn, dict: Agent, ref: func(r *Leg) any { return &r.UserAgent }},
			{name: "dialect", typ: codeColumn, dict: Word, ref: func(r *Leg) any { return &r.Dialect }},
			{name: "endpoint", typ: codeColumn, dict: Endpoint, ref: func(r *Leg) any { return &r.Endpoint }},
			{name: "initiated", typ: int8Column, ref: func(r *Leg) any { return &r.Initiated }},
			{name: "known", typ: int8Column, ref: func(r *Leg) any { return &r.Known }},
		}},
		streams: table[Stream]{name: "streams", key: "stream_key", columns: streamColumns()},
		measurements: table[Measurement]{name: "measurements", key: "stream_key", order: []string{"source", "part"}, columns: append([]column[Measurement]{
			{name: "stream_key", typ: int64Column, ref: func(r *Measurement) any { return &r.StreamKey }},
			{name: "leg_key", typ: int64Column, ref: func(r *Measurement) any { return &r.LegKey }},
			{name: "source", typ: int8Column, ref: func(r *Measurement) any { return &r.Source }},
			{name: "part", typ: int32Column, ref: func(r *Measurement) any { return &r.Part }},
			{name: "format", typ: codeColumn, dict: Word, ref: func(r *Measurement) any { return &r.Format }},
			{name: "correlation", typ: codeColumn, dict: Word, ref: func(r *Measurement) any { return &r.Correlation }},
			{name: "reporter", typ: codeColumn, dict: User, ref: func(r *Measurement) any { return &r.Reporter }},
			{name: "received", typ: int64Column, ref: func(r *Measurement) any { return &r.Received }},
			{name: "started", typ: int64Column, ref: func(r *Measurement) any { return &r.Started }},
			{name: "ended", typ: int64Column, ref: func(r *Measurement) any { return &r.Ended }},
			{name: "remarks", typ: textColumn, ref: func(r *Measurement) any { return &r.Remarks }},
		}, metricColumns(func(r *Measurement) *metric.Set { return &r.Values })...)},
		ratings: table[Rating]{name: "ratings", key: "rating_key", columns: []column[Rating]{
			{name: "rating_key", typ: int64Column, ref: func(r *Rating) any { return &r.Key }},
			{name: "leg_key", typ: int64Column, ref: func(r *Rating) any { return &r.LegKey }},
			{name: "call_key", typ: int64Column, ref: func(r *Rating) any { return &r.CallKey }},
			{name: "address", typ: codeColumn, dict: User, ref: func(r *Rating) any { return &r.User }},
			{name: "stars", typ: int32Column, ref: func(r *Rating) any { return &r.Stars }},
			{name: "feedback", typ: textColumn, ref: func(r *Rating) any { return &r.Text }},
			{name: "tokens", typ: textColumn, ref: func(r *Rating) any { return &r.Tokens }},
			{name: "received", typ: int64Column, ref: func(r *Rating) any { return &r.Received }},
		}},
		rejected: table[Rejected]{name: "rejected", key: "seq", columns: []column[Rejected]{
			{name: "seq", typ: int64Column, ref: func(r *Rejected) any { return &r.Seq }},
			{name: "received", typ: int64Column, ref: func(r *Rejected) any { return &r.Received }},
			{name: "format", typ: codeColumn, dict: Word, ref: func(r *Rejected) any { return &r.Format }},
			{name: "reporter", typ: codeColumn, dict: User, ref: func(r *Rejected) any { return &r.Reporter }},
			{name: "reason", typ: textColumn, ref: func(r *Rejected) any { return &r.Reason }},
			{name: "body", typ: textColumn, ref: func(r *Rejected) any { return &r.Body }},
		}},
	}
}

// streamColumns are those of the fact row. server must come before the columns
// of the ends: reading a row, it says which end is which.
func streamColumns() []column[Stream] {
	cols := []column[Stream]{
		{name: "stream_key", typ: int64Column, ref: func(r *Stream) any { return &r.Key }},
		{name: "leg_key", typ: int64Column, ref: func(r *Stream) any { return &r.LegKey }},
		{name: "call_key", typ: int64Column, ref: func(r *Stream) any { return &r.CallKey }},
		{name: "label", typ: codeColumn, dict: Word, ref: func(r *Stream) any { return &r.Label }},
		{name: "media", typ: int8Column, ref: func(r *Stream) any { return &r.Media }},
		{name: "sender", typ: int8Column, ref: func(r *Stream) any { return &r.Sender }},
		{name: "server", typ: int8Column, ref: func(r *Stream) any { return &r.Server }},
		{name: "started", typ: int64Column, ref: func(r *Stream) any { return &r.Started }},
		{name: "ended", typ: int64Column, ref: func(r *Stream) any { return &r.Ended }},
		{name: "received", typ: int64Column, ref: func(r *Stream) any { return &r.Received }},
		{name: monthColumn, typ: int32Column, ref: func(r *Stream) any { m := Month(r.Started); return &m }},
		{name: "clock", typ: int8Column, ref: func(r *Stream) any { return &r.Clock }},
		{name: "skew", typ: int32Column, ref: func(r *Stream) any { return &r.Skew }},
		{name: "codec", typ: codeColumn, dict: Word, ref: func(r *Stream) any { return &r.Codec }},
		{name: "clock_rate", typ: int32Column, ref: func(r *Stream) any { return &r.ClockRate }},
		{name: "transport", typ: codeColumn, dict: Word, ref: func(r *Stream) any { return &r.Transport }},
		{name: "security", typ: codeColumn, dict: Word, ref: func(r *Stream) any { return &r.Security }},
		{name: "fec", typ: int8Column, ref: func(r *Stream) any { return &r.FEC }},
		{name: "bandwidth_source", typ: codeColumn, dict: Word, ref: func(r *Stream) any { return &r.BandwidthSource }},
		{name: "mos_model", typ: codeColumn, dict: Word, ref: func(r *Stream) any { return &r.MOSModel }},
		{name: "ice_failed", typ: int8Column, ref: func(r *Stream) any { return &r.ICEFailed }},
		{name: "sources", typ: int8Column, ref: func(r *Stream) any { return &r.Sources }},
		{name: "provenance", typ: int64Column, ref: func(r *Stream) any { return &r.Provenance }},
		{name: "failure", typ: int8Column, ref: func(r *Stream) any { return &r.Failure }},
		{name: "remarks", typ: int32Column, ref: func(r *Stream) any { return &r.Remarks }},
	}
	for _, first := range []bool{true, false} {
		prefix := "second_"
		if first {
			prefix = "first_"
		}
		for _, c := range endColumns() {
			ref := c.ref
			cols = append(cols, column[Stream]{name: prefix + c.name, typ: c.typ, dict: c.dict,
				ref: func(r *Stream) any { return ref(r.end(first)) }})
		}
	}
	return append(cols, metricColumns(func(r *Stream) *metric.Set { return &r.Values })...)
}

func endColumns() []column[End] {
	code := func(name string, k Kind, ref func(e *End) any) column[End] {
		return column[End]{name: name, typ: codeColumn, dict: k, ref: ref}
	}
	number := func(name string, ref func(e *End) any) column[End] {
		return column[End]{name: name, typ: int32Column, ref: ref}
	}
	flag := func(name string, ref func(e *End) any) column[End] {
		return column[End]{name: name, typ: int8Column, ref: ref}
	}
	return []column[End]{
		code("user", User, func(e *End) any { return &e.User }),
		code("user_agent", Agent, func(e *End) any { return &e.UserAgent }),
		code("endpoint", Endpoint, func(e *End) any { return &e.Endpoint }),
		code("os", OS, func(e *End) any { return &e.OS }),
		code("cpu", CPU, func(e *End) any { return &e.CPU }),
		number("cores", func(e *End) any { return &e.Cores }),
		number("mhz", func(e *End) any { return &e.MHz }),
		number("virtual", func(e *End) any { return &e.Virtual }),
		code("ip", IP, func(e *End) any { return &e.IP }),
		code("subnet", Subnet, func(e *End) any { return &e.Subnet }),
		code("mac", MAC, func(e *End) any { return &e.MAC }),
		number("port", func(e *End) any { return &e.Port }),
		code("reflexive_ip", IP, func(e *End) any { return &e.Reflexive }),
		code("relay_ip", IP, func(e *End) any { return &e.Relay }),
		flag("inside", func(e *End) any { return &e.Inside }),
		flag("vpn", func(e *End) any { return &e.VPN }),
		code("network", Word, func(e *End) any { return &e.Network }),
		{name: "link_speed", typ: int64Column, ref: func(e *End) any { return &e.LinkSpeed }},
		code("bssid", BSSID, func(e *End) any { return &e.BSSID }),
		code("ssid", SSID, func(e *End) any { return &e.SSID }),
		code("wifi_driver", Driver, func(e *End) any { return &e.WifiDriver }),
		code("wifi_version", Driver, func(e *End) any { return &e.WifiVersion }),
		code("wifi_radio", Word, func(e *End) any { return &e.WifiRadio }),
		number("wifi_rssi", func(e *End) any { return &e.WifiRSSI }),
		number("wifi_channel", func(e *End) any { return &e.WifiChannel }),
		number("wifi_handovers", func(e *End) any { return &e.WifiHandovers }),
		code("capture", Device, func(e *End) any { return &e.Capture }),
		code("capture_driver", Driver, func(e *End) any { return &e.CaptureDriver }),
		code("render", Device, func(e *End) any { return &e.Render }),
		code("render_driver", Driver, func(e *End) any { return &e.RenderDriver }),
		code("ice", Word, func(e *End) any { return &e.ICE }),
		{name: "ice_warning", typ: int64Column, ref: func(e *End) any { return &e.ICEWarning }},
		flag("told", func(e *End) any { return &e.Told }),
	}
}

// monthColumn is the column of a table that is kept by month.
const monthColumn = "month"

// Month is the partition of a time: year * 100 + month, in UTC.
func Month(t time.Time) int32 {
	t = t.UTC()
	return int32(t.Year()*100 + int(t.Month()))
}
