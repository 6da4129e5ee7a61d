package ingest

import (
	"strings"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/metric"
)

// observation is what one party tells of one stream, whatever the format: the
// neutral form between the translators and the archive.
type observation struct {
	dialog Dialog
	// callID is the server's name of the call, where it is known.
	callID string
	// reporter and remote are the addresses of the two ends as the party sees
	// them; side is the party's side of the dialog, NoSide when it did not say.
	reporter, remote string
	// teller is who told when it was neither of them: a capturing agent.
	teller string
	side   archive.Side
	// server is the side that is this server; NoSide when the party cannot
	// know.
	server archive.Side
	// outbound tells that the party sent the stream.
	outbound bool

	source         metric.Source
	format         string
	correlation    string // how the dialog was found, empty when it was told
	part           int32
	received       time.Time
	started, ended time.Time
	serverClock    bool // the times are of this server's clock

	label                     string
	codec                     string
	clockRate                 int
	transport, security       string
	fec                       bool
	bandwidthSource, mosModel string
	iceFailed                 bool
	failure                   archive.Failure
	// near is the party's own end, far the other as it sees it.
	near, far archive.End
	values    metric.Set
	remarks   []string
}

// offer takes a value if it is possible, else a remark.
func (o *observation) offer(id metric.ID, v float64) {
	if err := o.values.Offer(id, v); err != nil {
		o.remarks = append(o.remarks, err.Error()+": left out")
	}
}

func (o *observation) remark() string {
	const most = 4096
	s := strings.Join(o.remarks, "\n")
	return s[:min(len(s), most)]
}

// interval numbers a report inside of the call by the end of its interval, so
// that the same report has the same number when it comes again. The whole
// stream has number 0.
func interval(end, received time.Time) int32 {
	if end.IsZero() {
		end = received
	}
	seconds := end.Unix() - time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	return int32(min(max(seconds, 1), 1<<31-1))
}
