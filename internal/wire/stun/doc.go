// Package stun reads and writes STUN messages as ICE uses them, in two forms that share one socket: the standard one
// (RFC 8489, formerly 5389) and the Lync dialect's ([MS-ICE2], which kept the rules of draft-ietf-behave-rfc3489bis-02
// for padding and integrity). The peer's form is found out by Verify, never configured.
package stun
