package call

import (
	"fmt"

	"parley/internal/frontend"
)

// servePrack takes the PRACK of a provisional response that we sent.
func (l *leg) servePrack(r *frontend.Request) {
	var response, invite uint32
	_, err := fmt.Sscanf(r.Get("RAck"), "%d %d INVITE", &response, &invite)
	p := &l.reliable
	if err != nil || !p.waiting || response != p.sequence || invite != sequence(l.request) {
		l.respond(r, 481)
		return
	}
	l.respond(r, 200)
	next := p.next
	l.stopReliable()
	if next != nil {
		next()
	}
}
