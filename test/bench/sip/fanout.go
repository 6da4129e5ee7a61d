package main

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/internal/wire/sip"
)

// Of the fan-out: how many are watched, by how many subscriptions each, and how often each changes. Parley tells changes
// within two seconds together, so that faster ones would measure something else.
const (
	presentities = 25
	watchers     = 160
	between      = 2500 * time.Millisecond
)

// fanout measures what telling presence costs: PUBLISH to NOTIFY, both ends played here since SIPp cannot correlate
// them. Paced changes are spread evenly; in closed mode all that are watched change at once, as fast as the server
// answers, and again when the time between changes is over. done counts NOTIFYs; failed those that did not come.
func (b *bench) fanout(name, transport, mode string, seconds int) (result, error) {
	b.watched = presentities
	s, err := b.start(name)
	if err != nil {
		return result{}, err
	}
	defer s.stop()
	watcher, err := newPhone(transport, s.port[transport])
	if err != nil {
		return result{}, err
	}
	defer watcher.close()
	publisher, err := newPhone(transport, s.port[transport])
	if err != nil {
		return result{}, err
	}
	defer publisher.close()
	if err := watcher.register("alice"); err != nil {
		return result{}, err
	}
	for i := range presentities {
		user := fmt.Sprintf("p%d", i)
		if err := publisher.register(user); err != nil {
			return result{}, err
		}
		if _, err := publisher.ask(publish(user, "", 0, publisher)); err != nil {
			return result{}, err
		}
	}
	for i := range presentities * watchers {
		if _, err := watcher.ask(subscribe(i, fmt.Sprintf("p%d", i%presentities), watcher)); err != nil {
			return result{}, err
		}
	}
	// What the subscriptions themselves caused shall not be counted.
	watcher.settle()
	before, _, err := usage(s.cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	told := watcher.count()
	began := time.Now()
	published := 0
	step, each := between/presentities, 1
	if mode == "closed" {
		step, each = between, presentities
	}
	tick := time.NewTicker(step)
	defer tick.Stop()
	tags := map[string]string{}
	for time.Since(began) < time.Duration(seconds)*time.Second {
		<-tick.C
		for range each {
			user := fmt.Sprintf("p%d", published%presentities)
			res, err := publisher.ask(publish(user, tags[user], published/presentities+1, publisher))
			if err != nil {
				return result{}, err
			}
			tags[user] = res.Get("SIP-ETag")
			published++
		}
	}
	watcher.settle()
	r := result{took: time.Since(began), done: watcher.count() - told}
	after, memory, err := usage(s.cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	r.cpu, r.rss, r.failed = after-before, memory, max(0, published*watchers-r.done)
	return r, nil
}

// phone is a user agent on a socket of its own. It answers every NOTIFY.
type phone struct {
	conn      net.Conn
	transport string // udp or tcp
	local     string
	done      sync.WaitGroup

	mu      sync.Mutex
	told    int
	waiting map[string]chan *sip.Message // by Call-ID and CSeq
}

func newPhone(transport string, port int) (*phone, error) {
	conn, err := net.Dial(transport, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	if u, ok := conn.(*net.UDPConn); ok {
		_ = u.SetReadBuffer(8 << 20)
	}
	p := &phone{conn: conn, transport: transport, local: conn.LocalAddr().String(), waiting: map[string]chan *sip.Message{}}
	p.done.Add(1)
	go p.read()
	return p, nil
}

func (p *phone) close() {
	p.conn.Close()
	p.done.Wait()
}

func (p *phone) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told
}

// settle waits until no NOTIFY came for a while.
func (p *phone) settle() {
	for before := -1; before != p.count(); {
		before = p.count()
		time.Sleep(2500 * time.Millisecond)
	}
}

func (p *phone) read() {
	defer p.done.Done()
	next := p.datagram
	if p.transport == "tcp" {
		r := bufio.NewReaderSize(p.conn, 1<<20)
		next = func() ([]byte, error) { return framed(r) }
	}
	for {
		raw, err := next()
		if err != nil {
			return
		}
		m, err := sip.Parse(raw)
		if err != nil {
			continue
		}
		p.mu.Lock()
		if m.IsRequest() {
			p.told++
		} else if m.StatusCode() >= 200 {
			if answer := p.waiting[m.CallID()+m.Get("CSeq")]; answer != nil {
				answer <- m
				delete(p.waiting, m.CallID()+m.Get("CSeq"))
			}
		}
		p.mu.Unlock()
		if m.IsRequest() {
			p.conn.Write(sip.NewResponse(m, 200, "").Bytes())
		}
	}
}

func (p *phone) datagram() ([]byte, error) {
	buf := make([]byte, 65535)
	n, err := p.conn.Read(buf)
	return buf[:n:n], err
}

// framed reads one message of a stream: its header up to the empty line, and as many bytes as that tells.
func framed(r *bufio.Reader) ([]byte, error) {
	var raw []byte
	length := 0
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if len(raw) == 0 && len(bytes.TrimSpace(line)) == 0 {
			continue // a keep-alive
		}
		raw = append(raw, line...)
		if name, value, ok := strings.Cut(string(line), ":"); ok && (strings.EqualFold(strings.TrimSpace(name), "Content-Length") || strings.TrimSpace(name) == "l") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return nil, err
			}
		}
		if len(bytes.TrimSpace(line)) == 0 {
			body := make([]byte, length)
			_, err := io.ReadFull(r, body)
			return append(raw, body...), err
		}
	}
}

