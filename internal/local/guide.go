package local

import (
	"fmt"
	"net"
	"path/filepath"
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
	p("")
	p("Pidgin (packages pidgin and pidgin-sipe), a Lync-dialect client:")
	p("  Accounts, Add: protocol Office Communicator, user name %s, login PARLEY\\alice, password %s;", alice.Address, alice.Password)
	p("  Advanced: server %s, connection type SSL/TLS, authentication scheme NTLM. It asks about the certificate: accept it.", sip)
	p("  With Debian 12's libxml2 it shows no contacts unless it is started like this (packages gcc, libc6-dev, libxml2-dev):")
	p("  cc -shared -fPIC -I/usr/include/libxml2 -o %s %s && LD_PRELOAD=%[1]s pidgin", filepath.Join(s.Dir, "pidgin.so"), s.pidginFile())
	p("")
	p("baresip (package baresip), a standard client:")
	p("  baresip -f %s", s.baresipFolder())
	p("  signs in as %s; in it: /dial sip:%s", bob.Address, alice.Address)
	p("")
	p("linphone (package linphone-cli), a standard client; without that folder it does not speak TLS:")
	p("  mkdir -p ~/.local/share/linphone && linphonec -c %s", s.linphoneFile())
	p("  signs in as %s; in it: call sip:%s", carol.Address, alice.Address)
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
