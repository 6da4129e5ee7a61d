package directory

import (
	"cmp"
	"slices"
	"strings"
)

// Query asks for users. Every part that is set must match the beginning of a word of the field, without regard to case.
type Query struct {
	Any       string // name, address, mail or phone number
	GivenName string
	Surname   string
	Mail      string
	Address   string // user@domain, with or without "sip:"
	Company   string
	Country   string
	Limit     int // most users wanted, 0 for MaxFound
}

// MaxFound bounds the users that a search returns.
const MaxFound = 100

// search returns the users that match, sorted by name, and whether there are more.
func search(q Query, each func(yield func(User) bool)) (found []User, more bool) {
	if q.Limit <= 0 || q.Limit > MaxFound {
		q.Limit = MaxFound
	}
	q.Address = strings.TrimPrefix(strings.ToLower(q.Address), "sip:")
	if (q == Query{Limit: q.Limit}) {
		return nil, false // the whole directory is no answer to a question that asks nothing
	}
	each(func(u User) bool {
		if u.Enabled && q.matches(&u) {
			found = append(found, u)
		}
		return true
	})
	slices.SortFunc(found, func(a, b User) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name()), strings.ToLower(b.Name())), strings.Compare(a.AOR, b.AOR))
	})
	if len(found) > q.Limit {
		return found[:q.Limit], true
	}
	return found, false
}

func (q *Query) matches(u *User) bool {
	for _, part := range [...]struct{ want, have string }{
		{q.GivenName, u.GivenName}, {q.Surname, u.Surname}, {q.Mail, u.Mail}, {q.Address, u.AOR},
		{q.Company, u.Company}, {q.Country, u.Country},
	} {
		if part.want != "" && !wordStarts(part.have, part.want) {
			return false
		}
	}
	return q.Any == "" || q.anywhere(u)
}

func (q *Query) anywhere(u *User) bool {
	for _, text := range [...]string{u.DisplayName, u.GivenName, u.Surname, u.AOR, u.Mail} {
		if wordStarts(text, q.Any) {
			return true
		}
	}
	want := digits(q.Any)
	if len(want) < 3 {
		return false
	}
	return slices.ContainsFunc(u.Phones, func(p Phone) bool { return strings.Contains(digits(p.Number), want) })
}

// wordStarts says whether want is how text or one of its words begins.
func wordStarts(text, want string) bool {
	text, want = strings.ToLower(text), strings.ToLower(strings.TrimSpace(want))
	for start := 0; start < len(text); {
		if strings.HasPrefix(text[start:], want) {
			return true
		}
		next := strings.IndexAny(text[start:], " -.@_")
		if next < 0 {
			return false
		}
		start += next + 1
	}
	return false
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
