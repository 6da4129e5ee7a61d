// Package measure counts what a received RTP stream went through: loss and its pattern, reordering, jitter (RFC 3550),
// bursts and gaps (RFC 3611). It is pure arithmetic: the caller brings the packets and the time, so the same numbers come
// out of a relay, a probe or a recorded trace. Scores are made of them by package emodel.
package measure
