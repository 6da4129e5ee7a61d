package auth

import (
	"testing"

	"parley/internal/wire/sip"
)

// Messages of Office Communicator 2007 R2 and its server, published with pidgin-sipe's tests together with the text that
// they sign, and one of version 2.
const (
	communicatorRegister = "REGISTER sip:cosmo.local SIP/2.0\r\n" +
		"Via: SIP/2.0/TLS 192.168.172.6:12723\r\n" +
		"Max-Forwards: 70\r\n" +
		"From: <sip:user@cosmo.local>;tag=3e49177a52;epid=c8ca638a15\r\n" +
		"To: <sip:user@cosmo.local>\r\n" +
		"Call-ID: 4037df9284354df39065195bd57a4b14\r\n" +
		"CSeq: 3 REGISTER\r\n" +
		"Content-Length: 0\r\n\r\n"
	communicatorOK = "SIP/2.0 200 OK\r\n" +
		"From: \"User\"<sip:user@cosmo.local>;tag=3e49177a52;epid=c8ca638a15\r\n" +
		"To: <sip:user@cosmo.local>;tag=5E61CCD925D17E043D9A74835A88F664\r\n" +
		"Call-ID: 4037df9284354df39065195bd57a4b14\r\n" +
		"CSeq: 3 REGISTER\r\n" +
		"Expires: 7200\r\n" +
		"Content-Length: 0\r\n\r\n"
	olderOK = "SIP/2.0 200 OK\r\n" +
		"From: \"Gabriel Burt\"<sip:gabriel@ocs.provo.novell.com>;tag=2947328781;epid=1234567890\r\n" +
		"To: <sip:gabriel@ocs.provo.novell.com>;tag=B816D65C2300A32CFA6D371F2AF537FD\r\n" +
		"Call-ID: 8592g5DCBa1694i5887m0D0Bt2247b3F38xAE9Fx\r\n" +
		"CSeq: 3 REGISTER\r\n" +
		"Expires: 900\r\n" +
		"Content-Length: 0\r\n\r\n"
	invite = "INVITE sip:bob@parley.test SIP/2.0\r\n" +
		"From: \"a \\\"<sip:trap@example.org>;tag=no\" <sip:alice@parley.test;opaque=user:epid:x;gruu>;epid=1;tag=abc\r\n" +
		"To: sip:bob@parley.test;tag=def\r\n" +
		"Call-ID: c1\r\n" +
		"CSeq: 7  INVITE\r\n" +
		"P-Preferred-Identity: <sip:alice@parley.test>, <tel:+15551234>, <sip:second@parley.test>\r\n" +
		"Content-Length: 0\r\n\r\n"
)

func TestSignedText(t *testing.T) {
	for name, c := range map[string]struct {
		message, random, number string
		sa                      *association
		want                    string
	}{
		"request": {communicatorRegister, "13317733", "1", &association{scheme: NTLM, version: 4, target: "cosmo-ocs-r2.cosmo.local"},
			"<NTLM><13317733><1><SIP Communications Service><cosmo-ocs-r2.cosmo.local><4037df9284354df39065195bd57a4b14><3>" +
				"<REGISTER><sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local><><><><>"},
		"response": {communicatorOK, "9616454F", "1", &association{scheme: NTLM, version: 4, target: "cosmo-ocs-r2.cosmo.local"},
			"<NTLM><9616454F><1><SIP Communications Service><cosmo-ocs-r2.cosmo.local><4037df9284354df39065195bd57a4b14><3>" +
				"<REGISTER><sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local><5E61CCD925D17E043D9A74835A88F664><><><7200><200>"},
		"version 2": {olderOK, "0878F41B", "1", &association{scheme: NTLM, version: 2, target: "ocs1.ocs.provo.novell.com"},
			"<NTLM><0878F41B><1><SIP Communications Service><ocs1.ocs.provo.novell.com><8592g5DCBa1694i5887m0D0Bt2247b3F38xAE9Fx>" +
				"<3><REGISTER><sip:gabriel@ocs.provo.novell.com><2947328781><B816D65C2300A32CFA6D371F2AF537FD><900><200>"},
		"identities": {invite, "1", "2", &association{scheme: Kerberos, version: 3, target: "sip/fe"},
			"<Kerberos><1><2><SIP Communications Service><sip/fe><c1><7><INVITE><sip:alice@parley.test;opaque=user:epid:x;gruu><abc>" +
				"<sip:bob@parley.test><def><sip:alice@parley.test><tel:+15551234><>"},
	} {
		m, err := sip.Parse([]byte(c.message))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := string(c.sa.signedText(nil, m, c.random, c.number)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}
