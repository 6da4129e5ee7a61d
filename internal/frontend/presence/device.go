package presence

import (
	"time"

	"parley/internal/dialect"
	"parley/internal/wire/msrtc"
	"parley/internal/wire/pidf"
)

// device is a registered endpoint of a user.
type device struct {
	plain   bool // a standard one, which may never publish
	lost    *time.Timer
	unknown bool
}

// DeviceUp says that an endpoint of user has registered, or has come back after its connection was lost. key is its epid,
// or for a standard endpoint its instance or contact.
func (s *Service) DeviceUp(user, key string, kind dialect.Kind) {
	p := s.presentity(user)
	p.mu.Lock()
	d := p.devices[key]
	if d == nil {
		d = &device{}
		p.devices[key] = d
	}
	d.plain = kind != dialect.Lync
	d.found()
	send := p.refresh()
	p.mu.Unlock()
	send()
}

// DeviceDown says that an endpoint has left, or that its registration has expired: what it published goes with it.
func (s *Service) DeviceDown(user, key string) {
	p := s.presentity(user)
	p.mu.Lock()
	tell := p.removeDevice(key)
	p.mu.Unlock()
	tell()
}

// DeviceLost says that the connection to an endpoint broke. Its presence stays for a while: a client that comes back in
// time was never seen to leave.
func (s *Service) DeviceLost(user, key string) {
	p := s.presentity(user)
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.devices[key]
	if d == nil || d.lost != nil {
		return
	}
	d.lost = s.after(s.cfg.Limits.LossUnknown, func() { p.deviceUnknown(key, d) })
}

func (p *presentity) deviceUnknown(key string, d *device) {
	p.mu.Lock()
	if p.devices[key] != d || d.lost == nil {
		p.mu.Unlock()
		return
	}
	d.unknown = true
	d.lost = p.svc.after(max(p.svc.cfg.Limits.LossOffline-p.svc.cfg.Limits.LossUnknown, 0), func() {
		p.mu.Lock()
		tell := func() {}
		if p.devices[key] == d && d.unknown {
			tell = p.removeDevice(key)
		}
		p.mu.Unlock()
		tell()
	})
	send := p.refresh()
	p.mu.Unlock()
	send()
}

func (d *device) found() {
	if d.lost != nil {
		d.lost.Stop()
	}
	d.lost, d.unknown = nil, false
}

// removeDevice is called with p.mu held.
func (p *presentity) removeDevice(key string) func() {
	d := p.devices[key]
	if d == nil {
		return func() {}
	}
	d.found()
	delete(p.devices, key)
	standard := 0
	for _, other := range p.devices {
		if other.plain {
			standard++
		}
	}
	var gone []string
	for k, i := range p.instances {
		if i.expireType == msrtc.ExpireEndpoint && i.endpoint == key || i.expireType == msrtc.ExpireUser && len(p.devices) == 0 {
			delete(p.instances, k)
			gone = append(gone, k.category)
		}
	}
	if d.plain && standard == 0 {
		// Nobody is left who could renew them; a phone that loses power leaves its last word standing otherwise.
		for tag, doc := range p.documents {
			doc.timer.Stop()
			delete(p.documents, tag)
		}
	}
	send := p.refresh()
	owners := p.tellOwners(gone...)
	return func() { owners(); send() }
}

// InCall says whether a user has an answered call. It is the short form of Call for those who know no more.
func (s *Service) InCall(user string, talking bool) {
	state := pidf.DialogTerminated
	if talking {
		state = pidf.DialogConfirmed
	}
	s.Call(user, pidf.Dialog{ID: "call", State: state})
}

// Call says what has become of one of user's calls. Ended calls have the state pidf.DialogTerminated.
func (s *Service) Call(user string, d pidf.Dialog) {
	p := s.presentity(user)
	p.mu.Lock()
	if d.State == pidf.DialogTerminated {
		delete(p.calls, d.ID)
	} else {
		p.calls[d.ID] = d
	}
	dialogs := p.tellDialogs()
	send := p.refresh()
	p.mu.Unlock()
	dialogs()
	send()
}
