package call

import (
	"testing"

	"parley/internal/dialect"
)

// What one side says of why it hangs up reaches the other, in its dialect.
func TestReasonOfBye(t *testing.T) {
	for name, tt := range map[string]struct {
		says, hears dialect.Kind
		fields      []string
		want        []string
		words       string
	}{
		"standard to standard": {dialect.Standard, dialect.Standard, []string{"Reason", `SIP;cause=480;text="Gone home", Q.850;cause=16;text="Normal"`},
			[]string{`Reason: SIP;cause=480;text="Gone home"` + "\r\n", `Reason: Q.850;cause=16;text="Normal"` + "\r\n", "!ms-diagnostics"}, "Gone home"},
		"standard to Lync": {dialect.Standard, dialect.Lync, []string{"Reason", `Q.850;cause=16;text="Normal call clearing"`},
			[]string{"Reason: Q.850;cause=16", `ms-diagnostics: 90102;reason="Normal call clearing";source="fe.parley.test"`}, "Normal call clearing"},
		"Lync to standard": {dialect.Lync, dialect.Standard, []string{"Ms-client-diagnostics", `52063;reason="Unsupported session description"`},
			[]string{`Reason: SIP;cause=488;text="Unsupported session description";ms-diagnostics=52063`, "!client-diagnostics"}, "Unsupported session description"},
		"no status fits": {dialect.Lync, dialect.Standard, []string{"ms-diagnostics", `51004;reason="Action initiated by user";source="pc"`},
			[]string{`Reason: SIP;text="Action initiated by user";ms-diagnostics=51004`}, "Action initiated by user"},
		"Lync to Lync": {dialect.Lync, dialect.Lync, []string{"Ms-client-diagnostics", `52063;reason="Unsupported session description"`},
			[]string{`ms-client-diagnostics: 52063;reason="Unsupported session description"`, "!Reason", "!9010"}, "Unsupported session description"},
		"and back": {dialect.Standard, dialect.Lync, []string{"Reason", `SIP;cause=488;text="No media";ms-diagnostics=23`},
			[]string{`ms-diagnostics: 23;reason="No media";source="fe.parley.test"`}, "No media"},
		"nothing said": {dialect.Standard, dialect.Lync, nil, []string{"!Reason", "!diagnostics"}, "hung up"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b := w.phone("alice", tt.says), w.phone("bob", tt.hears)
				talk(a, b)
				a.send("BYE", "", "", tt.fields...)
				a.response(200)
				bye := b.request("BYE")
				has(t, bye, tt.want...)
				b.reply(bye, 200, "")
				if r := w.record(); r.Reason != tt.words {
					t.Errorf("record says %q, want %q", r.Reason, tt.words)
				}
			})
		})
	}
}

// Who rang in vain hears that somebody else took the call, or what the caller said when they gave up (RFC 3326 section 2).
func TestReasonOfCancel(t *testing.T) {
	inWorld(t, Limits{}, func(w *world) {
		a := w.phone("alice", dialect.Standard)
		b1, b2, b3 := w.phone("bob", dialect.Standard), w.phone("bob", dialect.Lync), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		inv := b1.request("INVITE")
		for _, b := range []*phone{b2, b3} {
			b.reply(b.request("INVITE"), 180, "")
		}
		a.response(180)
		b1.reply(inv, 200, b1.sdp(5000))
		b1.request("ACK")
		a.response(200)
		a.ack("")
		has(t, b2.request("CANCEL"), `Reason: SIP;cause=200;text="Call completed elsewhere"`, `ms-diagnostics: 90102;reason="Call completed elsewhere"`)
		has(t, b3.request("CANCEL"), `Reason: SIP;cause=200;text="Call completed elsewhere"`, "!ms-diagnostics")
		a.send("BYE", "", "")
	})
	inWorld(t, Limits{}, func(w *world) {
		a, b := w.phone("alice", dialect.Standard), w.phone("bob", dialect.Standard)
		a.call("bob", a.sdp(4000))
		b.reply(b.request("INVITE"), 180, "")
		a.response(180)
		a.cancel("Reason", `SIP;cause=487;text="Caller gave up"`)
		has(t, b.request("CANCEL"), `Reason: SIP;cause=487;text="Caller gave up"`)
	})
}

// A refusal's diagnostic travels in a parameter of Reason, a refusal's Reason in the diagnostic.
func TestReasonOfRefusal(t *testing.T) {
	for name, tt := range map[string]struct {
		caller, callee dialect.Kind
		fields, want   []string
	}{
		"Lync to standard": {dialect.Standard, dialect.Lync, []string{"Ms-client-diagnostics", `52017;reason="Encryption levels not compatible"`},
			[]string{`Reason: SIP;cause=488;text="Encryption levels not compatible";ms-diagnostics=52017`}},
		"Lync to Lync": {dialect.Lync, dialect.Lync, []string{"ms-diagnostics", `52017;reason="Encryption levels not compatible"`},
			[]string{`ms-diagnostics: 52017;reason="488 Encryption levels not compatible"`}},
		"standard to standard": {dialect.Standard, dialect.Standard, []string{"Reason", `Q.850;cause=88;text="Incompatible destination"`},
			[]string{`Reason: Q.850;cause=88;text="Incompatible destination"`}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Limits{}, func(w *world) {
				a, b := w.phone("alice", tt.caller), w.phone("bob", tt.callee)
				a.call("bob", a.sdp(4000))
				for range 3 { // a standard endpoint is asked once more with each kind of encryption
					b.reply(b.request("INVITE"), 488, "", tt.fields...)
					b.request("ACK")
					if tt.callee == dialect.Lync {
						break
					}
				}
				has(t, a.response(488), tt.want...)
				a.ack("")
			})
		})
	}
}
