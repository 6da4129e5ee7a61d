package directory

import (
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// accountDisabled is the bit of Active Directory's userAccountControl that blocks an account.
const accountDisabled = 2

// attributes are what is read of each entry, in the names of inetOrgPerson and Active Directory.
func (l *LDAP) attributes() []string {
	list := []string{
		"cn", "givenName", "sn", "mail", "title", "department", "departmentNumber", "physicalDeliveryOfficeName", "company", "o",
		"l", "st", "c", "co", "telephoneNumber", "mobile", "homePhone", "otherTelephone", "userAccountControl", l.cfg.Address,
	}
	for _, name := range []string{l.cfg.Login, l.cfg.Name} {
		if name != "" {
			list = append(list, name)
		}
	}
	return list
}

// entryOf reads an LDAP entry; false for one without a usable SIP address in a served domain.
func (l *LDAP) entryOf(raw *ldap.Entry) (entry, bool) {
	get := func(names ...string) string {
		for _, name := range names {
			if value := strings.TrimSpace(raw.GetEqualFoldAttributeValue(name)); name != "" && value != "" && checkText(name, value) == nil {
				return value
			}
		}
		return ""
	}
	aor, err := ParseAOR(get(l.cfg.Address))
	if err != nil || !l.servesDomain(aor) {
		return entry{}, false
	}
	e := entry{dn: raw.DN, login: strings.ToLower(get(l.cfg.Login)), User: User{
		AOR: aor, DisplayName: get(l.cfg.Name, "cn"), GivenName: get("givenName"), Surname: get("sn"), Mail: get("mail"),
		Title: get("title"), Department: get("department", "departmentNumber"), Office: get("physicalDeliveryOfficeName"),
		Company: get("company", "o"), City: get("l"), State: get("st"), Country: get("co", "c"), Enabled: true,
	}}
	if control, err := strconv.Atoi(get("userAccountControl")); err == nil && control&accountDisabled != 0 {
		e.Enabled = false
	}
	for _, number := range []struct {
		kind PhoneKind
		name string
	}{{WorkPhone, "telephoneNumber"}, {MobilePhone, "mobile"}, {HomePhone, "homePhone"}, {OtherPhone, "otherTelephone"}} {
		if value := get(number.name); strings.ContainsAny(value, "0123456789") {
			e.Phones = append(e.Phones, Phone{number.kind, value})
		}
	}
	return e, true
}

// loginName is the sign-in name at the user's own domain; one that has a domain already stays as it is.
func (e *entry) loginName() string {
	if e.login == "" || strings.Contains(e.login, "@") {
		return e.login
	}
	_, domain, _ := strings.Cut(e.AOR, "@")
	return e.login + "@" + domain
}

// with returns a mirror that also has these entries. The first of two entries with one address counts.
func (m *mirror) with(entries []entry) *mirror {
	next := &mirror{users: map[string]entry{}, logins: map[string]string{}}
	if m != nil {
		for _, e := range m.users {
			next.add(e)
		}
	}
	for _, e := range entries {
		next.add(e)
	}
	return next
}

func (m *mirror) add(e entry) {
	if _, taken := m.users[e.AOR]; taken {
		return
	}
	m.users[e.AOR] = e
	if login := e.loginName(); login != "" {
		if _, taken := m.logins[login]; !taken {
			m.logins[login] = e.AOR
		}
	}
}
