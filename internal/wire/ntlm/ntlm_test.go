package ntlm

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatalf("decode hex: %v", err)
	}
	return raw
}

// The published example of [MS-NLMP] section 4.2.4.
const (
	specChallenge = `4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef0000000000000000240024004400000006007017
		0000000f53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000`
	specAuthenticate = `4e544c4d5353500003000000180018006c00000054005400840000000c000c00480000000800080054000000100010005c000000
		10001000d8000000358288e20501280a0000000f44006f006d00610069006e00550073006500720043004f004d00500055005400
		4500520086c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa68cd0ab851e51c96aabc927bebef6a1c0101000000000000
		0000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c00530065007200760065007200
		0000000000000000c5dad2544fc9799094ce1ce90bc9d03e`
)

// A sign-in of Office Communicator 2007 R2 to its server, published with pidgin-sipe's tests: connection-less mode with
// the signatures of a request and a response.
const (
	liveChallenge = `4E544C4D53535000020000000000000038000000F38298E2DD1BAAF4E7E218D1000000000000000096009600380000000502CE0E
		0000000F02000A0043004F0053004D004F000100180043004F0053004D004F002D004F00430053002D0052003200040016006300
		6F0073006D006F002E006C006F00630061006C000300300063006F0073006D006F002D006F00630073002D00720032002E006300
		6F0073006D006F002E006C006F00630061006C000500160063006F0073006D006F002E006C006F00630061006C0000000000`
	liveAuthenticate = `4E544C4D53535000030000001800180072000000C600C6008A0000000A000A00480000000800080052000000180018005A000000
		1000100050010000558298620502CE0E0000000F43004F0053004D004F00550073006500720043004F0053004D004F002D004F00
		430053002D0052003200A1E92EFE4E078BF7C5C0049ACC6166C2D6AE875CB0FDAA418DC0C800AE76ECA606D2B9FBEBD047310101
		00000000000059519A1727B9CA01D6AE875CB0FDAA410000000002000A0043004F0053004D004F000100180043004F0053004D00
		4F002D004F00430053002D00520032000400160063006F0073006D006F002E006C006F00630061006C000300300063006F007300
		6D006F002D006F00630073002D00720032002E0063006F0073006D006F002E006C006F00630061006C000500160063006F007300
		6D006F002E006C006F00630061006C00000000000000000031CB739E1CA80A498591E8AE797115E4`
	liveRequest = "<NTLM><13317733><1><SIP Communications Service><cosmo-ocs-r2.cosmo.local>" +
		"<4037df9284354df39065195bd57a4b14><3><REGISTER><sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local><><><><>"
	liveRequestSignature = "0100000029618e9651b65a7764000000"
	liveResponse         = "<NTLM><9616454F><1><SIP Communications Service><cosmo-ocs-r2.cosmo.local>" +
		"<4037df9284354df39065195bd57a4b14><3><REGISTER><sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local>" +
		"<5E61CCD925D17E043D9A74835A88F664><><><7200><200>"
	liveResponseSignature = "01000000E615438A917661BE64000000"
)

func TestPasswordHash(t *testing.T) {
	if got, want := PasswordHash("Password"), unhex(t, "A4F49C406510BDCAB6824EE7C30FD852"); Hash(want) != got {
		t.Errorf("NTOWFv1 = %x, want %x", got, want)
	}
	if got, want := PasswordHash("Password").response("User", "Domain"), unhex(t, "0C868A403BFD7A93A3001EF22EF02E3F"); string(got) != string(want) {
		t.Errorf("NTOWFv2 = %x, want %x", got, want)
	}
}

func TestSpecificationExample(t *testing.T) {
	a, err := ParseAuthenticate(unhex(t, specAuthenticate))
	if err != nil {
		t.Fatal(err)
	}
	if a.Domain != "Domain" || a.User != "User" || a.Workstation != "COMPUTER" {
		t.Errorf("names = %q %q %q", a.Domain, a.User, a.Workstation)
	}
	session, err := a.Verify(PasswordHash("Password"), unhex(t, specChallenge))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := session.client.sign, unhex(t, "4788dc861b4782f35d43fd98fe1a2d39"); string(got[:]) != string(want) {
		t.Errorf("client signing key = %x, want %x", got, want)
	}
	key := unhex(t, strings.Repeat("55", 16))
	if got, want := sealKey(key, "client-to-server"), unhex(t, "59f600973cc4960a25480a7c196e4c58"); string(got[:]) != string(want) {
		t.Errorf("client sealing key = %x, want %x", got, want)
	}
}

