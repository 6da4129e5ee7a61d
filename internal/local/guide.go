package local

import (
	"fmt"
	"net"
	"os"
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
	p("")
	p("baresip, a standard client: in ~/.baresip/config the line \"sip_cafile %s\", in ~/.baresip/accounts", s.CA)
	p("  <sip:%s;transport=tls>;auth_user=bob;auth_pass=%s;outbound=\"sip:%s;transport=tls\"", bob.Address, bob.Password, sip)
	p("  then: baresip, and in it /dial sip:%s", alice.Address)
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

func (s *Setup) linphoneFile() string { return filepath.Join(s.Dir, "linphonerc") }

// WriteClients writes the configuration of linphone, which takes more lines than anybody wants to type, for the running server.
func (s *Setup) WriteClients(ready map[string]string) error {
	sip, carol := Reachable(ready["sip-tls"]), s.Users[2]
	user, domain, _ := strings.Cut(carol.Address, "@")
	// It does not find an IP address among a certificate's names, hence verify_server_cn; ports of -1 keep it from wanting 5060 and 5061 for itself.
	text := fmt.Sprintf(`[sip]
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
root_ca=%s
verify_server_cn=0
default_proxy=0
register_only_when_network_is_up=0
[proxy_0]
reg_proxy=<sip:%s;transport=tls>
reg_route=<sip:%s;transport=tls;lr>
reg_identity=sip:%s
reg_sendregister=1
reg_expires=600
[auth_info_0]
username=%s
passwd=%s
domain=%s
`, s.CA, sip, sip, carol.Address, user, carol.Password, domain)
	if err := os.WriteFile(s.linphoneFile(), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write linphone's configuration: %w", err)
	}
	return nil
}
