// Package transaction runs the transaction state machines of SIP: RFC 3261 section 17 with the corrections of RFC 6026.
//
// The transaction user implements [Handler]. Requests that arrive on one flow reach it in their order, on the flow's
// reader; a handler must not block there, and may respond later from anywhere.
//
// Clients of the Lync dialect draw Call-IDs, tags and branches from a generator seeded with the time of day, so two of
// them can use the same ones. Every key here therefore contains the flow that a request came on.
package transaction
