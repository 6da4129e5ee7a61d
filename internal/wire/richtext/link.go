package richtext

import (
	"net/url"
	"strings"
	"unicode"
)

// SafeLink returns a link's target when it may be clickable: http and https with a host, mailto, tel, sip and sips,
// without backslashes, control characters or user names before the host. Everything else, file and UNC paths and
// handlers of installed programs among it, yields "".
func SafeLink(target string) string {
	target = strings.TrimSpace(target)
	if target == "" || len(target) > 2048 {
		return ""
	}
	for _, r := range target {
		if r == '\\' || r == '<' || r == '>' || r == '"' || unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return ""
		}
	}
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" || u.User != nil || strings.Contains(u.Host, "%") {
			return ""
		}
	case "mailto", "tel", "sip", "sips":
		if u.Opaque == "" || strings.HasPrefix(u.Opaque, "//") || strings.Contains(u.Opaque, "%5c") || strings.Contains(u.Opaque, "%5C") {
			return ""
		}
	default:
		return ""
	}
	return target
}
