package notifier

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"parley/internal/wire/sip"
)

// Answer makes a response to req with a tag of ours.
func Answer(req Request, code int) *sip.Message {
	res := sip.NewResponse(req.Message, code, "")
	if to := res.Get("To"); code > 100 && !strings.Contains(to, "tag=") {
		res.Set("To", to+";tag="+sip.NewTag())
	}
	return res
}

// Refuse answers with an error, its reason for people, and further fields given as pairs.
func (n *Notifier) Refuse(req Request, code int, reason string, fields ...string) {
	res := Answer(req, code)
	if n.cfg.Diagnostics != nil {
		if field := n.cfg.Diagnostics(code); field != "" {
			res.Set("ms-diagnostics", field)
		}
	}
	for i := 0; i+1 < len(fields); i += 2 {
		res.Set(fields[i], fields[i+1])
	}
	n.log.Info("request refused", "method", req.Method(), "status", code, "user", req.User, "event", req.Get("Event"), "reason", cmp.Or(reason, sip.StatusText(code)))
	if reason != "" {
		res.Set("Warning", "399 "+n.cfg.Host+" "+sip.Quote(reason))
	}
	n.Respond(req, res)
}

// Respond sends a response.
func (n *Notifier) Respond(req Request, res *sip.Message) {
	if err := req.Tx.Respond(res); err != nil {
		n.log.Debug("answer not sent", "user", req.User, "err", err)
	}
}

// Granted is the lifetime to give for a wish of the request, 0 for an end; ok is false when it is too short and was
// refused.
func (n *Notifier) Granted(req Request, longest time.Duration) (time.Duration, bool) {
	wanted, given := req.Expires()
	if !given {
		return min(longest, time.Hour), true
	}
	wish := time.Duration(min(wanted, 1<<30)) * time.Second
	if wish > 0 && wish < n.cfg.MinExpires {
		n.Refuse(req, 423, "", "Min-Expires", seconds(n.cfg.MinExpires))
		return 0, false
	}
	return min(wish, longest), true
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
