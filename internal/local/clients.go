package local

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// pidginContacts is the source of what makes Pidgin show contacts on Debian 12.
//
//go:embed pidgin/contacts.c
var pidginContacts string

func (s *Setup) pidginFile() string { return filepath.Join(s.Dir, "pidgin.c") }

func (s *Setup) baresipFolder() string { return filepath.Join(s.Dir, "baresip") }

func (s *Setup) linphoneFile() string { return filepath.Join(s.Dir, "linphonerc") }

// WriteClients writes what clients need beside what they ask for, for the running server: the configurations of baresip and linphone, which take
// more lines than anybody wants to type, and the source of Pidgin's work-around. ready has the addresses of the server's listeners.
func (s *Setup) WriteClients(ready map[string]string) error {
	sip := Reachable(ready["sip-tls"])
	if err := os.MkdirAll(s.baresipFolder(), 0o700); err != nil {
		return fmt.Errorf("configure baresip: %w", err)
	}
	for file, text := range map[string]string{
		filepath.Join(s.baresipFolder(), "config"):   s.baresipConfig(),
		filepath.Join(s.baresipFolder(), "accounts"): s.baresipAccount(sip),
		filepath.Join(s.baresipFolder(), "contacts"): s.baresipContacts(),
		s.linphoneFile(): s.linphoneConfig(sip),
		s.pidginFile():   pidginContacts,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return fmt.Errorf("configure clients: %w", err)
		}
	}
	return nil
}

// baresipConfig is what baresip writes at its first start, with encrypted media and presence. Its own listeners are anywhere, since 5060 and 5061
// may be the server's.
func (s *Setup) baresipConfig() string {
	return fmt.Sprintf(`module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module g722.so
module opus.so
module alsa.so
module srtp.so
module ice.so
module_tmp uuid.so
module_tmp account.so
module_app contact.so
module_app presence.so
module_app menu.so
audio_player alsa,default
audio_source alsa,default
audio_alert alsa,default
sip_listen 0.0.0.0:0
sip_cafile %s
`, s.CA)
}

func (s *Setup) baresipAccount(sip string) string {
	bob := s.Users[1]
	user, _, _ := strings.Cut(bob.Address, "@")
	return fmt.Sprintf("<sip:%s;transport=tls>;auth_user=%s;auth_pass=%s;outbound=\"sip:%s;transport=tls\";regint=600;pubint=600;mediaenc=srtp\n",
		bob.Address, user, bob.Password, sip)
}

func (s *Setup) baresipContacts() string {
	var b strings.Builder
	for _, account := range s.Contacts(s.Users[1]) {
		name, _, _ := strings.Cut(account, "@")
		fmt.Fprintf(&b, "\"%s\" <sip:%s>;presence=p2p\n", name, account)
	}
	return b.String()
}

// linphoneConfig is for linphonec. It does not find an IP address among a certificate's names, hence verify_server_cn; ports of -1 keep it from
// wanting 5060 and 5061 for itself.
func (s *Setup) linphoneConfig(sip string) string {
	carol := s.Users[2]
	user, domain, _ := strings.Cut(carol.Address, "@")
	return fmt.Sprintf(`[sip]
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
}
