package locate

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// recordKind is a DNS record type.
type recordKind uint16

const (
	kindA     = recordKind(dnsmessage.TypeA)
	kindAAAA  = recordKind(dnsmessage.TypeAAAA)
	kindSRV   = recordKind(dnsmessage.TypeSRV)
	kindNAPTR = recordKind(35) // RFC 3403
)

func (k recordKind) String() string {
	if k == kindNAPTR {
		return "NAPTR"
	}
	return strings.TrimPrefix(dnsmessage.Type(k).String(), "Type")
}

// answer is the records of one name and type.
type answer struct {
	addrs    []netip.Addr
	services []service
	pointers []pointer // in their order
}

func (a answer) empty() bool { return len(a.addrs)+len(a.services)+len(a.pointers) == 0 }

// reply is what one DNS message says.
type reply struct {
	answer
	alias string // the name to ask for instead
	life  time.Duration
}

var (
	errForeign   = errors.New("answer to another question")
	errTruncated = errors.New("answer does not fit")
)

// unpack reads the answer to a question.
func unpack(data []byte, id uint16, name string, kind recordKind) (reply, error) {
	var p dnsmessage.Parser
	h, err := p.Start(data)
	if err != nil || h.ID != id || !h.Response {
		return reply{}, errForeign
	}
	asked, err := p.Question()
	if err != nil || asked.Type != dnsmessage.Type(kind) || !strings.EqualFold(asked.Name.String(), name+".") {
		return reply{}, errForeign
	}
	if h.Truncated {
		return reply{}, errTruncated
	}
	if h.RCode != dnsmessage.RCodeSuccess && h.RCode != dnsmessage.RCodeNameError {
		return reply{}, fmt.Errorf("answer %s", h.RCode)
	}
	if err := p.SkipAllQuestions(); err != nil {
		return reply{}, err
	}
	records := make(map[string][]dnsmessage.Resource)
	for range 4 * maxRecords {
		rr, err := p.Answer()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			break
		}
		if err != nil {
			return reply{}, fmt.Errorf("read answer: %w", err)
		}
		owner := plainName(rr.Header.Name)
		records[owner] = append(records[owner], rr)
	}
	got := reply{life: longest}
	owner := name
	for range maxAliases {
		next := got.take(records[owner], kind)
		if next == "" {
			break
		}
		owner = next
	}
	if !got.empty() {
		slices.SortStableFunc(got.pointers, func(a, b pointer) int {
			return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.preference, b.preference))
		})
		return got, nil
	}
	if owner != name && h.RCode == dnsmessage.RCodeSuccess {
		got.alias = owner
		return got, nil
	}
	got.life = min(got.life, negativeLife(&p))
	return got, nil
}

// take reads the records of one owner and returns the name that it is an alias of, if it is one.
func (r *reply) take(records []dnsmessage.Resource, kind recordKind) (alias string) {
	for _, rr := range records {
		life := time.Duration(rr.Header.TTL) * time.Second
		switch body := rr.Body.(type) {
		case *dnsmessage.CNAMEResource:
			alias = plainName(body.CNAME)
			r.life = min(r.life, life)
			continue
		case *dnsmessage.AResource:
			if kind == kindA && len(r.addrs) < maxRecords {
				r.addrs = append(r.addrs, netip.AddrFrom4(body.A))
				r.life = min(r.life, life)
			}
		case *dnsmessage.AAAAResource:
			if kind == kindAAAA && len(r.addrs) < maxRecords {
				r.addrs = append(r.addrs, netip.AddrFrom16(body.AAAA).Unmap())
				r.life = min(r.life, life)
			}
		case *dnsmessage.SRVResource:
			if kind == kindSRV && len(r.services) < maxRecords {
				r.services = append(r.services, service{body.Priority, body.Weight, body.Port, plainName(body.Target)})
				r.life = min(r.life, life)
			}
		case *dnsmessage.UnknownResource:
			if kind == kindNAPTR && body.Type == dnsmessage.Type(kindNAPTR) && len(r.pointers) < maxRecords {
				if p, ok := parsePointer(body.Data); ok {
					r.pointers = append(r.pointers, p)
				}
				r.life = min(r.life, life)
			}
		}
	}
	return alias
}

// negativeLife is for how long to believe that there is nothing (RFC 2308 section 5): p stands before the authority section.
func negativeLife(p *dnsmessage.Parser) time.Duration {
	if err := p.SkipAllAnswers(); err != nil {
		return negative
	}
	for range maxRecords {
		rr, err := p.Authority()
		if err != nil {
			break
		}
		if soa, ok := rr.Body.(*dnsmessage.SOAResource); ok {
			return min(time.Duration(min(rr.Header.TTL, soa.MinTTL))*time.Second, 5*time.Minute)
		}
	}
	return negative
}

// parsePointer reads the data of a NAPTR record (RFC 3403 section 4.1). ok is false for one that SIP has no use for: with
// a regular expression, or flags other than "s" and "a".
func parsePointer(data []byte) (p pointer, ok bool) {
	if len(data) < 4 {
		return p, false
	}
	p.order, p.preference = binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:])
	data = data[4:]
	var texts [3]string
	for i := range texts {
		if len(data) == 0 || len(data) < 1+int(data[0]) {
			return p, false
		}
		n := 1 + int(data[0])
		texts[i] = string(data[1:n])
		data = data[n:]
	}
	flag := strings.ToLower(texts[0])
	if flag != "s" && flag != "a" || texts[2] != "" {
		return p, false
	}
	p.flag, p.service = flag[0], texts[1]
	var labels []string
	for { // never compressed: RFC 3597 section 4
		if len(data) == 0 || data[0] > 63 || len(data) < 1+int(data[0]) {
			return p, false
		}
		if data[0] == 0 {
			break
		}
		n := 1 + int(data[0])
		labels = append(labels, strings.ToLower(string(data[1:n])))
		data = data[n:]
	}
	p.target = strings.Join(labels, ".")
	return p, p.target != "" && len(data) == 1
}

// plainName is a name in lower case without the final dot.
func plainName(n dnsmessage.Name) string {
	return strings.ToLower(strings.TrimSuffix(n.String(), "."))
}
