// Package locate finds the servers that a SIP URI leads to (RFC 3263): by NAPTR, SRV and address records, with their
// priorities and weights, in the order in which they are to be tried.
//
// It asks the DNS itself, since the standard library tells neither NAPTR records nor how long an answer may be kept.
// Answers, negative ones too, are kept for their time to live in a bounded cache.
package locate