func TestCommunicatorSignIn(t *testing.T) {
	a, err := ParseAuthenticate(unhex(t, liveAuthenticate))
	if err != nil {
		t.Fatal(err)
	}
	session, err := a.Verify(PasswordHash("Pa$$word"), unhex(t, liveChallenge))
	if err != nil {
		t.Fatal(err)
	}
	if !session.VerifyClient([]byte(liveRequest), unhex(t, liveRequestSignature)) {
		t.Errorf("signature of the request is %x, want %s", session.SignClient([]byte(liveRequest)), liveRequestSignature)
	}
	if got, want := session.SignServer([]byte(liveResponse)), unhex(t, liveResponseSignature); string(got[:]) != string(want) {
		t.Errorf("signature of the response is %x, want %x", got, want)
	}
	if session.VerifyClient([]byte(liveResponse), unhex(t, liveResponseSignature)) {
		t.Error("a server signature passed as a client's")
	}
	if session.VerifyClient([]byte(liveRequest+"x"), unhex(t, liveRequestSignature)) {
		t.Error("a changed text passed")
	}
	if session.VerifyClient([]byte(liveRequest), unhex(t, liveRequestSignature)[:15]) {
		t.Error("a short signature passed")
	}
	if _, err := a.Verify(PasswordHash("Pa$$Word"), unhex(t, liveChallenge)); !errors.Is(err, ErrProof) {
		t.Errorf("wrong password: %v, want ErrProof", err)
	}
	if _, err := a.Verify(PasswordHash("Pa$$word"), unhex(t, specChallenge)); !errors.Is(err, ErrProof) {
		t.Errorf("wrong challenge: %v, want ErrProof", err)
	}
}

func testChallenge() *Challenge {
	return &Challenge{Flags: ServerFlags, Nonce: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, TargetName: "PARLEY", TargetInfo: []AV{
		TextAV(AVNbDomain, "PARLEY"), TextAV(AVNbComputer, "FE"), TextAV(AVDNSDomain, "parley.test"),
		TextAV(AVDNSComputer, "fe.parley.test"), TimeAV(AVTimestamp, time.Unix(1763800000, 0)),
	}}
}

func TestChallengeRoundTrip(t *testing.T) {
	want := testChallenge()
	got, err := ParseChallenge(want.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("challenge changed (-want +got):\n%s", diff)
	}
}

func TestClientAndServerAgree(t *testing.T) {
	for name, client := range map[string]Client{
		"bare user":      {User: "alice"},
		"whole address":  {User: "alice@parley.test"},
		"short domain":   {User: "alice", Domain: "PARLEY", Workstation: "DESK7"},
		"dns domain":     {User: "Alice", Domain: "parley.test"},
		"beyond latin-1": {User: "Żółć", Domain: "例え"},
		"target name":    {User: "alice", TargetName: "sip/fe.parley.test"},
	} {
		for _, withTime := range []bool{true, false} {
			client.Hash = PasswordHash("secret")
			ch := testChallenge()
			if !withTime {
				ch.TargetInfo = ch.TargetInfo[:4]
			}
			challenge := ch.Append(nil)
			raw, mine, err := client.Answer(challenge, [8]byte{9}, [16]byte{7}, time.Unix(1763800000, 0))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			a, err := ParseAuthenticate(raw)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if a.User != client.User || a.Domain != client.Domain || a.TargetName != client.TargetName {
				t.Errorf("%s: arrived as %q %q %q", name, a.User, a.Domain, a.TargetName)
			}
			theirs, err := a.Verify(client.Hash, challenge)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			text := []byte("<NTLM>")
			if sig := mine.SignClient(text); !theirs.VerifyClient(text, sig[:]) {
				t.Errorf("%s: the server does not know the client's signature", name)
			}
			if sig := theirs.SignServer(text); !mine.VerifyServer(text, sig[:]) {
				t.Errorf("%s: the client does not know the server's signature", name)
			}
			if withTime {
				raw[12]++ // the length of the LM response: outside the proof, inside the integrity code
				if _, err := a.Verify(client.Hash, challenge); !errors.Is(err, ErrProof) {
					t.Errorf("%s: a message changed on the way passed: %v", name, err)
				}
			}
		}
	}
}

