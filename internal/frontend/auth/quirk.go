package auth

import "strings"

// md5Only are the User-Agent prefixes of clients that give up at a challenge with another algorithm than MD5 instead of
// passing it over as RFC 8760 section 2.4 asks (baresip 1.0.0: "Function not implemented").
var md5Only = [...]string{"baresip v0.", "baresip v1.0."}

// needsMD5Alone says whether a client must not be offered anything but MD5. Who forges the User-Agent of a request on
// its way could as well take the other challenges out of the answer.
func needsMD5Alone(userAgent string) bool {
	for _, prefix := range md5Only {
		if strings.HasPrefix(userAgent, prefix) {
			return true
		}
	}
	return false
}
