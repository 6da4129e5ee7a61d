package directory

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Pause before the next try when the server cannot be read: it doubles from the first to the longest.
const (
	firstPause   = time.Second
	longestPause = time.Minute
)

// Run reads the server now and then until ctx ends, and answers single questions in between. The mirror keeps what it has
// while the server is away.
func (l *LDAP) Run(ctx context.Context) error {
	pause := firstPause
	for {
		wait := l.cfg.Every
		if err := l.readAll(ctx); ctx.Err() != nil {
			return nil
		} else if err != nil {
			l.cfg.Log.Error("cannot read the LDAP directory; what was read before stays valid", "error", err, "next", pause)
			wait, pause = pause, min(2*pause, longestPause)
		} else {
			pause = firstPause
		}
		if !l.answer(ctx, wait) {
			return nil
		}
	}
}

// answer takes single questions for a while; false when ctx has ended.
func (l *LDAP) answer(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case name := <-l.wanted:
			if err := l.readOne(ctx, name); err != nil && ctx.Err() == nil {
				l.cfg.Log.Warn("cannot ask the LDAP directory", "name", name, "error", err)
			}
		}
	}
}

// readAll replaces the mirror, page by page.
func (l *LDAP) readAll(ctx context.Context) error {
	entries, skipped, err := l.search(ctx, l.cfg.Filter)
	if err != nil {
		return err
	}
	old := l.mirror.Load()
	next := (*mirror)(nil).with(entries)
	l.mirror.Store(next)
	if old == nil || len(old.users) != len(next.users) {
		l.cfg.Log.Info("read the LDAP directory", "users", len(next.users), "skipped", skipped)
	}
	return nil
}

// readOne adds a user to the mirror whom it does not know yet.
func (l *LDAP) readOne(ctx context.Context, name string) error {
	user, _, _ := strings.Cut(name, "@")
	terms := "(" + l.cfg.Address + "=" + ldap.EscapeFilter(name) + ")(" + l.cfg.Address + "=sip:" + ldap.EscapeFilter(name) + ")"
	if l.cfg.Login != "" {
		terms += "(" + l.cfg.Login + "=" + ldap.EscapeFilter(user) + ")"
	}
	entries, _, err := l.search(ctx, "(&"+l.cfg.Filter+"(|"+terms+"))")
	if err != nil || len(entries) == 0 {
		return err
	}
	l.mirror.Store(l.mirror.Load().with(entries))
	return nil
}

// search returns the users among the entries that match, and how many others matched.
func (l *LDAP) search(ctx context.Context, filter string) (entries []entry, skipped int, err error) {
	conn, err := l.connect(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer conn.close()
	if err := l.bind(conn); err != nil {
		return nil, 0, err
	}
	paging := ldap.NewControlPaging(pageSize)
	req := ldap.NewSearchRequest(l.cfg.BaseDN, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, int(ldapTimeout/time.Second), false,
		filter, l.attributes(), []ldap.Control{paging})
	for {
		page, err := conn.Search(req)
		if err != nil {
			return nil, 0, fmt.Errorf("search %s: %w", l.cfg.BaseDN, err)
		}
		for _, raw := range page.Entries {
			if e, ok := l.entryOf(raw); ok {
				entries = append(entries, e)
			} else {
				skipped++
			}
		}
		answer, ok := ldap.FindControl(page.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(answer.Cookie) == 0 {
			return entries, skipped, nil
		}
		paging.SetCookie(answer.Cookie)
	}
}
