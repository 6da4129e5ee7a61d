package relay

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/internal/wire/rtp"
)

// Shape of a key press that we originate (RFC 4733 sections 2.5.1.2 and 2.6): long enough for every gateway, its end
// said three times.
const (
	digitStep    = 20 * time.Millisecond
	digitPackets = 8 // with the key down
	digitEnds    = 3
	digitPause   = 3 // steps of silence behind it
	digitVolume  = 10
	maxDigits    = 64
)

// ErrNoEvents tells that the endpoint takes no telephone events.
var ErrNoEvents = errors.New("the endpoint did not agree on telephone-event")

// digits are the keys that wait to be sent to an endpoint.
type digits struct {
	queue []byte // event codes
	step  int    // of the first one
	stamp uint32
	next  time.Duration
}

// eventCodes are the characters of keys in the order of their events (RFC 4733 section 3.2).
const eventCodes = "0123456789*#ABCD"

// SendDigit sends a key press to the endpoint as telephone events: 0 to 9, *, #, A to D. Presses are sent one after the
// other; media from the other leg goes on meanwhile.
func (l *Leg) SendDigit(digit byte) error {
	code := strings.IndexByte(eventCodes, strings.ToUpper(string(digit))[0])
	if code < 0 {
		return fmt.Errorf("send digit: %q is no key", digit)
	}
	l.worker.mu.Lock()
	defer l.worker.mu.Unlock()
	switch _, ok := l.eventType(); {
	case l.closed:
		return ErrClosed
	case !ok:
		return fmt.Errorf("send digit: %w", ErrNoEvents)
	case len(l.digits.queue) >= maxDigits:
		return fmt.Errorf("send digit: %d keys wait already", maxDigits)
	}
	l.digits.queue = append(l.digits.queue, byte(code))
	if len(l.digits.queue) == 1 {
		l.digits.step, l.digits.next = 0, l.stream.session.relay.now()
	}
	l.worker.hurry(l)
	return nil
}

// eventType gives the telephone-event format of the endpoint: the one with the clock of what it is sent, else any.
func (l *Leg) eventType() (c Codec, ok bool) {
	if l.remote == nil {
		return c, false
	}
	for _, o := range l.remote.Codecs {
		if strings.EqualFold(o.Name, telephoneEvent) && (!ok || o.Rate == l.sender.rate) {
			c, ok = o, true
		}
	}
	return c, ok
}

// pressKeys sends what is due of the queued keys and gives when more is; 0 when nothing waits.
func (l *Leg) pressKeys(now time.Duration) time.Duration {
	d := &l.digits
	for len(d.queue) > 0 && d.next <= now {
		format, ok := l.eventType()
		if !ok || !l.ready() {
			d.queue = d.queue[:0]
			return 0
		}
		switch {
		case d.step < digitPackets+digitEnds:
			l.pressKey(format, now)
		case d.step == digitPackets+digitEnds+digitPause:
			d.queue = append(d.queue[:0], d.queue[1:]...)
			d.step = -1
		}
		d.step++
		d.next += digitStep
	}
	if len(d.queue) == 0 {
		return 0
	}
	return d.next
}

// pressKey sends one packet of the first key. All carry the time of its beginning; the last ones are the same.
func (l *Leg) pressKey(format Codec, now time.Duration) {
	d, s := &l.digits, &l.sender
	h := rtp.Header{PT: format.PT, Marker: d.step == 0}
	seq, stamp := s.insert(now, format.Rate)
	if d.step == 0 {
		d.stamp = stamp
	}
	h.Seq, h.Timestamp, h.SSRC = seq, d.stamp, s.ssrc
	e := rtp.Event{
		Code: d.queue[0], End: d.step >= digitPackets, Volume: digitVolume,
		Duration: uint16(ticks(digitStep, format.Rate)) * uint16(min(d.step+1, digitPackets)),
	}
	b := e.Append(h.Append(l.worker.scratch[:0]))
	s.packets++
	s.octets += 4
	l.sendAlone(b)
}
