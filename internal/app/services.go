package app

import (
	"parley/internal/frontend"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// services says what goes where.
func (s *server) services() frontend.Services {
	subscribe := map[string]frontend.Service{}
	for _, name := range []string{"presence", "presence.winfo", "dialog", "vnd-microsoft-roaming-self"} {
		subscribe[name] = func(r *frontend.Request) { s.presence.Subscribe(presenceRequest(r)) }
	}
	publish := func(r *frontend.Request) { s.presence.Publish(presenceRequest(r)) }
	return frontend.Services{
		Register:  s.registrar.Register,
		Subscribe: subscribe,
		Publish:   map[string]frontend.Service{"presence": publish, "dialog": publish},
		Service:   []func(*frontend.Request) bool{func(r *frontend.Request) bool { return s.presence.Service(presenceRequest(r)) }},
		Message:   s.im.Message,
		IM:        s.im.Invite,
		Call:      s.calls.Invite,
		Dialogs:   []func(*frontend.Request) bool{s.im.Dialog, s.calls.InDialog},
		Acks:      []func(transport.Flow, *sip.Message) bool{s.im.Ack, s.calls.Ack},
		Closed:    []func(transport.Flow){s.im.FlowClosed, s.calls.FlowClosed},
	}
}
