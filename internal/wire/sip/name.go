package sip

import "strings"

// compactOf returns the lower-case compact letter of a header field's long name (RFC 3261 section 7.3.3 and the
// registry of later ones), or 0.
func compactOf(name string) byte {
	if len(name) < 2 {
		return 0
	}
	// The first letter rules out nearly every name before a comparison is made.
	switch name[0] | 0x20 {
	case 'v':
		return compactIf(name, "Via", 'v')
	case 'f':
		return compactIf(name, "From", 'f')
	case 't':
		return compactIf(name, "To", 't')
	case 'c':
		switch len(name) {
		case 7:
			return compactIf(name, "Call-ID", 'i') | compactIf(name, "Contact", 'm')
		case 12:
			return compactIf(name, "Content-Type", 'c')
		case 14:
			return compactIf(name, "Content-Length", 'l')
		case 16:
			return compactIf(name, "Content-Encoding", 'e')
		}
	case 's':
		switch len(name) {
		case 7:
			return compactIf(name, "Subject", 's')
		case 9:
			return compactIf(name, "Supported", 'k')
		case 15:
			return compactIf(name, "Session-Expires", 'x')
		}
	case 'e':
		return compactIf(name, "Event", 'o')
	case 'a':
		switch len(name) {
		case 12:
			return compactIf(name, "Allow-Events", 'u')
		case 14:
			return compactIf(name, "Accept-Contact", 'a')
		}
	case 'r':
		switch len(name) {
		case 8:
			return compactIf(name, "Refer-To", 'r')
		case 11:
			return compactIf(name, "Referred-By", 'b')
		case 14:
			return compactIf(name, "Reject-Contact", 'j')
		case 19:
			return compactIf(name, "Request-Disposition", 'd')
		}
	case 'i':
		switch len(name) {
		case 8:
			return compactIf(name, "Identity", 'y')
		case 13:
			return compactIf(name, "Identity-Info", 'n')
		}
	}
	return 0
}

func compactIf(name, long string, letter byte) byte {
	if len(name) == len(long) && strings.EqualFold(name, long) {
		return letter
	}
	return 0
}
