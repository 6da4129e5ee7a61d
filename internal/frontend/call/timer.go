package call

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

// minimumInterval is the shortest session interval that this server takes, in seconds (RFC 4028 section 5).
const minimumInterval = 90

// refresh is a leg's session timer (RFC 4028): each leg has its own.
type refresh struct {
	interval int  // seconds, 0 without a timer
	minimum  int  // Min-SE that the endpoint asked for
	ours     bool // we refresh
	timer    *time.Timer
}

func (r *refresh) stop() {
	if r.timer != nil {
		r.timer.Stop()
	}
	r.interval = 0
}

// sessionExpires reads a Session-Expires field.
func sessionExpires(m *sip.Message) (seconds int, refresher string) {
	value, params, _ := strings.Cut(m.Get("Session-Expires"), ";")
	seconds, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || seconds < 0 {
		return 0, ""
	}
	refresher, _ = sip.Params(";" + params).Get("refresher")
	return seconds, refresher
}

// askTimer puts our wish into a request that we send.
func (l *leg) askTimer(req *sip.Message) {
	seconds := max(int(l.call.svc.Limits.Refresh/time.Second), l.refresh.minimum, minimumInterval)
	req.Add("Session-Expires", number(seconds))
	req.Add("Min-SE", number(max(minimumInterval, l.refresh.minimum)))
}

// retryTimer learns the shortest interval that an endpoint takes from its 422.
func (l *leg) retryTimer(res *sip.Message) bool {
	n, err := strconv.Atoi(strings.TrimSpace(res.Get("Min-SE")))
	if err != nil || n <= l.refresh.minimum || n > 24*3600 {
		return false
	}
	l.refresh.minimum = n
	return true
}

// acceptTimer refuses an interval that is too short.
func (l *leg) acceptTimer(req *sip.Message) *dialect.Failure {
	if seconds, _ := sessionExpires(req); seconds > 0 && seconds < minimumInterval {
		return &dialect.Failure{Code: 422, Text: "Session Interval Too Small"}
	}
	return nil
}

func (c *call) intervalTooSmall(r *frontend.Request) {
	res := sip.NewResponse(r.Message, 422, "Session Interval Too Small")
	res.SetTag(c.caller.tag)
	res.Add("Min-SE", number(minimumInterval))
	_ = r.Tx.Respond(res)
	c.caller.state = ended
	c.close(dialect.Failure{Code: 422, Text: "Session Interval Too Small"})
}

// grantTimer answers a request's wish, and starts the timer: the endpoint refreshes if it wants to, else we do.
func (l *leg) grantTimer(res, req *sip.Message) {
	seconds, refresher := sessionExpires(req)
	supported := req.HasToken("Supported", "timer")
	if seconds == 0 && !supported {
		return
	}
	if seconds == 0 {
		seconds = max(int(l.call.svc.Limits.Refresh/time.Second), minimumInterval)
	}
	ours := refresher != "uac" || !supported
	if ours {
		refresher = "uas"
	} else {
		res.Add("Require", "timer")
	}
	res.Add("Session-Expires", fmt.Sprintf("%d;refresher=%s", seconds, refresher))
	l.runTimer(seconds, ours)
}

// startTimer takes the interval that a response to our request agreed to.
func (l *leg) startTimer(res *sip.Message, requested bool) {
	seconds, refresher := sessionExpires(res)
	if seconds == 0 {
		if requested && l.kind == dialect.Standard && l.supports["timer"] {
			l.runTimer(int(l.call.svc.Limits.Refresh/time.Second), true)
		}
		return
	}
	l.runTimer(seconds, refresher != "uas")
}

func (l *leg) runTimer(seconds int, ours bool) {
	l.refresh.stop()
	l.refresh.interval, l.refresh.ours = seconds, ours
	if ours {
		l.refresh.timer = l.call.after(time.Duration(seconds)*time.Second/2, l.refreshNow)
		return
	}
	// RFC 4028 section 10: give up a third of the interval, at most 32 seconds, before its end.
	grace := min(32, seconds/3)
	l.refresh.timer = l.call.after(time.Duration(seconds-grace)*time.Second, func() {
		if l.state == talking {
			l.call.abort(dialect.Failure{Code: 408, Text: "Session timer expired"}, l.role, "session timer expired")
		}
	})
}

// refreshNow tells the endpoint that the session still stands: by UPDATE where it has that, else by a re-INVITE that
// changes nothing.
func (l *leg) refreshNow() {
	if l.state != talking {
		return
	}
	seconds := l.refresh.interval
	if !l.supports["UPDATE"] {
		l.reoffer(func(f *dialect.Failure) {
			if f == nil {
				l.runTimer(seconds, true)
			}
		})
		return
	}
	m := l.dialog.Request("UPDATE")
	m.Add("Contact", l.contact())
	m.Add("Supported", "timer")
	m.Add("Session-Expires", fmt.Sprintf("%d;refresher=uac", seconds))
	l.send(m, func(res *sip.Message, err error) {
		switch {
		case l.state != talking:
		case err != nil || res.StatusCode() == 408 || res.StatusCode() == 481:
			l.call.abort(dialect.Failure{Code: 408, Text: "Session refresh failed"}, l.role, "session refresh failed")
		case res.StatusCode() < 300:
			l.startTimer(res, false)
			if l.refresh.interval == 0 {
				l.runTimer(seconds, true)
			}
		default:
			l.runTimer(seconds, true)
		}
	})
}
