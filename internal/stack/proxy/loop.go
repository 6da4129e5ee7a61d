package proxy

import (
	"hash/maphash"
	"strconv"
	"strings"

	"parley/internal/wire/sip"
)

// maxBreadth is how many branches a request that names no Max-Breadth may have in all (RFC 5393 section 5.3.3).
const maxBreadth = 60

// mark is what the branch of a forwarded request ends with: a hash of all that decides where it goes (RFC 5393 section
// 4.2.1). A request that comes back unchanged in those has looped; one that was retargeted has only spiralled.
func (p *Proxy) mark(req *sip.Message) string {
	var h maphash.Hash
	h.SetSeed(p.seed)
	h.WriteString(req.RequestURI())
	for _, name := range [...]string{"Call-ID", "CSeq", "From", "To", "Route", "Proxy-Require", "Proxy-Authorization"} {
		h.WriteByte(0)
		h.WriteString(req.Get(name))
	}
	return "." + strconv.FormatUint(h.Sum64(), 36)
}

// looped says whether the request was here before just as it is. Only the branches of this proxy can end with its mark.
func looped(req *sip.Message, mark string) bool {
	for _, value := range req.List("Via") {
		if via, err := sip.ParseVia(value); err == nil && strings.HasSuffix(via.Branch(), mark) {
			return true
		}
	}
	return false
}

// breadth divides what the request may still fork into among its branches (RFC 5393 section 5.3.3). ok is false when there
// are more branches than that.
func breadth(req *sip.Message, branches int) (each int, ok bool) {
	total := maxBreadth
	if n, err := strconv.Atoi(req.Get("Max-Breadth")); err == nil && n >= 0 {
		total = n
	}
	if branches == 0 {
		return total, true
	}
	return total / branches, total >= branches
}
