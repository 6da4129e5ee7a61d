package app

import (
	"context"
	"strings"

	"parley/internal/frontend"
	"parley/internal/frontend/contact"
	"parley/internal/frontend/directory"
	"parley/internal/state"
	"parley/internal/wire/msrtc"
)

// openContacts makes the service that keeps contact lists and tells Lync-dialect clients their settings.
func (s *server) openContacts(ctx context.Context) error {
	lists, err := openContactLists(ctx, s.store)
	if err != nil {
		return err
	}
	s.contacts = contact.New(contact.Config{
		Network: s.layer, Lists: lists, Directory: addressBook{s.identity.directory}, Contact: s.contact, Host: s.cfg.Name,
		Provisioning: s.provisioning, Log: s.log.With("comp", "contacts"),
	})
	s.task("contacts", s.contacts.Run)
	return nil
}

func openContactLists(ctx context.Context, store *state.Store) (*state.Bucket[contact.List], error) {
	return state.OpenBucket[contact.List](ctx, store, "contacts", state.BucketOptions{})
}

// provisioning is what clients are told at sign-in.
func (s *server) provisioning() contact.Provisioning {
	return contact.Provisioning{Encryption: map[string]string{
		"required": "RequireEncryption", "optional": "SupportEncryption", "off": "DoNotSupportEncryption",
	}[s.cfg.Media.Encryption]}
}

// contactRequest hands a request to the contact service in its own terms.
func contactRequest(r *frontend.Request) contact.Request {
	return contact.Request{Message: r.Message, Tx: r.Tx, User: r.User}
}

// addressBook is the directory as Lync-dialect clients search it.
type addressBook struct{ *directory.Directory }

func (p addressBook) Search(terms []msrtc.Term, limit int) (found []msrtc.Person, more bool) {
	q := directory.Query{Limit: limit}
	for _, t := range terms {
		switch strings.ToLower(t.Attribute) {
		case "givenname":
			q.GivenName = t.Value
		case "sn":
			q.Surname = t.Value
		case "mail":
			q.Mail = t.Value
		case "msrtcsip-primaryuseraddress":
			q.Address = msrtc.TrimScheme(t.Value)
		case "company":
			q.Company = t.Value
		case "c":
			q.Country = t.Value
		default:
			q.Any = t.Value
		}
	}
	users, more := p.Directory.Search(q)
	for _, u := range users {
		row := msrtc.Person{
			User: u.AOR, DisplayName: u.Name(), Title: u.Title, Office: u.Office, Company: u.Company, Email: u.Mail,
			City: u.City, State: u.State, Country: u.Country,
		}
		if len(u.Phones) > 0 {
			row.Phone = u.Phones[0].Number
		}
		found = append(found, row)
	}
	return found, more
}
