package auth

import (
	"strconv"
	"strings"

	"parley/internal/wire/sip"
)

// signedText appends the text that a message's signature covers, [MS-SIPAE] section 3.1.5.1: parts of the message in angle
// brackets, exactly as they are written there. random and number are crand and cnum, or srand and snum.
func (a *association) signedText(dst []byte, m *sip.Message, random, number string) []byte {
	sequence, method, _ := strings.Cut(m.Get("CSeq"), " ")
	from, fromTag := addressParts(m.Get("From"))
	to, toTag := addressParts(m.Get("To"))
	add := func(part string) { dst = append(append(append(dst, '<'), part...), '>') }
	for _, part := range [...]string{a.scheme.String(), random, number, realm, a.target, m.CallID(), sequence, strings.TrimSpace(method), from, fromTag} {
		add(part)
	}
	if a.version >= 3 {
		add(to)
	}
	add(toTag)
	if a.version >= 3 {
		sipURI, telURI := identities(m)
		add(sipURI)
		add(telURI)
	}
	add(m.Get("Expires"))
	if !m.IsRequest() {
		add(strconv.Itoa(m.StatusCode()))
	}
	return dst
}

// addressParts returns the URI of a From or To as it is written, and the tag.
func addressParts(value string) (uri, tag string) {
	rest := value
	if strings.HasPrefix(rest, `"`) { // a display name may hold anything
		for i := 1; i < len(rest); i++ {
			if rest[i] == '\\' {
				i++
			} else if rest[i] == '"' {
				rest = rest[i+1:]
				break
			}
		}
	}
	var params string
	if open := strings.IndexByte(rest, '<'); open >= 0 {
		uri, params, _ = strings.Cut(rest[open+1:], ">")
	} else {
		uri, params, _ = strings.Cut(rest, ";")
		uri, params = strings.TrimSpace(uri), ";"+params
	}
	tag, _ = sip.Params(params).Get("tag")
	return uri, tag
}

// identities returns the first sip and the first tel URI of P-Asserted-Identity, or else of P-Preferred-Identity.
func identities(m *sip.Message) (sipURI, telURI string) {
	field := "P-Asserted-Identity"
	if !m.Has(field) {
		if field = "P-Preferred-Identity"; !m.Has(field) {
			return "", ""
		}
	}
	for _, value := range m.List(field) {
		uri, _ := addressParts(value)
		switch {
		case sipURI == "" && strings.HasPrefix(uri, "sip:"):
			sipURI = uri
		case telURI == "" && strings.HasPrefix(uri, "tel:"):
			telURI = uri
		}
	}
	return sipURI, telURI
}
