// Package srtp encrypts and decrypts RTP and RTCP (RFC 3711), with keys that come from the SDP (SDES, RFC 4568, by the
// rules of Microsoft's endpoints where they are narrower) or from a DTLS handshake on the media sockets (RFC 5764).
// The transforms are pion/srtp's, the handshake is pion/dtls's; negotiation, latching rules and sockets are ours.
package srtp
