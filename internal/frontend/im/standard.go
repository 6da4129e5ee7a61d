package im

import (
	"strconv"

	"parley/internal/frontend"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// datagramLimit is the longest request in bytes that goes by UDP at once (RFC 3261 section 18.1.1).
const datagramLimit = 1300

// toStandard sends a message in a request of its own.
func (s *Service) toStandard(d delivery, b *frontend.Binding) {
	var req *sip.Message
	if d.request != nil {
		req = forward(d.request, b)
	} else {
		part := d.doc.ForStandard()
		req = pageRequest(d.From, d.display, d.To, b)
		req.SetBody(part.ContentType, part.Body)
	}
	s.send(req, b.Target(), d.report)
}

// forward is a standard sender's request for a standard device: the same bytes but for what names the hop.
func forward(req *sip.Message, b *frontend.Binding) *sip.Message {
	out := req.Clone()
	out.SetRequestURI(b.URI())
	hops := 70
	if n, ok := out.MaxForwards(); ok {
		hops = max(n-1, 0)
	}
	out.Set("Max-Forwards", strconv.Itoa(hops))
	for _, name := range [...]string{"Via", "Route", "Authorization", "Proxy-Authorization", "P-Asserted-Identity", "P-Preferred-Identity"} {
		out.Remove(name)
	}
	for _, route := range b.Path {
		out.Add("Route", route)
	}
	return out
}

// pageRequest is a MESSAGE of ours to a standard device.
func pageRequest(from, display, to string, b *frontend.Binding) *sip.Message {
	req := sip.NewRequest("MESSAGE", b.URI())
	for _, route := range b.Path {
		req.Add("Route", route)
	}
	req.Add("From", nameAddr(display, from)+";tag="+sip.NewTag())
	req.Add("To", "<sip:"+to+">")
	req.Add("Call-ID", sip.NewCallID())
	req.Add("CSeq", "1 MESSAGE")
	return req
}

// nameAddr is an account as From and To write it.
func nameAddr(display, account string) string {
	if display == "" {
		return "<sip:" + account + ">"
	}
	return sip.Quote(display) + " <sip:" + account + ">"
}

// send sends a request and reports its outcome. What is too long for a datagram goes by TCP to the device's address,
// and by UDP after all when nobody listens there (RFC 3261 section 18.1.1).
func (s *Service) send(req *sip.Message, target transaction.Target, report func(outcome)) {
	done := func(res *sip.Message, err error) {
		switch {
		case err != nil:
			report(unreachable(err))
		case res.StatusCode() >= 200:
			report(answered(res))
		}
	}
	attempt := func(req *sip.Message, target transaction.Target, on func(*sip.Message, error)) {
		if _, err := s.sender.Request(req, target, on); err != nil {
			on(nil, err)
		}
	}
	if target.Flow != nil || target.Proto != transport.UDP || req.Len() <= datagramLimit {
		attempt(req, target, done)
		return
	}
	again := req.Clone()
	stream := target
	stream.Proto = transport.TCP
	attempt(req, stream, func(res *sip.Message, err error) {
		if err != nil && transaction.FailureCode(err) == 503 {
			attempt(again, target, done)
			return
		}
		done(res, err)
	})
}
