package im

import (
	"errors"
	"fmt"

	"parley/internal/diag"
	"parley/internal/dialect"
	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/wire/richtext"
	"parley/internal/wire/sip"
)

// Message takes a MESSAGE without a session (RFC 3428).
func (s *Service) Message(r *frontend.Request) {
	account, display, ok := from(r)
	if !ok {
		r.Reply(403, "From is not who signed in", nil)
		return
	}
	to := r.Callee()
	switch r.MediaType() {
	case richtext.ComposingType:
		s.typed(r, account, to)
		return
	case richtext.DispositionType:
		s.notice(r, to)
		return
	}
	m, err := s.newMessage(account, display, to, r.Get("Content-Type"), r.Body())
	if err != nil {
		r.Refuse(err)
		return
	}
	m.encoding = r.Get("Content-Encoding")
	if r.Dialect != dialect.Lync {
		m.request = r.Message
	}
	s.take(m, r.Message, "MESSAGE", func(o outcome) { o.answer(r) })
}

// notice takes a delivery notice that a standard device sent by itself (RFC 5438). It is no message: it is not stored,
// and passed to standard devices only, since Lync clients have no such thing between two users.
func (s *Service) notice(r *frontend.Request, to string) {
	devices, o := s.reach(to)
	if !o.ok() {
		o.answer(r)
		return
	}
	answer := &fate{}
	answer.wait(func(o outcome) { o.answer(r) })
	answer.expect(len(devices))
	for i := range devices {
		if isLync(&devices[i]) {
			answer.report(delivered)
			continue
		}
		s.send(forward(r.Message, &devices[i]), devices[i].Target(), answer.report)
	}
}

// reach returns the devices that a message to an account goes to, or why there are none: nothing is stored then.
func (s *Service) reach(to string) ([]frontend.Binding, outcome) {
	if devices := s.location.Lookup(to); len(devices) > 0 {
		return devices, delivered
	}
	if !s.exists(to) {
		return nil, refused(diag.UserNotFound, nil)
	}
	return nil, refused(diag.NobodyReached, nil)
}

// take stores an arrived message and has it delivered; answer is called once with what became of it. A request that
// came before is not taken again but waits for the same outcome.
func (s *Service) take(m *message, req *sip.Message, kind string, answer func(outcome)) {
	if len(m.Body) > richtext.MaxBody {
		answer(refused(diag.MessageTooLong, nil))
		return
	}
	key := s.arrivals.key(m.From, req, kind)
	if before := s.arrivals.enter(key, m.Body, m.fate); before != nil {
		before.wait(answer)
		return
	}
	m.wait(answer)
	devices, o := s.reach(m.To)
	if !o.ok() {
		s.arrivals.forget(key, m.fate)
		m.fail(o)
		return
	}
	if err := m.render(devices); err != nil {
		s.arrivals.forget(key, m.fate)
		m.fail(refused(diag.FormatUnsupported, err))
		return
	}
	s.wroteMessage(m.From, m.To)
	s.store.AppendAsync(m.append(nil), func(_ uint64, err error) {
		if err != nil {
			s.arrivals.forget(key, m.fate)
			s.log.Error("message not stored", "message", m.ID, "from", m.From, "to", m.To, "error", err)
			m.fail(refused(diag.StorageFailed, err))
			return
		}
		s.events.Publish(event.MessageStored{
			ID: m.ID.String(), Conversation: m.Conversation, Seq: m.Seq, From: m.From, To: m.To, ContentType: m.ContentType, Size: len(m.Body),
		})
		s.deliver(m, devices)
	})
}

// render reads the message's body when some device does not get it as it came.
func (m *message) render(devices []frontend.Binding) error {
	asItCame := m.request != nil
	for i := range devices {
		if isLync(&devices[i]) {
			asItCame = false
		}
	}
	if asItCame {
		return nil
	}
	body, err := richtext.Inflate(m.encoding, m.Body)
	var doc richtext.Document
	if err == nil {
		doc, err = richtext.Read(m.ContentType, body)
	}
	if err != nil {
		if errors.Is(err, richtext.ErrUnsupported) && m.request != nil && hasStandard(devices) {
			m.unreadable = true // but the standard devices can still take it
			return nil
		}
		return fmt.Errorf("message from %s: %w", m.From, err)
	}
	m.doc = doc
	return nil
}

func hasStandard(devices []frontend.Binding) bool {
	for i := range devices {
		if !isLync(&devices[i]) {
			return true
		}
	}
	return false
}