func TestParseAuthenticateRefuses(t *testing.T) {
	change := func(edit func(raw []byte) []byte) []byte { return edit(unhex(t, liveAuthenticate)) }
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"ntlmv1 response":         {change(func(r []byte) []byte { r[20], r[21] = 24, 0; return r }), ErrWeak},
		"lm only":                 {change(func(r []byte) []byte { r[20], r[21] = 0, 0; return r }), ErrWeak},
		"no session security":     {change(func(r []byte) []byte { r[62] &^= 0x08; return r }), ErrWeak},
		"no key exchange":         {change(func(r []byte) []byte { r[63] &^= 0x40; return r }), ErrWeak},
		"anonymous":               {change(func(r []byte) []byte { r[36], r[37] = 0, 0; return r }), ErrWeak},
		"empty":                   {nil, ErrMalformed},
		"challenge":               {unhex(t, liveChallenge), ErrMalformed},
		"cut":                     {change(func(r []byte) []byte { return r[:200] }), ErrMalformed},
		"offset beyond the end":   {change(func(r []byte) []byte { r[35] = 0xff; return r }), ErrMalformed},
		"half a character":        {change(func(r []byte) []byte { r[36] = 7; return r }), ErrMalformed},
		"short session key":       {change(func(r []byte) []byte { r[52] = 8; return r }), ErrMalformed},
		"long session key":        {change(func(r []byte) []byte { r[52] = 17; return r }), ErrMalformed},
		"unended attributes":      {change(func(r []byte) []byte { r[20], r[21] = 100, 0; return r }), ErrMalformed},
		"too long":                {make([]byte, MaxMessage+1), ErrMalformed},
		"not a client challenge":  {change(func(r []byte) []byte { r[138+16] = 2; return r }), ErrMalformed},
		"wrong signature":         {change(func(r []byte) []byte { r[0] = 'M'; return r }), ErrMalformed},
		"user name over the size": {change(func(r []byte) []byte { r[37] = 3; return r }), ErrMalformed},
	} {
		if _, err := ParseAuthenticate(c.raw); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestAnswerRefusesWeakChallenge(t *testing.T) {
	ch := testChallenge()
	ch.Flags &^= ExtendedSessionSecurity
	client := Client{User: "alice", Hash: PasswordHash("x")}
	if _, _, err := client.Answer(ch.Append(nil), [8]byte{}, [16]byte{}, time.Time{}); !errors.Is(err, ErrWeak) {
		t.Errorf("%v, want ErrWeak", err)
	}
}

func FuzzParseAuthenticate(f *testing.F) {
	challenge := unhex(f, liveChallenge)
	f.Add(unhex(f, specAuthenticate))
	f.Add(unhex(f, liveAuthenticate))
	client := Client{User: "alice", Hash: PasswordHash("secret"), TargetName: "sip/fe"}
	own, _, err := client.Answer(testChallenge().Append(nil), [8]byte{1}, [16]byte{2}, time.Unix(0, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(own)
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := ParseAuthenticate(raw)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrWeak) {
				t.Fatalf("error of no known kind: %v", err)
			}
			return
		}
		// A random message must never verify with a password that is not in it.
		if _, err := a.Verify(PasswordHash("some password that the fuzzer does not know"), challenge); err == nil {
			t.Fatal("verified")
		}
	})
}

func FuzzParseChallenge(f *testing.F) {
	f.Add(unhex(f, specChallenge))
	f.Add(unhex(f, liveChallenge))
	f.Add(testChallenge().Append(nil))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ParseChallenge(raw)
		if err != nil {
			return
		}
		if _, err := ParseChallenge(c.Append(nil)); err != nil && len(raw) <= MaxMessage/2 {
			t.Fatalf("own output refused: %v", err)
		}
	})
}

func BenchmarkSignServer(b *testing.B) {
	s := newSession(make([]byte, 16))
	text := []byte(liveResponse)
	b.ReportAllocs()
	for b.Loop() {
		s.SignServer(text)
	}
}
