// Package ice is the server's side of ICE (RFC 8445): an agent whose candidates are the relay's own sockets and nothing
// else. It owns no socket, goroutine or clock: the relay's readers hand it STUN messages and the time, and it hands back
// datagrams to send. Standard endpoints and the Lync dialect ([MS-ICE2]) are served on the same sockets; which form of
// STUN a peer speaks is learnt from its first authenticated message.
package ice
