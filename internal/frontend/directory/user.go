package directory

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/internal/wire/sip"
)

// Errors that callers tell apart.
var (
	ErrUnknownUser   = errors.New("no such user")
	ErrUserExists    = errors.New("user exists already")
	ErrInvalidUser   = errors.New("user record is not valid")
	ErrWrongPassword = errors.New("wrong user name or password")
	ErrNotReady      = errors.New("the LDAP directory has not been read yet")
)

// User is what the directory tells about a person or service.
type User struct {
	AOR           string  `json:"aor"` // user@domain, lower case
	DisplayName   string  `json:"displayName,omitempty"`
	GivenName     string  `json:"givenName,omitempty"`
	Surname       string  `json:"surname,omitempty"`
	Mail          string  `json:"mail,omitempty"`
	Phones        []Phone `json:"phones,omitempty"`
	Title         string  `json:"title,omitempty"`
	Department    string  `json:"department,omitempty"`
	Office        string  `json:"office,omitempty"`
	Company       string  `json:"company,omitempty"`
	City          string  `json:"city,omitempty"`
	State         string  `json:"state,omitempty"`
	Country       string  `json:"country,omitempty"`
	Enabled       bool    `json:"enabled"`
	Administrator bool    `json:"administrator,omitempty"`
	Home          string  `json:"home,omitempty"` // server (FQDN or FQDN:port) where the user's clients belong, "" for this one
}

// PhoneKind says which of a user's numbers one is; the words are those of contact cards in the Lync dialect.
type PhoneKind string

// Kinds of phone numbers.
const (
	WorkPhone   PhoneKind = "work"
	MobilePhone PhoneKind = "mobile"
	HomePhone   PhoneKind = "home"
	OtherPhone  PhoneKind = "other"
)

// Phone is a number as people write it, such as "+1 (555) 123-4567" or "4567;ext=8".
type Phone struct {
	Kind   PhoneKind `json:"kind"`
	Number string    `json:"number"`
}

// Name is the display name, or the address of a user who has none.
func (u *User) Name() string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.AOR
}

const (
	maxText   = 256
	maxPhones = 16
)

// ParseAOR reads "alice@parley.test" or "sip:alice@parley.test" into the form that keys every table.
func ParseAOR(text string) (string, error) {
	if !strings.Contains(text, ":") {
		text = "sip:" + text
	}
	uri, err := sip.ParseURI(text)
	if err != nil {
		return "", fmt.Errorf("%w: address %.80q: %w", ErrInvalidUser, text, err)
	}
	aor := uri.Account()
	if aor == "" || uri.Port != 0 || uri.Params != "" || uri.Headers != "" || uri.Password != "" || len(aor) > maxText {
		return "", fmt.Errorf("%w: address %.80q: write it as user@domain", ErrInvalidUser, text)
	}
	return aor, nil
}

// check says what is wrong with a record that somebody entered.
func (u *User) check() error {
	if aor, err := ParseAOR(u.AOR); err != nil {
		return err
	} else if aor != u.AOR {
		return fmt.Errorf("%w: address %q: write it as %q", ErrInvalidUser, u.AOR, aor)
	}
	for name, text := range map[string]string{
		"display name": u.DisplayName, "given name": u.GivenName, "surname": u.Surname, "mail": u.Mail, "title": u.Title,
		"department": u.Department, "office": u.Office, "company": u.Company, "city": u.City, "state": u.State,
		"country": u.Country, "home": u.Home,
	} {
		if err := checkText(name, text); err != nil {
			return err
		}
	}
	if len(u.Phones) > maxPhones {
		return fmt.Errorf("%w: %d phone numbers, more than %d", ErrInvalidUser, len(u.Phones), maxPhones)
	}
	for _, p := range u.Phones {
		switch p.Kind {
		case WorkPhone, MobilePhone, HomePhone, OtherPhone:
		default:
			return fmt.Errorf("%w: phone kind %.20q: must be work, mobile, home or other", ErrInvalidUser, p.Kind)
		}
		if err := checkText("phone number", p.Number); err != nil {
			return err
		}
		if !strings.ContainsAny(p.Number, "0123456789") {
			return fmt.Errorf("%w: phone number %q has no digit", ErrInvalidUser, p.Number)
		}
	}
	return nil
}

func checkText(name, text string) error {
	switch {
	case len(text) > maxText:
		return fmt.Errorf("%w: %s of %d bytes, more than %d", ErrInvalidUser, name, len(text), maxText)
	case !utf8.ValidString(text):
		return fmt.Errorf("%w: %s is not UTF-8", ErrInvalidUser, name)
	case strings.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("%w: %s has a control character", ErrInvalidUser, name)
	}
	return nil
}
