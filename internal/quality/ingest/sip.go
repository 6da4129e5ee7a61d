package ingest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"parley/internal/diag"
	"parley/internal/wire/qoe"
	"parley/internal/wire/rtcpxr"
	"parley/internal/wire/sip"
)

// Request is a SIP request with a report in it, as the front end hands it over.
type Request struct {
	*sip.Message
	// User is the account of the sender, user@domain; empty when nobody had to
	// sign in.
	User string
	// Reply answers; Refuse answers with what a fault tells the sender.
	Reply  func(code int, reason string, edit func(res *sip.Message))
	Refuse func(err error)
}

// Service handles SERVICE with a metric report or a user's rating (MS-QoE
// section 3.2). The 202 goes out when the report is on disk.
func (s *Service) Service(r Request) {
	e, err := s.readService(r)
	if err != nil {
		format := formatQoE
		if r.MediaType() == qoe.FeedbackType {
			format = formatFeedback
		}
		s.refuse(r, format, err)
		return
	}
	s.append(e, func(err error) {
		if err != nil {
			r.Refuse(diag.New(diag.StorageFailed, err))
			return
		}
		r.Reply(202, "", nil)
	})
}

// readService checks a SERVICE request.
func (s *Service) readService(r Request) (*entry, error) {
	body := r.Body()
	e := &entry{Reporter: r.sender(), UserAgent: r.Get("User-Agent"), Body: body}
	switch strings.ToLower(r.MediaType()) {
	case qoe.ReportType:
		e.Format = formatQoE
		event, err := qoe.Parse(body)
		if err != nil {
			return nil, qoeFault(err)
		}
		e.parsed = event
		for i := range event.Reports {
			d := &event.Reports[i].Dialog
			if anonymous(r.Message) {
				if focus := r.Get("focus-uri"); focus == "" || focus != d.ConferenceURI {
					return nil, diag.New(diag.QoESender, fmt.Errorf("anonymous sender: focus-uri %q is not the report's conference %q", focus, d.ConferenceURI))
				}
				continue
			}
			if !r.sentBy(localURI(d)) {
				return nil, diag.New(diag.QoESender, fmt.Errorf("report is from %q, sent by %q", localURI(d), e.Reporter))
			}
			if err := s.parties.check(Dialog{d.CallID, d.FromTag, d.ToTag}, e.Reporter); err != nil {
				return nil, diag.New(diag.QoESender, err)
			}
		}
	case qoe.FeedbackType:
		e.Format = formatFeedback
		f, err := qoe.ParseFeedback(body)
		if err != nil {
			return nil, qoeFault(err)
		}
		e.parsed = f
		if !anonymous(r.Message) && !r.sentBy(f.User) {
			return nil, diag.New(diag.QoESender, fmt.Errorf("rating is from %q, sent by %q", f.User, e.Reporter))
		}
		if err := s.parties.check(Dialog{f.CallID, f.FromTag, f.ToTag}, e.Reporter); err != nil {
			return nil, diag.New(diag.QoESender, err)
		}
	default:
		return nil, diag.New(diag.QoEType, fmt.Errorf("content type %q", r.Get("Content-Type")))
	}
	return e, nil
}

// qoeFault gives each error of a report the answer of MS-QoE section 3.2, with
// the diagnostic of MS-OCER section 8.17.
func qoeFault(err error) error {
	switch {
	case errors.Is(err, qoe.ErrTooLarge):
		return diag.New(diag.QoETooLarge, err)
	case errors.Is(err, qoe.ErrRoot):
		return diag.New(diag.QoEKind, err)
	case errors.Is(err, qoe.ErrValue):
		return diag.New(diag.QoEValue, err)
	default:
		return diag.New(diag.QoESchema, err)
	}
}

// refuse answers with a fault and says so in the log.
func (s *Service) refuse(r Request, format string, err error) {
	s.mu.Lock()
	s.of(format).Refused++
	s.mu.Unlock()
	fault := diag.Of(err)
	s.log.Info("refused a quality report", "method", r.Method(), "user", r.sender(), "diag", int(fault.ID), "status", fault.SIP, "err", fault.Err)
	r.Refuse(fault)
}

// Publish handles PUBLISH of the event package vq-rtcpxr (RFC 6035). The 200
// goes out when the report is on disk.
func (s *Service) Publish(r Request) {
	if len(r.Body()) == 0 && r.Get("SIP-If-Match") != "" {
		// A refresh or removal (RFC 3903 section 4.2): reports are no state
		// that could last, there is nothing to do.
		s.published(r)
		return
	}
	s.rfc6035(r, func() { s.published(r) })
}

// published is the 200 that RFC 3903 section 6 asks for.
func (s *Service) published(r Request) {
	seconds, ok := r.Expires()
	if !ok {
		seconds = 3600
	}
	r.Reply(200, "", func(res *sip.Message) {
		res.Set("SIP-ETag", sip.NewTag())
		res.Set("Expires", strconv.Itoa(seconds))
	})
}

// Notify handles NOTIFY of the event package vq-rtcpxr.
func (s *Service) Notify(r Request) {
	s.rfc6035(r, func() { r.Reply(200, "", nil) })
}

func (s *Service) rfc6035(r Request, accepted func()) {
	if !strings.EqualFold(r.MediaType(), rtcpxr.ContentType) {
		r.Reply(415, "", func(res *sip.Message) { res.Set("Accept", rtcpxr.ContentType) })
		return
	}
	report, err := rtcpxr.Parse(r.Body())
	switch {
	case errors.Is(err, rtcpxr.ErrTooLarge):
		s.refuse(r, formatRFC6035, diag.New(diag.ReportTooLarge, err))
		return
	case err != nil:
		s.refuse(r, formatRFC6035, diag.New(diag.ReportInvalid, err))
		return
	}
	if r.User != "" && !sameParty(report.LocalID, r.User) {
		s.refuse(r, formatRFC6035, diag.New(diag.ReportSender, fmt.Errorf("report is from %q, sent by %q", report.LocalID, r.User)))
		return
	}
	if err := s.parties.check(dialogOf(report), r.User); err != nil {
		s.refuse(r, formatRFC6035, diag.New(diag.ReportSender, err))
		return
	}
	e := &entry{Format: formatRFC6035, Reporter: r.User, UserAgent: r.Get("User-Agent"), Body: r.Body(), parsed: report}
	s.append(e, func(err error) {
		if err != nil {
			r.Refuse(diag.New(diag.StorageFailed, err))
			return
		}
		accepted()
	})
}

// sender is the account that the sender proved to have, or without sign-in the
// address in From.
func (r Request) sender() string {
	if r.User != "" {
		return r.User
	}
	return r.from()
}

func (r Request) from() string {
	from, err := r.From()
	if err != nil {
		return ""
	}
	return aor(from.URI.String())
}

// sentBy tells whether the request is from who the report names: its From, and
// the account where there is one.
func (r Request) sentBy(uri string) bool {
	who := aor(uri)
	return who != "" && who == r.from() && who == r.sender()
}

// anonymous tells a sender without an account: a participant of a meeting who
// did not sign in.
func anonymous(m *sip.Message) bool {
	from, err := m.From()
	return err == nil && strings.EqualFold(from.URI.Host, "anonymous.invalid")
}
