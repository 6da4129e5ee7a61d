package kdctest

import (
	"testing"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Client is a user signed in to the realm with a ticket for one service.
type Client struct {
	Token []byte // initial token, good for one sign-in
	key   types.EncryptionKey
	sent  uint64
}

// Login gets a user a ticket for a service such as "sip/fe.parley.test" and makes an initial token with the given GSS-API flags.
func (k *KDC) Login(t testing.TB, user, password, service string, flags ...int) *Client {
	t.Helper()
	cfg, err := config.Load(k.Config)
	if err != nil {
		t.Fatal(err)
	}
	cl := client.NewWithPassword(user, Realm, password, cfg, client.DisablePAFXFAST(true))
	if err := cl.Login(); err != nil {
		t.Fatalf("sign %s in to the realm: %v", user, err)
	}
	defer cl.Destroy()
	ticket, key, err := cl.GetServiceTicket(service)
	if err != nil {
		t.Fatalf("get ticket for %s: %v", service, err)
	}
	token, err := spnego.NewKRB5TokenAPREQ(cl, ticket, key, append([]int{gssapi.ContextFlagInteg}, flags...), nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := token.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return &Client{Token: raw, key: key}
}

// Sign returns the initiator's MIC token of text.
func (c *Client) Sign(t testing.TB, text []byte) []byte {
	t.Helper()
	mic := gssapi.MICToken{SndSeqNum: c.sent, Payload: text}
	c.sent++
	if err := mic.SetChecksum(c.key, keyusage.GSSAPI_INITIATOR_SIGN); err != nil {
		t.Fatal(err)
	}
	raw, err := mic.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Verify says whether mic is the acceptor's token of text.
func (c *Client) Verify(text, mic []byte) bool {
	var token gssapi.MICToken
	if err := token.Unmarshal(mic, true); err != nil {
		return false
	}
	token.Payload = text
	ok, err := token.Verify(c.key, keyusage.GSSAPI_ACCEPTOR_SIGN)
	return err == nil && ok
}
