// Package measure judges a received RTP stream: loss and its pattern, reordering, jitter (RFC 3550), bursts and gaps
// (RFC 3611) and from these a mean opinion score by the E-model (ITU-T G.107). It is pure arithmetic: the caller brings
// the packets and the time, so the same numbers come out of a relay, a probe or a recorded trace.
package measure
