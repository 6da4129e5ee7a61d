package harvest

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// macLog reads the logs of Mac clients, which have each endpoint and each media
// line of a report in a line of its own, and nothing of the dialog: the report
// that is made of them is of a dialog of its own.
type macLog struct {
	lines
	endpoint, media []byte
	began           int
	done            bool
}

const (
	macEndpoint = "QoE endpoint: <Endpoint"
	macMedia    = "QoE media: <MediaLine"
)

func (m *macLog) next() (Record, error) {
	for !m.done {
		b, err := m.line()
		switch {
		case errors.Is(err, errLong):
			return Record{}, &LineError{m.number, err}
		case errors.Is(err, io.EOF):
			m.done = true
			if m.media != nil {
				return m.report(), nil
			}
			return Record{}, io.EOF
		case err != nil:
			return Record{}, err
		}
		if i := bytes.Index(b, []byte(macEndpoint)); i >= 0 {
			whole := m.media != nil && m.endpoint != nil
			var r Record
			if whole {
				r = m.report()
			}
			m.endpoint = element(b[i+len("QoE endpoint: "):], "Endpoint")
			if whole {
				return r, nil
			}
		}
		if i := bytes.Index(b, []byte(macMedia)); i >= 0 {
			if m.media == nil {
				m.began = m.number
			}
			if len(m.media) < MaxRecord/2 {
				m.media = append(m.media, element(b[i+len("QoE media: "):], "MediaLine")...)
			}
		}
	}
	return Record{}, io.EOF
}

// element is an element from the beginning of a line, closed if it is cut off.
func element(b []byte, name string) []byte {
	end := []byte("</" + name + ">")
	if i := bytes.Index(b, end); i >= 0 {
		return bytes.Clone(b[:i+len(end)])
	}
	if i := bytes.Index(b, []byte("/>")); i >= 0 && bytes.IndexByte(b, '>') == i+1 {
		return bytes.Clone(b[:i+2])
	}
	if closed, ok := closeElements(b); ok {
		return closed
	}
	return nil
}

func (m *macLog) report() Record {
	h := fnv.New64a()
	_, _ = h.Write(m.endpoint) // never fails
	_, _ = h.Write(m.media)
	body := fmt.Appendf(nil, `<VQReportEvent xmlns="ms-rtcp-metrics" xmlns:v2="ms-rtcp-metrics.v2" xmlns:v3="ms-rtcp-metrics.v3" xmlns:v4="ms-rtcp-metrics.v4"><VQSessionReport>%s<DialogInfo CallId="mac-log-%016x"><FromURI>sip:unknown@log.invalid</FromURI><ToURI>sip:peer@log.invalid</ToURI><Caller>true</Caller></DialogInfo>%s</VQSessionReport></VQReportEvent>`, m.endpoint, h.Sum64(), m.media)
	r := Record{FormatQoE, body, m.began, m.end}
	m.endpoint, m.media = nil, nil
	return r
}
