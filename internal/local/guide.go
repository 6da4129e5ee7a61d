package local

import (
	"fmt"
	"net"
	"strings"
)

// Guide tells how to use the running server. ready has the addresses of its listeners.
func (s *Setup) Guide(ready map[string]string) string {
	sip, https := Reachable(ready["sip-tls"]), Reachable(ready["https"])
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("Parley is running for the domain %s. Ctrl+C stops it; everything of it is in %s.", Domain, s.Dir)
	p("")
	p("  Portal           https://%s/CQD/   (sign in as alice)", https)
	p("  SIP over TLS     %s", sip)
	p("  Trust this       %s", s.CA)
	p("  Log              %s", s.Log)
	p("")
	p("  user               password")
	for _, u := range s.Users {
		if !u.Probe {
			p("  %-17s  %s", u.Address, u.Password)
		}
	}
	alice, bob, carol := s.Users[0], s.Users[1], s.Users[2]
	host, port, _ := net.SplitHostPort(sip)
	p("")
	p("Pidgin (packages pidgin and pidgin-sipe), a Lync-dialect client:")
	p("  Accounts, Add: protocol Office Communicator, user name %s, login PARLEY\\alice, password %s;", alice.Address, alice.Password)
	p("  Advanced: server %s, connection type SSL/TLS, authentication scheme NTLM. It asks about the certificate: accept it.", sip)
	p("")
	p("baresip, a standard client: in ~/.baresip/config the line \"sip_cafile %s\", in ~/.baresip/accounts", s.CA)
	p("  <sip:%s;transport=tls>;auth_user=bob;auth_pass=%s;outbound=\"sip:%s;transport=tls\"", bob.Address, bob.Password, sip)
	p("  then: baresip, and in it /dial sip:%s", alice.Address)
	p("")
	p("linphone, a standard client: in ~/.config/linphone/linphonerc, section [sip], the line \"root_ca=%s\", then linphonec and in it", s.CA)
	p("  proxy add, with proxy address <sip:%s:%s;transport=tls>, identity sip:%s; password %s", host, port, carol.Address, carol.Password)
	return b.String()
}

// Reachable replaces the unspecified address of a listener by one to connect to.
func Reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		for _, a := range addresses() {
			if a.To4() != nil && !a.IsLoopback() {
				host = a.String() // clients skip loopback for media
				break
			}
		}
	}
	return net.JoinHostPort(host, port)
}
