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
	it := item{seq: seq, entry: e}
	if err := it.read(); err != nil {
		return item{seq: seq, rejected: &archive.Rejected{Seq: int64(seq), Received: e.Received, Format: e.Format, Reporter: e.Reporter,
			Reason: err.Error(), Body: strings.ToValidUTF8(string(e.Body), "�")}}
	}
	return it
}

func (it *item) read() error {
	e := it.entry
	switch e.Format {
	case formatQoE:
		event, err := qoe.Parse(e.Body)
		if err != nil {
			return err
		}
		it.observations = fromQoE(event, e.Received)
	case formatFeedback:
		f, err := qoe.ParseFeedback(e.Body)
		it.rating = f
		return err
	case formatRFC6035:
		r, err := rtcpxr.Parse(e.Body)
		if err != nil {
			return err
		}
		it.observations = fromRFC6035(r, e.Reporter, e.UserAgent, e.Received)
	case formatStat:
		s, err := rtcpxr.ParseStat(string(e.Body))
		if err != nil {
			return err
		}
		if e.Leg == nil {
			return fmt.Errorf("%s without a leg", e.Format)
		}
		it.observations = fromStat(s, e.Leg, e.Received)
	case formatCall:
		it.call = &CallRecord{}
		if err := json.Unmarshal(e.Body, it.call); err != nil {
			return fmt.Errorf("read call record: %w", err)
		}
	case formatStream:
		var m StreamMeasurement
		if err := json.Unmarshal(e.Body, &m); err != nil {
			return fmt.Errorf("read stream measurement: %w", err)
		}
		it.observations = []observation{fromMeasurement(&m, e.Received)}
	default:
		return fmt.Errorf("records of format %q are not known to this version", e.Format)
	}
	return nil
}
