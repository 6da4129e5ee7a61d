package sip

import "strings"

// kind numbers the header fields that are asked for, so that looking one up compares numbers rather than names; 0 is any
// other field.
type kind uint8

// The fields that messages are checked for.
const (
	kindVia kind = iota + 1
	kindFrom
	kindTo
	kindCallID
	kindCSeq
	kindMaxForwards
	kindContentLength
	kindContentType
	kindContact
	kindRecordRoute
	kindTimestamp
)

// names are the long names by kind with their compact letters (RFC 3261 section 7.3.3 and the registry of later ones).
var names = [...]struct {
	long    string
	compact byte
}{
	{}, {"Via", 'v'}, {"From", 'f'}, {"To", 't'}, {"Call-ID", 'i'}, {"CSeq", 0}, {"Max-Forwards", 0}, {"Content-Length", 'l'},
	{"Content-Type", 'c'}, {"Contact", 'm'}, {"Record-Route", 0}, {"Timestamp", 0},

	{"Route", 0}, {"Expires", 0}, {"User-Agent", 0}, {"Authorization", 0}, {"Proxy-Authorization", 0}, {"Authentication-Info", 0},
	{"Proxy-Authentication-Info", 0}, {"WWW-Authenticate", 0}, {"Proxy-Authenticate", 0}, {"Proxy-Require", 0}, {"Require", 0},
	{"Path", 0}, {"Allow", 0}, {"Max-Breadth", 0}, {"ms-keep-alive", 0}, {"Server", 0}, {"Warning", 0}, {"Date", 0},

	{"Content-Encoding", 'e'}, {"Subject", 's'}, {"Supported", 'k'}, {"Session-Expires", 'x'}, {"Event", 'o'}, {"Allow-Events", 'u'},
	{"Accept-Contact", 'a'}, {"Refer-To", 'r'}, {"Referred-By", 'b'}, {"Reject-Contact", 'j'}, {"Request-Disposition", 'd'},
	{"Identity", 'y'}, {"Identity-Info", 'n'},
}

// longest is the length of the longest of names.
const longest = 25

var kindsByLength = func() (table [longest + 1][]kind) {
	for k := 1; k < len(names); k++ {
		n := len(names[k].long)
		table[n] = append(table[n], kind(k))
	}
	return table
}()

var kindsByLetter = func() (table [256]kind) {
	for k := 1; k < len(names); k++ {
		if c := names[k].compact; c != 0 {
			table[c], table[c-0x20] = kind(k), kind(k)
		}
	}
	return table
}()

// kindOf is the kind of a long or compact name, in any case.
func kindOf(name string) kind {
	if len(name) == 1 {
		return kindsByLetter[name[0]]
	}
	if len(name) > longest {
		return 0
	}
	for _, k := range kindsByLength[len(name)] {
		long := names[k].long
		if long == name || long[0]|0x20 == name[0]|0x20 && strings.EqualFold(long, name) {
			return k
		}
	}
	return 0
}
