// Package e2e tests the server as its users meet it: the real server, real clients of both dialects, and a capture of
// their traffic. Each capability has a file.
package e2e
