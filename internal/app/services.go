package app

import (
	"parley/internal/frontend"
	"parley/internal/frontend/contact"
	"parley/internal/frontend/presence"
	"parley/internal/quality/ingest"
	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// services says what goes where.
func (s *server) services() frontend.Services {
	subscribe := map[string]frontend.Service{}
	for _, name := range presence.Events() {
		subscribe[name] = func(r *frontend.Request) { s.presence.Subscribe(presenceRequest(r)) }
	}
	for _, name := range contact.Events() {
		subscribe[name] = func(r *frontend.Request) { s.contacts.Subscribe(contactRequest(r)) }
	}
	publish := func(r *frontend.Request) { s.presence.Publish(presenceRequest(r)) }
	return frontend.Services{
		Register:  s.registrar.Register,
		Subscribe: subscribe,
		Publish:   s.qualityEvents(map[string]frontend.Service{"presence": publish, "dialog": publish}, (*ingest.Service).Publish),
		Notify:    s.qualityEvents(map[string]frontend.Service{}, (*ingest.Service).Notify),
		Service: []func(*frontend.Request) bool{
			s.qualityService,
			func(r *frontend.Request) bool { return s.presence.Service(presenceRequest(r)) },
			func(r *frontend.Request) bool { return s.contacts.Service(contactRequest(r)) },
		},
		Message: s.im.Message,
		IM:      s.im.Invite,
		Call:    s.calls.Invite,
		Dialogs: []func(*frontend.Request) bool{
			s.im.Dialog, s.calls.InDialog,
			func(r *frontend.Request) bool { return s.presence.Owns(presenceRequest(r)) },
			func(r *frontend.Request) bool { return s.contacts.Owns(contactRequest(r)) },
		},
		Acks:   []func(transport.Flow, *sip.Message) bool{s.im.Ack, s.calls.Ack},
		Closed: []func(transport.Flow){s.im.FlowClosed, s.calls.FlowClosed, s.presence.FlowClosed, s.contacts.FlowClosed},
	}
}
