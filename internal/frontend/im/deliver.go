package im

import (
	"time"

	"parley/internal/diag"
	"parley/internal/event"
	"parley/internal/frontend"
)

// deliver brings a stored message to each device of its recipient. It must not block: it runs between two writes of
// the store.
func (s *Service) deliver(m *message, devices []frontend.Binding) {
	if len(devices) == 0 {
		s.events.Publish(event.MessageDelivered{ID: m.ID.String(), To: m.To, Status: 480})
		m.fail(refused(diag.NobodyReached, nil))
		return
	}
	m.expect(len(devices))
	for i := range devices {
		b := &devices[i]
		d := delivery{message: m, key: b.Key(), report: s.reporter(m, b.Key())}
		switch {
		case !isLync(b):
			s.toStandard(d, b)
		case m.unreadable:
			d.report(refused(diag.FormatUnsupported, nil))
		default:
			s.toLync(d, b)
		}
	}
}

// delivery is one message on its way to one device.
type delivery struct {
	*message
	key     string // of the device
	report  func(outcome)
	retried bool // it was refused by a session that the client no longer knew
}

// reporter records a device's answer.
func (s *Service) reporter(m *message, key string) func(outcome) {
	return func(o outcome) {
		s.events.Publish(event.MessageDelivered{ID: m.ID.String(), To: m.To, Device: key, Status: o.code, Delay: time.Since(m.At)})
		if !o.ok() {
			s.log.Info("message not delivered to a device", "message", m.ID, "to", m.To, "device", key, "status", o.code, "reason", o.reason)
		}
		m.report(o)
	}
}
