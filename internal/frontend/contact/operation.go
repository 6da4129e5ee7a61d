package contact

import (
	"context"
	"errors"
	"strings"

	"parley/internal/diag"
	"parley/internal/stack/notifier"
	"parley/internal/wire/msrtc"
)

// Service answers a SOAP request by SERVICE: a change of the contact list, or a search. It returns false, having done
// nothing, for other bodies.
func (s *Service) Service(req Request) bool {
	if !strings.EqualFold(req.MediaType(), msrtc.TypeSOAP) {
		return false
	}
	if req.User == "" {
		s.notifier.Refuse(req, 403, "sign in first", "ms-diagnostics", s.cfg.header(diag.NotPermitted))
		return true
	}
	op, err := msrtc.ParseOperation(req.Body())
	switch {
	case err != nil:
		s.log.Info("contact request not understood", "user", req.User, "err", err)
		s.notifier.Refuse(req, 400, err.Error())
	case op.Name == msrtc.OpSearch:
		s.search(req, op.Search)
	case !s.isOwn(req):
		s.notifier.Refuse(req, 403, "contacts are changed by their owner only", "ms-diagnostics", s.cfg.header(diag.NotPermitted))
	default:
		s.change(req, op)
	}
	return true
}

// change stores the list that an operation leads to, then answers and tells the user's endpoints. Operations of one user
// are done in their order.
func (s *Service) change(req Request, op msrtc.Operation) {
	user := req.User
	if op.Contact.User == user {
		s.notifier.Refuse(req, 400, "nobody is their own contact")
		return
	}
	taken := s.disk.Go(user, func() {
		done, next, rev, err := s.store(user, op)
		switch {
		case isRefusal(err):
			s.notifier.Refuse(req, codeOf(err), err.Error())
			return
		case err != nil:
			s.log.Error("contact list could not be stored", "user", user, "err", err)
			s.notStored(req)
			return
		}
		res := notifier.Answer(req, 200)
		res.SetBody(msrtc.TypeSOAP, msrtc.AppendOperationResult(nil, done))
		s.notifier.Respond(req, res)
		s.tell(user, next, rev)
	})
	if !taken {
		s.notifier.Refuse(req, 503, "")
	}
}

// store makes the change of an operation to the stored list. done is the operation with what the server decided.
func (s *Service) store(user string, op msrtc.Operation) (done msrtc.Operation, next List, rev uint64, err error) {
	next, rev, err = s.cfg.Lists.Edit(context.Background(), user, func(stored List) (List, error) {
		l := stored.orNew().clone()
		var err error
		done, err = l.apply(op, s.cfg.MaxContacts, s.cfg.MaxGroups)
		return l, err
	})
	return done, next, rev, err
}

// faults are the diagnostics of refusals.
var faults = map[int]diag.ID{
	403: diag.ContactListFull, 409: diag.ContactListConflict, 489: diag.EventUnknown,
}

// diagnostics is the ms-diagnostics field of a refusal.
func (c Config) diagnostics(code int) string {
	id, ok := faults[code]
	if !ok {
		return ""
	}
	return c.header(id)
}

func (c Config) header(id diag.ID) string { return diag.New(id, nil).Header(c.Host) }

func isRefusal(err error) bool {
	return errors.Is(err, errConflict) || errors.Is(err, errUnknown) || errors.Is(err, errFull) || errors.Is(err, errGroup)
}

func codeOf(err error) int {
	switch {
	case errors.Is(err, errConflict):
		return 409
	case errors.Is(err, errUnknown):
		return 404
	case errors.Is(err, errFull):
		return 403
	}
	return 400
}

// search answers a directorySearch.
func (s *Service) search(req Request, search msrtc.Search) {
	people, more := s.cfg.Directory.Search(search.Terms, search.Max)
	res := notifier.Answer(req, 200)
	res.SetBody(msrtc.TypeSOAP, msrtc.AppendSearchResult(nil, people, more))
	s.notifier.Respond(req, res)
}

// notStored refuses a change that did not reach the disk.
func (s *Service) notStored(req Request) {
	fault := diag.New(diag.StorageFailed, nil)
	s.notifier.Refuse(req, fault.SIP, fault.Public, "ms-diagnostics", fault.Header(s.cfg.Host), "Retry-After", "30")
}
