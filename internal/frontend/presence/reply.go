package presence

import (
	"fmt"

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
