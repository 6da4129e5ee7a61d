// Package rtp reads and writes RTP and RTCP (RFC 3550), extended reports (RFC 3611), feedback (RFC 4585) and telephone
// events (RFC 4733). Parsing neither copies nor allocates. RTCP is only split: what a peer appends to a report (Microsoft's
// profile-specific extensions, application layer feedback, picture loss indications with their own payload) stays opaque
// and whole, where a parser that wants to know every packet would refuse the datagram.
package rtp
