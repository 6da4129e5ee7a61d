package directory

import (
	"context"
	"fmt"
	"strings"
)

// Directory is what the services ask: the local users, and those of an LDAP server if there is one.
type Directory struct {
	local   *Local
	ldap    *LDAP
	domains []string
}

// New joins the local directory and an LDAP mirror, which may be nil. Of a user in both, LDAP says who that is; the local
// record adds what LDAP does not know: whether the user is an administrator, or blocked here, and the home server.
func New(local *Local, mirror *LDAP, domains []string) *Directory {
	d := &Directory{local: local, ldap: mirror}
	for _, domain := range domains {
		d.domains = append(d.domains, strings.ToLower(domain))
	}
	return d
}

// Ready says whether an unknown name is unknown for good: false until the LDAP server was read once.
func (d *Directory) Ready() bool { return d.ldap == nil || d.ldap.Ready() }

// Lookup finds a user by AOR, from memory. A name that the mirror does not know is asked for in the background.
func (d *Directory) Lookup(aor string) (User, bool) {
	mine, local := d.local.Get(aor)
	if d.ldap == nil {
		return mine, local
	}
	u, ok := d.ldap.Lookup(aor)
	switch {
	case !ok:
		return mine, local
	case local:
		u.Administrator, u.Home = mine.Administrator, mine.Home
		u.Enabled = u.Enabled && mine.Enabled
	}
	return u, true
}

// Resolve returns the AOR of an enabled user who signs in by a name "user@domain": the AOR itself, or the LDAP sign-in name
// at the user's domain.
func (d *Directory) Resolve(login string) (aor string, ok bool) {
	login = strings.ToLower(login)
	if u, found := d.Lookup(login); found {
		return u.AOR, u.Enabled
	}
	if d.ldap == nil {
		return "", false
	}
	if aor, ok = d.ldap.Login(login); !ok {
		return "", false
	}
	u, found := d.Lookup(aor)
	return aor, found && u.Enabled
}

// Credentials returns what is stored of a user's password.
func (d *Directory) Credentials(aor string) (Credentials, bool) { return d.local.Credentials(aor) }

// Search finds enabled users and says whether there are more.
func (d *Directory) Search(q Query) (found []User, more bool) {
	return search(q, func(yield func(User) bool) {
		going := true
		if d.ldap != nil {
			d.ldap.Each(func(u User) bool {
				u, _ = d.Lookup(u.AOR)
				going = yield(u)
				return going
			})
		}
		if going {
			d.local.Each(func(u User) bool {
				if d.ldap != nil {
					if _, both := d.ldap.Lookup(u.AOR); both {
						return true
					}
				}
				return yield(u)
			})
		}
	})
}

// CheckPassword says whose password it is, for surfaces other than SIP. The name is one that people type: alice,
// alice@parley.test or PARLEY\alice. It may ask the LDAP server and so may take a moment. ErrWrongPassword is all that is
// told of a wrong name, a wrong password and a blocked user.
func (d *Directory) CheckPassword(ctx context.Context, name, password string) (User, error) {
	if password == "" {
		return User{}, ErrWrongPassword // an LDAP server takes an empty password for an anonymous bind, and says yes
	}
	aor, known := "", false
	for _, login := range d.spellings(name) {
		if aor, known = d.Resolve(login); known {
			break
		}
	}
	if !known && !d.Ready() {
		return User{}, fmt.Errorf("check password: %w", ErrNotReady)
	}
	good := d.local.checkPassword(aor, password)
	if d.ldap != nil {
		if _, mirrored := d.ldap.Lookup(aor); mirrored && !good {
			if err := d.ldap.checkPassword(ctx, aor, password); err != nil {
				return User{}, err
			}
			good = true
		}
	}
	u, found := d.Lookup(aor)
	if !good || !known || !found || !u.Enabled {
		return User{}, ErrWrongPassword
	}
	return u, nil
}

// spellings are the sign-in names that a typed name may mean.
func (d *Directory) spellings(name string) []string {
	name = strings.ToLower(strings.TrimSpace(name))
	short, user, windows := strings.Cut(name, `\`)
	if !windows {
		if strings.Contains(name, "@") {
			return []string{name}
		}
		short, user = "", name
	}
	var all []string
	for _, domain := range d.domains {
		label, _, _ := strings.Cut(domain, ".")
		if !windows || short == label || short == domain {
			all = append(all, user+"@"+domain)
		}
	}
	return all
}
