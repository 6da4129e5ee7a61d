// Package config is the configuration file: few keys, strict, with its documentation in the struct tags, from which the example and the reference
// page are made. What changes daily is no configuration but state, edited by portal, API and command line.
package config

//go:generate go run ./gen

import (
	"net/netip"
	"time"
)

// Config is the content of the configuration file.
//
// Tags: doc is the key's documentation, oneof lists the allowed values, reload says that a change takes effect without a restart, need
// that the example shows it as to be set, and file that the value is a path, relative to the folder of the configuration file.
type Config struct {
	Domains []string `toml:"domains" need:"" doc:"SIP domains of this server; users are user@domain. The first one is the default domain."`
	Name    string   `toml:"name" doc:"Host name of this server as clients reach it: in Record-Route, Contact and diagnostics. Empty means the machine's own name."`

	Listen    Listen    `toml:"listen" doc:"Where the server listens: lists of \"host:port\". \":5061\" is every address, port 0 any free port, [] nowhere. The ready line on standard output tells the real addresses."`
	TLS       TLS       `toml:"tls" doc:"The certificate of sip-tls, sip-wss and https. The files are read again on reload."`
	DNS       DNS       `toml:"dns" doc:"How host names in SIP addresses are looked up: by NAPTR, SRV and address records (RFC 3263)."`
	Media     Media     `toml:"media" doc:"Audio, video and what else goes through the relay."`
	Store     Store     `toml:"store" doc:"Where the server keeps its data."`
	Directory Directory `toml:"directory" doc:"Where users come from."`
	Auth      Auth      `toml:"auth" doc:"How users prove who they are."`
	Quality   Quality   `toml:"quality" doc:"The archive of call quality."`
	Log       Log       `toml:"log" doc:"The log goes to standard error."`
}

// Listen is the [listen] section.
type Listen struct {
	SIPUDP  []string `toml:"sip-udp" doc:"SIP over UDP. Sign-in needs TLS, so this is for trusted peers."`
	SIPTCP  []string `toml:"sip-tcp" doc:"SIP over TCP, as sip-udp."`
	SIPTLS  []string `toml:"sip-tls" doc:"SIP over TLS, for Lync-dialect and standard clients."`
	SIPWS   []string `toml:"sip-ws" doc:"SIP over WebSocket (RFC 7118), for a reverse proxy that ends TLS."`
	SIPWSS  []string `toml:"sip-wss" doc:"SIP over WebSocket with TLS."`
	HTTPS   []string `toml:"https" doc:"The portal and its API."`
	Metrics []string `toml:"metrics" doc:"Prometheus metrics at /metrics, without sign-in: keep it on loopback or a management network."`
}

// TLS is the [tls] section.
type TLS struct {
	Certificate string `toml:"certificate" file:"" need:"" reload:"" doc:"PEM file with the certificate and its intermediates. Its names must have what clients connect to, and each domain."`
	Key         string `toml:"key" file:"" need:"" reload:"" doc:"PEM file with its private key."`
}

// DNS is the [dns] section.
type DNS struct {
	Servers []string `toml:"servers" doc:"DNS servers to ask, as \"host:port\" or \"host\" with IP addresses as hosts. Empty means those of /etc/resolv.conf."`
}

// Addresses are the servers as addresses; a configuration that passed the checks has no others.
func (d DNS) Addresses() []netip.AddrPort {
	var out []netip.AddrPort
	for _, text := range d.Servers {
		if at, err := parseServer(text); err == nil {
			out = append(out, at)
		}
	}
	return out
}

func parseServer(text string) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.AddrPortFrom(a, 53), nil
	}
	return netip.ParseAddrPort(text)
}

