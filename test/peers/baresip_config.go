package peers

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BaresipOptions says how baresip signs in and what it can do.
type BaresipOptions struct {
	User      string   // bob@parley.test
	AuthUser  string   // empty: the part of User before the @
	Password  string   // empty: a made-up one, since baresip asks for a password when it has none
	Server    string   // host:port of the registrar, the client's outbound proxy
	Transport string   // udp (the default), tcp or tls
	CAFile    string   // what it trusts over TLS
	Contacts  []string // sip:alice@parley.test: whom it may write to and whose presence it watches
	Publish   bool     // publish its own presence
	Media     string   // media encryption: empty, srtp, srtp-mand or dtls_srtp
	ICE       bool
	Codecs    string // audio codecs in order, PCMU by default: "opus,G722/16000"
	Wav       string // 8 kHz mono file to play as the microphone; empty: a quiet source
	Record    string // folder that what is heard is written to, in files dump-*-dec.wav
	Video     bool   // VP8, with a made-up picture
	Answer    string // manual (the default), auto or early
	Lifetime  int    // of the registration in seconds; 0: two minutes
	Account   string // more account parameters: ";mwi=no"
	Trace     bool   // whole SIP messages in the log of a failed test
}

// write makes the client's configuration folder; control is the address of its control connection.
func (o BaresipOptions) write(t testing.TB) (dir, control string) {
	t.Helper()
	dir = t.TempDir()
	or := func(value, otherwise string) string {
		if value == "" {
			return otherwise
		}
		return value
	}
	transport := or(o.Transport, "udp")
	control = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	source := "aubridge,silence"
	if o.Wav != "" {
		source = "aufile," + o.Wav
	}
	config := []string{
		fmt.Sprintf("sip_listen %s", net.JoinHostPort(Host(), fmt.Sprint(freePort(t)))),
		"module_path /usr/lib/baresip/modules",
		// What the menu shows, received messages among it, is only printed when there is a user interface.
		"module stdio.so",
		"module_app menu.so", "module_app account.so", "module_app contact.so", "module_app ctrl_tcp.so", "module_app presence.so",
		"module g711.so", "module g722.so", "module opus.so", "module l16.so",
		"module aufile.so", "module aubridge.so", "module srtp.so", "module dtls_srtp.so", "module stun.so", "module turn.so", "module ice.so", "module uuid.so",
		"ctrl_tcp_listen " + control,
		"audio_source " + source, "audio_player aubridge,heard", "audio_alert aubridge,alert",
		"rtp_stats yes", "call_max_calls 8", "rtp_ports 20000-29999",
	}
	if o.Record != "" {
		config = append(config, "module sndfile.so", "snd_path "+o.Record)
	}
	if o.Video {
		config = append(config, "module vp8.so", "module fakevideo.so", "video_source fakevideo,nil", "video_display fakevideo,nil", "video_size 320x240", "video_fps 10",
			"video_bitrate 200000")
	}
	if o.CAFile != "" {
		config = append(config, "sip_cafile "+o.CAFile)
	}
	name, _, _ := strings.Cut(o.User, "@")
	lifetime := 120
	if o.Lifetime > 0 {
		lifetime = o.Lifetime
	}
	account := fmt.Sprintf("<sip:%s;transport=%s>;auth_user=%s;auth_pass=%s;outbound=\"sip:%s;transport=%s\";regint=%d;answermode=%s;audio_codecs=%s",
		o.User, transport, or(o.AuthUser, name), or(o.Password, "none"), o.Server, transport, lifetime, or(o.Answer, "manual"), or(o.Codecs, "PCMU/8000"))
	if o.Video {
		account += ";video_codecs=VP8"
	}
	if o.Publish {
		account += ";pubint=60"
	}
	if o.Media != "" {
		account += ";mediaenc=" + o.Media
	}
	if o.ICE {
		account += ";medianat=ice"
	}
	var contacts strings.Builder
	for _, uri := range o.Contacts {
		display, _, _ := strings.Cut(strings.TrimPrefix(uri, "sip:"), "@")
		fmt.Fprintf(&contacts, "\"%s\" <%s>;presence=p2p\n", display, uri)
	}
	for file, text := range map[string]string{
		"config": strings.Join(config, "\n") + "\n", "accounts": account + o.Account + "\n", "contacts": contacts.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatalf("configure baresip: %v", err)
		}
	}
	return dir, control
}
