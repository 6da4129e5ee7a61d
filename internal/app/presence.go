package app

import (
	"context"
	"strings"

	"parley/internal/frontend"
	"parley/internal/frontend/directory"
	"parley/internal/frontend/presence"
	"parley/internal/frontend/registrar"
	"parley/internal/stack/transport"
	"parley/internal/state"
	"parley/internal/wire/msrtc"
)

// openPresence makes the presence service and tells it which devices come and go.
func (s *server) openPresence(ctx context.Context) error {
	profiles, err := state.OpenBucket[presence.Profile](ctx, s.store, "presence", state.BucketOptions{})
	if err != nil {
		return err
	}
	s.presence = presence.New(presence.Config{
		Network: s.layer, Directory: cards{s.identity.directory}, Profiles: profiles, Contacts: s.contacts, Contact: s.contact,
		Domains: s.cfg.Domains, Host: s.cfg.Name, Events: &s.bus, Log: s.log.With("comp", "presence"),
	})
	s.registrar.Observe(s.presenceOf)
	s.task("presence", s.presence.Run)
	return nil
}

// contact is the URI at which a service takes requests within its dialogs with who is at the other end of flow.
func (s *server) contact(account string, flow transport.Flow) string {
	u := s.layer.Self(flow)
	u.User, _, _ = strings.Cut(account, "@")
	return u.String()
}

// presenceOf tells presence what became of a registration.
func (s *server) presenceOf(c registrar.Change) {
	b := &c.Binding
	switch {
	case c.Kind == registrar.Refreshed: // presence knows the device
	case c.Kind == registrar.Added:
		s.presence.DeviceUp(b.Account, deviceKey(b), b.Dialect)
	case c.Reason == "connection lost":
		s.presence.DeviceLost(b.Account, deviceKey(b))
	default:
		s.presence.DeviceDown(b.Account, deviceKey(b))
	}
}

// deviceKey names a device in presence: Lync-dialect publications carry the epid of their From.
func deviceKey(b *frontend.Binding) string {
	if b.Epid != "" {
		return b.Epid
	}
	return b.Key()
}

// presenceRequest hands a request to presence in its own terms.
func presenceRequest(r *frontend.Request) presence.Request {
	return presence.Request{Message: r.Message, Tx: r.Tx, User: r.User}
}

// cards is the directory as presence asks it.
type cards struct{ *directory.Directory }

func (c cards) Card(user string) (msrtc.ContactCard, bool) {
	u, ok := c.Lookup(user)
	if !ok || !u.Enabled {
		return msrtc.ContactCard{}, false
	}
	card := msrtc.ContactCard{
		DisplayName: u.Name(), Email: u.Mail, Company: u.Company, Department: u.Department, Title: u.Title, Office: u.Office,
	}
	for _, p := range u.Phones {
		card.Phones = append(card.Phones, msrtc.Phone{Type: string(p.Kind), URI: "tel:" + p.Number, Display: p.Number})
	}
	return card, true
}
