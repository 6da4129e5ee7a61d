package frontend

import (
	"strings"

	"parley/internal/dialect"
	"parley/internal/stack/proxy"
	"parley/internal/wire/sip"
)

// refer takes a REFER outside of a dialog: somebody asks a device of their own to call ("call me", click to dial; RFC 3515).
// It goes to one device, since each that got it would call: the one that a GRUU names, else the preferred other one that
// understands it. Nobody else may ask, because the device calls in its user's name; and its reports come back by our route.
func (s *Server) refer(r *Request, uri sip.URI) {
	if !s.local(uri) {
		s.passOn(r, uri)
		return
	}
	target, err := sip.ParseAddr(r.Get("Refer-To"))
	switch {
	case err != nil || len(r.List("Refer-To")) != 1 || target.URI.Scheme != "sip" && target.URI.Scheme != "sips":
		r.Reply(400, "One Refer-To with a SIP URI is needed", nil) // RFC 3515 section 2.4.2
		return
	case r.User == "" || r.User != uri.Account():
		r.Reply(403, "Only devices of your own can be asked to call", nil)
		return
	}
	for _, b := range s.devices(uri) {
		if !refers(&b) || !uri.Params.Has("gr") && sentBy(r, &b) {
			continue
		}
		s.dropOwnRoute(r.Message, r.Flow)
		r.Set("Referred-By", "<sip:"+r.User+">") // RFC 3892: we know who it is
		s.proxy.Forward(r.Tx, []proxy.Branch{branchTo(&b)}, true)
		return
	}
	r.Reply(480, "No other device is signed in that takes a REFER", nil)
}

// refers tells whether a device takes a REFER outside of a dialog. Lync-dialect clients accept one and do nothing.
func refers(b *Binding) bool {
	return b.Dialect != dialect.Lync && (b.Methods == "" || strings.Contains(strings.ToUpper(b.Methods), "REFER"))
}

// sentBy tells whether a request came from a device.
func sentBy(r *Request, b *Binding) bool {
	if b.Flow != nil {
		return b.Flow.ID() == r.Flow.ID()
	}
	return b.Remote == r.Flow.Remote()
}
