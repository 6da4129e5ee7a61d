package ingest

import (
	"encoding/json"
	"fmt"
	"strings"

	"parley/internal/quality/archive"
	"parley/internal/wire/qoe"
	"parley/internal/wire/rtcpxr"
)

// item is a journal record in neutral form: one of its fields is set.
type item struct {
	seq          uint64
	entry        *entry
	call         *CallRecord
	observations []observation
	rating       *qoe.Feedback
	rejected     *archive.Rejected
}

// translate brings a journal record into neutral form. What cannot be read is
// set aside with the reason: nothing that was accepted is lost, and nothing can
// stop the consumer.
func translate(seq uint64, payload []byte) item {
	e, err := decodeEntry(payload)
	if err != nil {
		return item{seq: seq, rejected: &archive.Rejected{Seq: int64(seq), Reason: err.Error(), Body: strings.ToValidUTF8(string(payload), "�")}}
	}
	return translateEntry(seq, e)
}

func translateEntry(seq uint64, e *entry) item {
	it := item{seq: seq, entry: e}
	if err := it.read(); err != nil {
		return item{seq: seq, rejected: &archive.Rejected{Seq: int64(seq), Received: e.Received, Format: e.Format, Reporter: e.Reporter,
			Reason: err.Error(), Body: strings.ToValidUTF8(string(e.Body), "�")}}
	}
	return it
}

func (it *item) read() (err error) {
	e := it.entry
	if e.parsed == nil {
		if e.parsed, err = parseBody(e); err != nil {
			return err
		}
	}
	switch body := e.parsed.(type) {
	case *qoe.Event:
		it.observations = fromQoE(body, e.Received)
	case *qoe.Feedback:
		it.rating = body
	case *rtcpxr.Report:
		it.observations = fromRFC6035(body, e.Reporter, e.UserAgent, e.Received)
	case rtcpxr.Stat:
		if e.Leg == nil {
			return fmt.Errorf("%s without a leg", e.Format)
		}
		it.observations = fromStat(body, e.Leg, e.Received)
	case *CallRecord:
		it.call = body
	case *EndMeasurement:
		it.observations = []observation{fromEnd(body, e.Received)}
	case *tableRow:
		it.observations = []observation{fromTable(body, e.Received)}
	case *ProbeMeasurement:
		it.observations = []observation{fromProbe(body, e.Received)}
	case *StreamMeasurement:
		it.observations = []observation{fromMeasurement(body, e.Received)}
	}
	e.parsed = nil
	return nil
}

// parseBody reads what a journal record holds.
func parseBody(e *entry) (any, error) {
	switch e.Format {
	case formatQoE:
		return qoe.Parse(e.Body)
	case formatFeedback:
		return qoe.ParseFeedback(e.Body)
	case formatRFC6035:
		return rtcpxr.Parse(e.Body)
	case formatStat:
		return rtcpxr.ParseStat(string(e.Body))
	case formatCall:
		return decodeJSON[CallRecord](e)
	case formatWebRTC:
		return decodeJSON[EndMeasurement](e)
	case formatTable:
		row, err := decodeJSON[tableRow](e)
		if err != nil {
			return nil, err
		}
		return row, row.check()
	case formatProbe:
		return decodeJSON[ProbeMeasurement](e)
	case formatStream:
		return decodeJSON[StreamMeasurement](e)
	default:
		return nil, fmt.Errorf("records of format %q are not known to this version", e.Format)
	}
}

func decodeJSON[T any](e *entry) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(e.Body, v); err != nil {
		return nil, fmt.Errorf("read record of format %s: %w", e.Format, err)
	}
	return v, nil
}
