package call

import (
	"parley/internal/dialect"
	"parley/internal/frontend"
)

// maxPostponed bounds the re-INVITEs that wait at a leg.
const maxPostponed = 4

// exchanging tells whether an offer on the leg has no answer yet.
func (l *leg) exchanging() bool {
	return l.offering != nil || l.answering != nil || l.unacked && l.session.asking
}

// postpone keeps a re-INVITE until the exchange before it has ended; false means that it has to be refused, as RFC 3261
// section 14.2 wants it. Clients of the Lync dialect do not try again after a refusal: pidgin-sipe sends a re-INVITE for
// each press of hold and resume without waiting for the answer to the last, and would show a call as resumed that is silent.
func (l *leg) postpone(r *frontend.Request) bool {
	if l.kind != dialect.Lync || r.Method() != "INVITE" || l.leaving || len(l.postponed) == maxPostponed {
		return false
	}
	l.postponed = append(l.postponed, r)
	return true
}

// servePostponed takes the first re-INVITE that waited, if its time has come.
func (l *leg) servePostponed() bool {
	if len(l.postponed) == 0 || l.exchanging() || l.state != talking {
		return false
	}
	r := l.postponed[0]
	l.postponed = l.postponed[1:]
	l.serveOffer(r)
	return true
}

// refusePostponed answers what still waits when the dialog ends (RFC 3261 section 15.1.2).
func (l *leg) refusePostponed() {
	waited := l.postponed
	l.postponed = nil
	for _, r := range waited {
		l.refuseWith(r, dialect.Failure{Code: 487, Text: "Hung up"})
	}
}