// Media is the [media] section.
type Media struct {
	Address    []netip.Addr `toml:"address" doc:"Addresses to offer for media, at most one for IPv4 and one for IPv6; behind NAT the outside one. Each client is offered the family that it speaks, and those of both families talk to each other. Empty means the addresses of the SIP listeners, or of this machine where they listen on every address."`
	Ports      PortRange    `toml:"ports" doc:"UDP ports for media. A call takes up to four."`
	Relay      string       `toml:"relay" oneof:"always between-dialects" doc:"When media goes through this server: for every call, or only between the two kinds of client (calls within one kind then have no quality measurements)."`
	Encryption string       `toml:"encryption" oneof:"required optional off" doc:"Whether media must, may or must not be encrypted (SRTP)."`
}

// Store is the [store] section.
type Store struct {
	Path            string `toml:"path" file:"" need:"" doc:"Data folder. One server process only works on it."`
	KeyFile         string `toml:"key-file" file:"" doc:"File with the key that encrypts stored credentials. Created when missing; keep a copy apart from the data folder's. Empty means \"secret.key\" in the data folder."`
	NATSURL         string `toml:"nats-url" doc:"External NATS server or cluster with JetStream for the live state, such as \"nats://nats.contoso.example:4222\". Empty means the embedded one."`
	NATSCredentials string `toml:"nats-credentials" file:"" doc:"NATS credentials file for nats-url."`
	NATSReplicas    int    `toml:"nats-replicas" doc:"On how many servers of an external cluster the state is kept: 1, 3 or 5."`
	NATSDebug       bool   `toml:"nats-debug" doc:"Also log, at level debug, what the embedded NATS server says about its own work: many lines."`
}

// Directory is the [directory] section.
type Directory struct {
	Type string `toml:"type" oneof:"local ldap" doc:"local: users are added by portal and command line. ldap: they come from LDAP or Active Directory."`
	LDAP LDAP   `toml:"ldap" doc:"For type = \"ldap\"."`
}

// LDAP is the [directory.ldap] section.
type LDAP struct {
	URL          string `toml:"url" doc:"ldaps://host or ldap://host; several, separated by spaces, are tried in turn."`
	StartTLS     bool   `toml:"start-tls" doc:"Encrypt an ldap:// connection with StartTLS."`
	CA           string `toml:"ca" file:"" doc:"PEM file with the certificate authority of the LDAP servers. Empty means the system's."`
	BindDN       string `toml:"bind-dn" doc:"The account to search with. Empty means anonymous."`
	PasswordFile string `toml:"password-file" file:"" doc:"File with its password."`
	BaseDN       string `toml:"base-dn" doc:"Where users are searched."`
	Filter       string `toml:"filter" doc:"Which entries are users."`
	Address      string `toml:"address-attribute" doc:"Attribute with the user's SIP address, with or without \"sip:\"."`
	Login        string `toml:"login-attribute" doc:"Attribute with the sign-in name."`
	Name         string `toml:"name-attribute" doc:"Attribute with the display name."`
}

// Auth is the [auth] section.
type Auth struct {
	Schemes            []string          `toml:"schemes" reload:"" oneof:"digest ntlm kerberos" doc:"What is offered. digest: standard clients. ntlm: NTLMv2 for Lync-dialect clients, weaker than the others and off unless asked for. kerberos: Lync-dialect clients with a Kerberos ticket."`
	Realm              string            `toml:"digest-realm" doc:"Realm of Digest. A change makes stored Digest credentials useless. Empty means the first domain."`
	Keytab             string            `toml:"kerberos-keytab" file:"" doc:"Keytab with the key of kerberos-principal."`
	Principal          string            `toml:"kerberos-principal" doc:"Service principal that clients ask tickets for. Empty means \"sip/\" and the server's name."`
	Realms             map[string]string `toml:"kerberos-realms" reload:"" doc:"SIP domain of the users of each Kerberos realm, as { \"CORP.CONTOSO.EXAMPLE\" = \"contoso.example\" }. A realm that is one of the domains in capitals needs no entry; users of other realms are not let in."`
	WindowsDomains     map[string]string `toml:"windows-domains" reload:"" doc:"SIP domain of the users of each Windows domain by its short (NetBIOS) name, as { \"CORP\" = \"contoso.example\" }, for who signs in as CORP\\user. The first label of each of the domains needs no entry."`
	LockoutFailures    int               `toml:"lockout-failures" reload:"" doc:"Failed attempts in a row before a user is locked out."`
	LockoutTime        time.Duration     `toml:"lockout-time" reload:"" doc:"First lock-out; it doubles with each further failure, up to an hour."`
	InsecureTransports []string          `toml:"insecure-transports" oneof:"udp tcp ws" doc:"For tests only: transports without TLS over which signing in is allowed."`
}

