// Package ntlm holds the parts of NTLM ([MS-NLMP]) that sign-in to a SIP server needs: the server's CHALLENGE, the client's
// AUTHENTICATE, the NTLMv2 proof, the session keys and the message signature.
//
// Only NTLMv2 with extended session security is spoken. LM and NTLMv1 responses are refused by name, because either can be
// turned back into the password or used as it is by whoever records it.
//
// SIP uses the connection-less (datagram) mode of [MS-SIPAE]: there is no NEGOTIATE message, and each message is signed
// by itself, so that order and loss do not matter.
package ntlm
