// Package frontend receives every request that reaches the server, finds out who sent it and hands it to the service
// that it is for: registrar, presence, contact, im and call are its subpackages. What no service takes is proxied
// between registered devices, byte for byte where it can be.
package frontend
