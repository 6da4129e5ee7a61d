package presence

import (
	"slices"
	"strconv"
	"strings"
	"time"

	dp "parley/internal/dialect/presence"
	"parley/internal/stack/notifier"
	"parley/internal/wire/pidf"
	"parley/internal/wire/sip"
)

// Publish answers a PUBLISH for the presence and dialog packages (RFC 3903).
func (s *Service) Publish(req Request) {
	req, ok := s.notifier.Decode(req)
	if !ok {
		return
	}
	event := req.EventPackage()
	if event != eventPresence && event != eventDialog {
		s.notifier.Refuse(req, 489, "", "Allow-Events", eventPresence+", "+eventDialog)
		return
	}
	p := s.own(req)
	if p == nil {
		return
	}
	lifetime, ok := s.notifier.Granted(req, s.cfg.Limits.MaxExpires)
	if !ok {
		return
	}
	tag := req.Get("SIP-If-Match")
	if tag == "" && len(req.Body()) == 0 {
		s.notifier.Refuse(req, 400, "a first publication needs a document")
		return
	}
	var doc *document
	if len(req.Body()) > 0 {
		if doc = s.readDocument(req, event); doc == nil {
			return
		}
	}
	p.mu.Lock()
	old := p.documents[tag]
	if tag != "" && (old == nil || old.isCall != (event == eventDialog)) {
		p.mu.Unlock()
		s.notifier.Refuse(req, 412, "")
		return
	}
	if old == nil && len(p.documents) >= s.cfg.Limits.MaxPublished {
		p.mu.Unlock()
		s.notifier.Refuse(req, 403, "too much is published already")
		return
	}
	if old != nil {
		old.timer.Stop()
		delete(p.documents, tag)
		if doc == nil {
			doc = &document{state: old.state, isCall: old.isCall, dialogs: old.dialogs}
		}
	}
	tag = sip.NewTag()
	if lifetime > 0 && doc != nil {
		doc.timer = s.after(lifetime, func() { p.forget(tag) })
		p.documents[tag] = doc
	}
	dialogs := func() {}
	if event == eventDialog {
		dialogs = p.tellDialogs()
	}
	send := p.refresh()
	p.mu.Unlock()

	res := notifier.Answer(req, 200)
	res.Set("SIP-ETag", tag)
	res.Set("Expires", strconv.Itoa(int(lifetime/time.Second)))
	s.notifier.Respond(req, res)
	dialogs()
	send()
}

// readDocument reads the body; nil when the request was refused.
func (s *Service) readDocument(req Request, event string) *document {
	want := pidf.TypePIDF
	if event == eventDialog {
		want = pidf.TypeDialogInfo
	}
	if !strings.EqualFold(req.MediaType(), want) {
		s.notifier.Refuse(req, 415, "", "Accept", want)
		return nil
	}
	if event == eventDialog {
		_, dialogs, err := pidf.ParseDialogInfo(req.Body())
		if err != nil {
			s.badBody(req, err)
			return nil
		}
		dialogs = slices.DeleteFunc(dialogs, func(d pidf.Dialog) bool { return d.State == pidf.DialogTerminated })
		return &document{isCall: true, dialogs: dialogs}
	}
	presence, err := pidf.ParsePresence(req.Body())
	if err != nil {
		s.badBody(req, err)
		return nil
	}
	if presence.Entity != "" && !strings.HasPrefix(strings.ToLower(presence.Entity), "pres:") && aorOf(presence.Entity) != req.User {
		s.notifier.Refuse(req, 403, "the document is about somebody else")
		return nil
	}
	return &document{state: dp.FromPIDF(presence)}
}

// forget removes a publication that was not renewed.
func (p *presentity) forget(tag string) {
	p.mu.Lock()
	doc := p.documents[tag]
	if doc == nil {
		p.mu.Unlock()
		return
	}
	delete(p.documents, tag)
	dialogs := func() {}
	if doc.isCall {
		dialogs = p.tellDialogs()
	}
	send := p.refresh()
	p.mu.Unlock()
	dialogs()
	send()
}
