// Package discovery lets clients find their server: it answers Lync autodiscovery requests ([MS-OCDISCWS]), lists the DNS
// records that both kinds of clients look up, and sends users whose home is another server there.
package discovery