// ask sends a request, with credentials when it is challenged, and returns the success response.
func (p *phone) ask(req *sip.Message) (*sip.Message, error) {
	for range 3 {
		answer := make(chan *sip.Message, 1)
		p.mu.Lock()
		p.waiting[req.CallID()+req.Get("CSeq")] = answer
		p.mu.Unlock()
		if _, err := p.conn.Write(req.Bytes()); err != nil {
			return nil, err
		}
		var res *sip.Message
		select {
		case res = <-answer:
		case <-time.After(5 * time.Second):
			return nil, fmt.Errorf("no answer to %s", req.Method())
		}
		switch {
		case res.StatusCode() < 300:
			return res, nil
		case res.StatusCode() != 401 && res.StatusCode() != 407:
			return nil, fmt.Errorf("%s answered %d %s", req.Method(), res.StatusCode(), res.Reason())
		}
		authorize(req, res)
	}
	return nil, fmt.Errorf("%s is challenged for ever", req.Method())
}

// authorize adds Digest credentials with MD5 and counts the request up.
func authorize(req, res *sip.Message) {
	ask, give := "WWW-Authenticate", "Authorization"
	if res.StatusCode() == 407 {
		ask, give = "Proxy-Authenticate", "Proxy-Authorization"
	}
	quoted := func(name string) string {
		_, rest, _ := strings.Cut(res.Get(ask), name+`="`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	sum := func(text string) string {
		s := md5.Sum([]byte(text))
		return hex.EncodeToString(s[:])
	}
	from, _ := req.From()
	realm, nonce := quoted("realm"), quoted("nonce")
	qop := ""
	text := sum(from.URI.User+":"+realm+":"+password) + ":" + nonce
	if quoted("qop") != "" {
		qop = `,cnonce="6b8b4567",nc=00000001,qop=auth`
		text += ":00000001:6b8b4567:auth"
	}
	text += ":" + sum(req.Method()+":"+req.RequestURI())
	req.Set(give, fmt.Sprintf(`Digest username=%q,realm=%q,nonce=%q,uri=%q,response=%q,algorithm=MD5%s`,
		from.URI.User, realm, nonce, req.RequestURI(), sum(text), qop))
	number, method, _ := req.CSeq()
	req.Set("CSeq", fmt.Sprintf("%d %s", number+1, method))
	req.Set("Via", branchOf(req))
}

func branchOf(req *sip.Message) string {
	via, _ := req.TopVia()
	via.Params = via.Params.With("branch", sip.NewBranch())
	return via.String()
}

func (p *phone) register(user string) error {
	req := newRequest("REGISTER", "sip:"+domain, user, user, p)
	req.Add("Expires", "3600")
	_, err := p.ask(req)
	return err
}

func newRequest(method, uri, from, to string, p *phone) *sip.Message {
	req := sip.NewRequest(method, uri)
	req.Add("Via", "SIP/2.0/"+strings.ToUpper(p.transport)+" "+p.local+";branch="+sip.NewBranch())
	req.Add("From", "<sip:"+from+"@"+domain+">;tag="+sip.NewTag())
	req.Add("To", "<sip:"+to+"@"+domain+">")
	req.Add("Call-ID", sip.NewCallID())
	req.Add("CSeq", "1 "+method)
	req.Add("Contact", "<sip:"+from+"@"+p.local+";transport="+p.transport+">")
	return req
}

func subscribe(n int, user string, p *phone) *sip.Message {
	req := newRequest("SUBSCRIBE", "sip:"+user+"@"+domain, "alice", user, p)
	req.Set("Call-ID", fmt.Sprintf("watch%d-%s", n, req.CallID()))
	req.Add("Event", "presence")
	req.Add("Accept", "application/pidf+xml")
	req.Add("Expires", "3600")
	return req
}

func publish(user, etag string, n int, p *phone) *sip.Message {
	req := newRequest("PUBLISH", "sip:"+user+"@"+domain, user, user, p)
	req.Add("Event", "presence")
	req.Add("Expires", "3600")
	if etag != "" {
		req.Add("SIP-If-Match", etag)
	}
	basic := [...]string{"open", "closed"}[n%2]
	req.SetBody("application/pidf+xml", fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>`+
		`<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:%s@%s"><tuple id="t1"><status><basic>%s</basic></status>`+
		`<note>change %d</note></tuple></presence>`, user, domain, basic, n))
	return req
}
