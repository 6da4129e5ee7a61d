// Package transport owns the sockets that SIP comes and goes on: UDP, TCP, TLS and WebSocket (RFC 3261 section 18,
// RFC 7118), over IPv4 and IPv6.
//
// What arrives on one flow is handed up in its order, on the flow's own reader, so a receiver must not block. What is
// sent is queued with a bound and leaves in few system calls: whatever was queued while the last write ran goes with the
// next. A peer that does not take its messages loses its connection, it never holds up anybody else.
package transport
