// Package auth signs users in and keeps their messages authentic.
//
// Standard endpoints use Digest (RFC 7616 and RFC 8760). Clients of the Lync dialect use NTLM or Kerberos as [MS-SIPAE]
// describes: the sign-in leaves a security association on the connection, with which the client signs every later request
// and response, and the server every message that it sends.
//
// Nothing here waits: accounts are read from memory and no call touches disk or network, so that handlers may call it on
// a connection's reader.
package auth
