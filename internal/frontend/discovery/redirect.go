package discovery

import (
	"net"
	"strconv"
	"strings"

	"parley/internal/wire/sip"
)

// Elsewhere returns the 301 that sends a client to its user's home server (host or host:port), or nil when that is this one,
// whose name is self. It is meant for a REGISTER that passed the sign-in: a stranger is not told who lives where.
func Elsewhere(home, self string, req *sip.Message) *sip.Message {
	if home == "" {
		return nil
	}
	host, port, ok := splitHome(home)
	if !ok || strings.EqualFold(host, self) {
		return nil
	}
	res := sip.NewResponse(req, 301, "")
	res.SetTag(sip.NewTag())
	address := host
	if net.ParseIP(host) != nil && net.ParseIP(host).To4() == nil {
		address = "[" + host + "]"
	}
	res.Add("Contact", "<sip:"+address+":"+strconv.Itoa(port)+";transport=tls>")
	return res
}
