// Package directory knows the users: who they are, whether they may sign in, and what the sign-in schemes need of their
// passwords.
//
// Users live in local state or come from an LDAP server, which is mirrored: every question that a SIP message asks is
// answered from memory, whatever the server's state. An LDAP server gives no password hashes, so its users sign in with
// Kerberos, or with a password that is set here; the portal checks their directory password by a bind.
package directory
