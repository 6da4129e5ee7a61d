package auth

import (
	"strconv"
	"strings"
)

// onlyMD5 says whether a client gives up on a response that offers SHA-256 besides MD5, instead of taking the one that it
// knows (RFC 8760 section 2.4): baresip before 3.11, whatever the order, and load generators, which send no User-Agent.
func onlyMD5(agent string) bool {
	if agent == "" {
		return true
	}
	version, ok := strings.CutPrefix(agent, "baresip v")
	if !ok {
		return false
	}
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	x, err1 := strconv.Atoi(major)
	y, err2 := strconv.Atoi(minor)
	return err1 == nil && err2 == nil && (x < 3 || x == 3 && y < 11)
}