// Quality is the [quality] section.
type Quality struct {
	Archive       string `toml:"archive" oneof:"duckdb clickhouse off" doc:"Where measurements are kept: embedded DuckDB (not in the static build), a ClickHouse server, or nowhere."`
	ClickHouseURL string `toml:"clickhouse-url" doc:"HTTP address of ClickHouse, such as \"http://127.0.0.1:8123\"."`

	KeepMonths       int `toml:"keep-months" doc:"Whole months of streams and ratings that are kept besides the present one; 0 is for ever."`
	KeepDetailDays   int `toml:"keep-detail-days" doc:"Days that the list of calls, what each source measured and the ladders of calls are kept; 0 is as long as streams."`
	KeepPersonalDays int `toml:"keep-personal-days" doc:"Days after which it is removed who and where it was: users, devices, addresses, access points, what users wrote. Streams expire by month, when its last day is so old; 0 is never."`

	HEPUDP     []string `toml:"hep-udp" doc:"Where capturing agents (heplify, Kamailio's siptrace) send HEP version 3 over UDP, such as \":9060\". Empty takes none."`
	HEPTCP     []string `toml:"hep-tcp" doc:"As hep-udp, over TCP."`
	HEPAllow   []string `toml:"hep-allow" doc:"The networks that agents are in, such as \"192.0.2.0/24\". HEP from anywhere else is dropped."`
	HEPKeyFile string   `toml:"hep-key-file" file:"" doc:"File with the password that agents put into each packet. Empty asks for none."`
	HEPSend    string   `toml:"hep-send" doc:"A HEP collector, such as Homer, as \"host:port\": it gets the server's SIP, without credentials and message texts, and what the media relay measures, over UDP and with the password of hep-key-file."`
}

// Log is the [log] section.
type Log struct {
	Level  string `toml:"level" reload:"" oneof:"debug info warn error" doc:"The least important messages that are logged."`
	Format string `toml:"format" oneof:"text json" doc:"Lines for people or for machines."`
	Wire   string `toml:"wire" reload:"" oneof:"off headers full" doc:"Also log SIP messages, at level debug: their header fields or everything. Credentials and keys are always blacked out, message texts unless \"full\"."`
}

// Default is the configuration of a file that sets nothing.
func Default() Config {
	return Config{
		Listen: Listen{SIPTLS: []string{":5061"}, HTTPS: []string{":443"}, Metrics: []string{"127.0.0.1:9090"}},
		Media:  Media{Ports: PortRange{40000, 41999}, Relay: "always", Encryption: "optional"},
		Store:  Store{Path: "/var/lib/parley", NATSReplicas: 1},
		Directory: Directory{Type: "local", LDAP: LDAP{
			Filter: "(objectClass=person)", Address: "msRTCSIP-PrimaryUserAddress", Login: "sAMAccountName", Name: "displayName",
		}},
		Auth:    Auth{Schemes: []string{"digest"}, LockoutFailures: 5, LockoutTime: 10 * time.Second},
		Quality: Quality{Archive: "duckdb", KeepMonths: 24, KeepDetailDays: 90, KeepPersonalDays: 90},
		Log:     Log{Level: "info", Format: "text", Wire: "off"},
	}
}
