package presence

import (
	"fmt"

	"parley/internal/diag"
	"parley/internal/wire/sip"
)

// badBody refuses a body that cannot be read.
func (s *Service) badBody(req Request, err error) {
	s.log.Info("presence request not understood", "user", req.User, "method", req.Method(), "err", err)
	s.notifier.Refuse(req, 400, err.Error())
}

// target is the user that the request is about, from its Request-URI.
func target(req Request) (string, error) {
	u, err := sip.ParseURI(req.RequestURI())
	if err != nil {
		return "", fmt.Errorf("read Request-URI: %w", err)
	}
	return aorOf(u.User + "@" + u.Host), nil
}

// faults are the diagnostics of refusals.
var faults = map[int]diag.ID{
	400: diag.DocumentInvalid, 403: diag.NotPermitted, 404: diag.UserNotFound, 409: diag.VersionConflict, 412: diag.PublicationUnknown,
	481: diag.SubscriptionUnknown, 489: diag.EventUnknown, 503: diag.TooManySubscriptions,
}

// diagnostics is the ms-diagnostics field of a refusal.
func (c Config) diagnostics(code int) string {
	id, ok := faults[code]
	if !ok {
		return ""
	}
	return diag.New(id, nil).Header(c.Host)
}

// notStored refuses a change that did not reach the disk.
func (s *Service) notStored(req Request) {
	fault := diag.New(diag.StorageFailed, nil)
	s.notifier.Refuse(req, fault.SIP, fault.Public, "ms-diagnostics", fault.Header(s.cfg.Host), "Retry-After", "30")
}
