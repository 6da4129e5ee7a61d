package e2e

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/internal/wire/sip"
	"parley/test/peers"
)

// signIn registers the connection as a user by Digest.
func (p *rawPeer) signIn(user string) {
	p.t.Helper()
	register := func(edit func(m *sip.Message)) *sip.Message {
		return p.request("REGISTER", user, "parley.test", func(m *sip.Message) {
			m.Set("To", "<sip:"+user+">")
			m.Set("Contact", "<sip:x@"+p.conn.LocalAddr().String()+";transport=tcp>")
			m.Set("User-Agent", "SIPp") // known to take MD5 alone
			if edit != nil {
				edit(m)
			}
		})
	}
	asked := p.expect("REGISTER", register(nil), 401)
	_, params, _ := strings.Cut(asked.Get("WWW-Authenticate"), " ")
	challenge := map[string]string{}
	for _, item := range strings.Split(params, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		challenge[name] = strings.Trim(value, `"`)
	}
	hash := func(parts ...string) string { return fmt.Sprintf("%x", md5.Sum([]byte(strings.Join(parts, ":")))) }
	name, _, _ := strings.Cut(user, "@")
	a1, a2 := hash(name, challenge["realm"], peers.Password), hash("REGISTER", "sip:parley.test")
	answer := hash(a1, challenge["nonce"], "00000001", "c", "auth", a2)
	p.expect("REGISTER with credentials", register(func(m *sip.Message) {
		m.Add("Authorization", fmt.Sprintf(`Digest username=%q, realm=%q, nonce=%q, uri="sip:parley.test", response=%q, algorithm=MD5, qop=auth, nc=00000001, cnonce="c"`,
			name, challenge["realm"], challenge["nonce"], answer))
	}), 200)
}

// TestMessagesOfOneConnectionStayInOrder sends 5,000 messages over one connection with 200 in flight. A server that handles
// each request on its own delivers most of them out of order.
func TestMessagesOfOneConnectionStayInOrder(t *testing.T) {
	const total, inFlight = 5000, 200
	s := peers.StartServer(t, peers.ServerOptions{Users: peers.People()})
	alice, bob := dialRaw(t, s.Addr("sip-tcp")), dialRaw(t, s.Addr("sip-tcp"))
	alice.signIn("alice@parley.test")
	bob.signIn("bob@parley.test")

	arrived := make(chan []int)
	go func() {
		var numbers []int
		defer func() { arrived <- numbers }()
		bob.conn.SetReadDeadline(time.Now().Add(soon))
		var framer sip.Framer
		var pending []byte
		buf := make([]byte, 64<<10)
		for len(numbers) < total {
			n, err := bob.in.Read(buf)
			if err != nil {
				return
			}
			pending = append(pending, buf[:n]...)
			for {
				skip, size, err := framer.Next(pending)
				if err != nil || size == 0 {
					break
				}
				m, err := sip.Parse(bytes.Clone(pending[skip : skip+size]))
				pending = pending[skip+size:]
				if err != nil || m.Method() != "MESSAGE" {
					continue
				}
				number, _ := strconv.Atoi(m.BodyString())
				numbers = append(numbers, number)
				res := sip.NewResponse(m, 200, "")
				res.SetTag("b")
				bob.conn.Write(res.Bytes())
			}
		}
	}()

	window := make(chan struct{}, inFlight)
	answered := make(chan int)
	go func() {
		bad := 0
		for range total {
			res := alice.response(soon)
			if res == nil || res.StatusCode() != 200 {
				bad++
			}
			<-window
		}
		answered <- bad
	}()
	for i := range total {
		window <- struct{}{}
		m := alice.request("MESSAGE", "alice@parley.test", "bob@parley.test", func(m *sip.Message) {
			m.SetBody("text/plain", []byte(strconv.Itoa(i)))
		})
		alice.send(m.Bytes())
	}
	if bad := <-answered; bad > 0 {
		t.Errorf("%d of %d messages were not taken", bad, total)
	}
	numbers := <-arrived
	outOfOrder := 0
	for i := 1; i < len(numbers); i++ {
		if numbers[i] < numbers[i-1] {
			outOfOrder++
		}
	}
	if len(numbers) != total || outOfOrder > 0 {
		t.Errorf("%d of %d messages arrived, %d out of order", len(numbers), total, outOfOrder)
	}
}
