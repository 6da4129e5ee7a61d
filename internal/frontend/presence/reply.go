package presence

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/internal/wire/sip"
)

// answer makes a response with a tag of ours.
func answer(req Request, code int) *sip.Message {
	res := sip.NewResponse(req.Message, code, "")
	if to := res.Get("To"); code > 100 && !strings.Contains(to, "tag=") {
		res.Set("To", to+";tag="+sip.NewTag())
	}
	return res
}

// refuse answers with an error and, to clients of the Lync dialect, its reason.
func (s *Service) refuse(req Request, code int, reason string, fields ...string) {
	res := answer(req, code)
	for i := 0; i+1 < len(fields); i += 2 {
		res.Set(fields[i], fields[i+1])
	}
	if reason != "" {
		res.Set("Warning", "399 "+s.cfg.Host+" "+sip.Quote(reason))
	}
	s.respond(req, res)
}

func (s *Service) respond(req Request, res *sip.Message) {
	if err := req.Tx.Respond(res); err != nil {
		s.log.Debug("presence answer not sent", "user", req.User, "err", err)
	}
}

// badBody refuses a body that cannot be read.
func (s *Service) badBody(req Request, err error) {
	s.log.Info("presence request not understood", "user", req.User, "method", req.Method(), "err", err)
	s.refuse(req, 400, err.Error())
}

// target is the user that the request is about, from its Request-URI.
func target(req Request) (string, error) {
	u, err := sip.ParseURI(req.RequestURI())
	if err != nil {
		return "", fmt.Errorf("read Request-URI: %w", err)
	}
	return aorOf(u.User + "@" + u.Host), nil
}

// granted is the lifetime to give for a wish of the request, 0 for an end; ok is false when it is too short and was
// refused.
func (s *Service) granted(req Request, longest time.Duration) (time.Duration, bool) {
	seconds, given := req.Expires()
	if !given {
		return min(longest, time.Hour), true
	}
	wish := time.Duration(min(seconds, 1<<30)) * time.Second
	if wish > 0 && wish < s.cfg.Limits.MinExpires {
		s.refuse(req, 423, "", "Min-Expires", seconds0(s.cfg.Limits.MinExpires))
		return 0, false
	}
	return min(wish, longest), true
}

func seconds0(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
