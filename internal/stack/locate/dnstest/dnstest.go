// Package dnstest is a DNS server on loopback for tests: it answers from the records that a test gives it, over UDP and TCP.
package dnstest

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// typeNAPTR is RFC 3403's.
const typeNAPTR = dnsmessage.Type(35)

// Server answers DNS questions. Names that have no record do not exist.
type Server struct {
	udp  net.PacketConn
	tcp  net.Listener
	work sync.WaitGroup

	mu      sync.Mutex
	records map[key][]dnsmessage.Resource
	mute    map[string]bool
	short   bool
	asked   []string
}

type key struct {
	name string
	kind dnsmessage.Type
}

// New starts a server that stops with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{records: map[key][]dnsmessage.Resource{}, mute: map[string]bool{}}
	var err error
	for range 20 { // until the port is free for both
		if s.udp, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if s.tcp, err = net.Listen("tcp", s.udp.LocalAddr().String()); err == nil {
			break
		}
		s.udp.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	s.work.Add(2)
	go s.serveUDP()
	go s.serveTCP()
	t.Cleanup(func() {
		s.udp.Close()
		s.tcp.Close()
		s.work.Wait()
	})
	return s
}

// Addr is where the server listens.
func (s *Server) Addr() netip.AddrPort { return s.udp.LocalAddr().(*net.UDPAddr).AddrPort() }

// Mute makes questions about a name and those below it stay without answer.
func (s *Server) Mute(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute[name] = true
}

// Truncate makes every UDP answer say that the whole comes by TCP.
func (s *Server) Truncate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.short = true
}

// Asked lists the questions that came, as "TYPE name".
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Host adds an address.
func (s *Server) Host(name string, ttl uint32, addr string) {
	a := netip.MustParseAddr(addr)
	if a.Is4() {
		s.add(name, dnsmessage.TypeA, ttl, &dnsmessage.AResource{A: a.As4()})
		return
	}
	s.add(name, dnsmessage.TypeAAAA, ttl, &dnsmessage.AAAAResource{AAAA: a.As16()})
}

// Alias adds a CNAME.
func (s *Server) Alias(name string, ttl uint32, target string) {
	s.add(name, dnsmessage.TypeCNAME, ttl, &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(target + ".")})
}

// Service adds an SRV record; the target "" says that there is no such service.
func (s *Server) Service(name string, ttl uint32, priority, weight, port uint16, target string) {
	s.add(name, dnsmessage.TypeSRV, ttl, &dnsmessage.SRVResource{
		Priority: priority, Weight: weight, Port: port, Target: dnsmessage.MustNewName(target + "."),
	})
}

// Pointer adds a NAPTR record.
func (s *Server) Pointer(name string, ttl uint32, order, preference uint16, flags, service, target string) {
	data := binary.BigEndian.AppendUint16(nil, order)
	data = binary.BigEndian.AppendUint16(data, preference)
	for _, text := range []string{flags, service, ""} {
		data = append(append(data, byte(len(text))), text...)
	}
	for label := range strings.SplitSeq(target, ".") {
		data = append(append(data, byte(len(label))), label...)
	}
	s.add(name, typeNAPTR, ttl, &dnsmessage.UnknownResource{Type: typeNAPTR, Data: append(data, 0)})
}

func (s *Server) add(name string, kind dnsmessage.Type, ttl uint32, body dnsmessage.ResourceBody) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key{strings.ToLower(name), kind}
	s.records[k] = append(s.records[k], dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name + "."), Type: kind, Class: dnsmessage.ClassINET, TTL: ttl}, Body: body,
	})
}

// Forget removes all records of a name.
func (s *Server) Forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.records {
		if k.name == name {
			delete(s.records, k)
		}
	}
}

func (s *Server) serveUDP() {
	defer s.work.Done()
	buffer := make([]byte, 4096)
	for {
		n, from, err := s.udp.ReadFrom(buffer)
		if err != nil {
			return
		}
		if answer, err := s.answer(buffer[:n], true); err == nil && answer != nil {
			s.udp.WriteTo(answer, from)
		}
	}
}

func (s *Server) serveTCP() {
	defer s.work.Done()
	for {
		c, err := s.tcp.Accept()
		if err != nil {
			return
		}
		s.serveConnection(c)
	}
}

func (s *Server) serveConnection(c net.Conn) {
	defer c.Close()
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return
	}
	question := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, question); err != nil {
		return
	}
	if answer, err := s.answer(question, false); err == nil && answer != nil {
		c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	}
}

func (s *Server) answer(data []byte, udp bool) ([]byte, error) {
	var p dnsmessage.Parser
	h, err := p.Start(data)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := strings.TrimPrefix(q.Type.String(), "Type")
	if q.Type == typeNAPTR {
		kind = "NAPTR"
	}
	s.asked = append(s.asked, fmt.Sprintf("%s %s", kind, name))
	for mute := range s.mute {
		if name == mute || strings.HasSuffix(name, "."+mute) {
			return nil, nil
		}
	}
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: h.ID, Response: true, RecursionDesired: true, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q},
	}
	if udp && s.short {
		reply.Truncated = true
		return reply.Pack()
	}
	for range 16 {
		found := s.records[key{name, q.Type}]
		reply.Answers = append(reply.Answers, found...)
		alias := s.records[key{name, dnsmessage.TypeCNAME}]
		if len(found) > 0 || len(alias) == 0 {
			break
		}
		reply.Answers = append(reply.Answers, alias[0])
		name = strings.TrimSuffix(alias[0].Body.(*dnsmessage.CNAMEResource).CNAME.String(), ".")
	}
	if len(reply.Answers) == 0 && !s.exists(name) {
		reply.RCode = dnsmessage.RCodeNameError
	}
	return reply.Pack()
}

func (s *Server) exists(name string) bool {
	for k := range s.records {
		if k.name == name {
			return true
		}
	}
	return false
}
