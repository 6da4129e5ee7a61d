package peers

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// registrar is Debian's kamailio as a bare registrar and proxy: a known server, so that the clients' own handling is
// tested apart from Parley.
type registrar struct {
	udp, tls  string // host:port
	authority *Authority
}

const registrarConfig = `#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
enable_tls=yes
listen=udp:ADDRESS:PORT
listen=tcp:ADDRESS:PORT
listen=tls:ADDRESS:SECURE
alias="parley.test"
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tls.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "nathelper.so"
modparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")
modparam("tls", "config", "TLSCFG")
request_route {
  # reached over the connection that it registered on: a client's own TLS listener has no certificate
  if (is_method("REGISTER")) { fix_nated_register(); save("location"); exit; }
  if (has_totag()) {
    # linphone's Contact is its public GRUU: what arrives for our own domain is looked up within a dialog too
    loose_route();
    if (uri == myself) lookup("location");
    t_relay();
    exit;
  }
  if (is_method("INVITE")) record_route();
  if (!lookup("location")) { sl_send_reply("480", "Temporarily Unavailable"); exit; }
  t_relay();
}
`

func startRegistrar(t *testing.T) *registrar {
	t.Helper()
	NeedNamespace(t)
	path := program(t, "kamailio", "kamailio")
	dir := t.TempDir()
	port, secure := freePort(t), freePort(t)
	r := &registrar{
		udp: fmt.Sprintf("%s:%d", Host(), port), tls: fmt.Sprintf("%s:%d", Host(), secure),
		authority: NewAuthority(t, "parley.test"),
	}
	file := func(name, text string) string {
		full := filepath.Join(dir, name)
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return full
	}
	tls := file("tls.cfg", fmt.Sprintf("[server:default]\nmethod = TLSv1.2+\nprivate_key = %s\ncertificate = %s\n", r.authority.KeyFile, r.authority.CertFile))
	config := strings.NewReplacer("ADDRESS", Host(), "PORT", fmt.Sprint(port), "SECURE", fmt.Sprint(secure), "TLSCFG", tls).Replace(registrarConfig)
	startProcess(t, launch{
		name: "kamailio", path: path,
		args: []string{"-f", file("kamailio.cfg", config), "-DD", "-E", "-m", "64", "-M", "8", "-Y", dir},
	})
	Eventually(t, Patience, "kamailio listens", func() bool {
		c, err := net.Dial("tcp", r.tls)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	return r
}
