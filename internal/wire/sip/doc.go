// Package sip reads and writes SIP messages (RFC 3261) without losing a byte.
//
// A [Message] keeps every header field as the bytes that arrived and types them only when asked, so that what a
// proxy does not touch leaves as it came: signatures of the Lync dialect are computed over those bytes, and clients
// of that dialect put parameters where standard writers would not (after the angle bracket of a Record-Route, in a
// quoted Contact parameter). Serialising a parsed message gives exactly what was parsed.
//
// Reading happens in two steps. [Parse] finds the start line, the fields and the body, and refuses only what
// cannot be taken apart. [Check] then says whether an element may act upon the message, and with which status it
// is to be refused if not; it is what RFC 4475 tests.
package sip
