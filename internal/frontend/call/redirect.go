package call

import (
	"slices"
	"strconv"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

const (
	maxRedirects = 8  // redirections that one call follows: RFC 3261 section 16.5 only asks that they end
	maxContacts  = 10 // of one redirection that are looked at
)

// redirected follows a device's 300, 301 or 302 (RFC 3261 section 8.1.3.4): users and devices of this server that the call
// has not rung yet ring beside those that do. It returns what is left of the refusal: the targets elsewhere, which the
// caller may try, or 480 and 482 when there are none. followed tells that somebody rings for it.
func (l *leg) redirected(from *leg, res *sip.Message) (left dialect.Failure, followed bool) {
	c := l.call
	left = dialect.Failure{Code: res.StatusCode(), Text: res.Reason()}
	contacts := contactsOf(res)
	if code := left.Code; code != 300 && code != 301 && code != 302 || c.over || l.canceled || !l.waitedFor() {
		left.Contacts = contacts
		return left, false
	}
	var next []frontend.Binding
	circle := false
	for _, text := range contacts {
		a, err := sip.ParseAddr(text)
		if err != nil || a.URI.Scheme != "sip" && a.URI.Scheme != "sips" {
			left.Contacts = append(left.Contacts, text) // tel: and others are for the caller
			continue
		}
		devices, known := c.svc.devices(a.URI)
		if !known {
			left.Contacts = append(left.Contacts, text)
			continue
		}
		for _, d := range devices {
			if c.rung[deviceKey(&d)] {
				circle = true
			} else if !slices.ContainsFunc(next, func(o frontend.Binding) bool { return deviceKey(&o) == deviceKey(&d) }) {
				next = append(next, d)
			}
		}
	}
	switch {
	case len(next) > 0 && c.redirects < maxRedirects:
		c.redirects++
		l.changed(dialect.Change{What: strconv.Itoa(left.Code), To: next[0].Account, Reason: "the device redirected the call"})
		c.ring(next, from)
		followed = true
	case len(left.Contacts) > 0:
	case circle || len(next) > 0:
		left = dialect.Failure{Code: 482, Text: "Redirected in a circle"}
	default:
		left = dialect.Failure{Code: 480, Text: "Redirected to nobody who is signed in"}
	}
	return left, followed
}

// contactsOf are the targets of a redirection, the preferred first.
func contactsOf(res *sip.Message) []string {
	list := res.List("Contact")
	list = list[:min(len(list), maxContacts)]
	slices.SortStableFunc(list, func(a, b string) int { return preference(b) - preference(a) })
	return list
}

// preference is the q of a Contact in thousandths, 1000 when it has none.
func preference(contact string) int {
	a, err := sip.ParseAddr(contact)
	if err != nil {
		return 0
	}
	v, ok := a.Params.Get("q")
	if !ok {
		return 1000
	}
	q, err := strconv.ParseFloat(v, 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return int(q * 1000)
}

func deviceKey(d *frontend.Binding) string { return d.Account + "\x00" + d.Key() }

// turnedAway takes a device's redirection: its leg is over, and what is left of it counts as a refusal unless the call
// followed it.
func (l *leg) turnedAway(from *leg, res *sip.Message) {
	left, followed := l.redirected(from, res)
	if followed && len(left.Contacts) == 0 {
		l.call.dropFork(l)
		return
	}
	l.failed(from, left)
}
