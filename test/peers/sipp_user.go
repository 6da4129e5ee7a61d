package peers

import (
	"maps"
	"strings"
	"time"
)

// registration signs a user in by Digest, from the port that the next scenario will have.
const registration = `<?xml version="1.0"?>
<scenario name="registration">
  <send retrans="500"><![CDATA[
REGISTER sip:[domain] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[user]@[domain]>;tag=[call_number]
To: <sip:[user]@[domain]>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:[user]@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv response="401" auth="true"/>
  <send retrans="500"><![CDATA[
REGISTER sip:[domain] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[user]@[domain]>;tag=[call_number]
To: <sip:[user]@[domain]>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:[user]@[local_ip]:[local_port]>
[authentication username=USER password=PASSWORD]
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv response="200"/>
</scenario>`

// SIPp signs a test user in over UDP and plays a scenario as that user's device; [user] and [domain] in it are the user's.
func (s *Server) SIPp(name string, o SIPpOptions) *SIPp {
	s.t.Helper()
	o.Port = freePort(s.t)
	keys := map[string]string{"user": name, "domain": s.Domain}
	maps.Copy(keys, o.Keys)
	o.Keys = keys
	o.Transport = ""
	signIn := o
	signIn.Scenario = strings.NewReplacer("USER", name, "PASSWORD", Password).Replace(registration)
	signIn.Server = s.Addr("sip-udp")
	if r := RunSIPp(s.t, signIn, Patience); r.Exit != nil {
		s.t.Fatalf("sipp could not sign in as %s: %v", name, r.Exit)
	}
	if calls := strings.Index(o.Scenario, "<send"); calls >= 0 && calls < strings.Index(o.Scenario, "<recv") {
		o.Server = s.Addr("sip-udp")
	}
	return StartSIPp(s.t, o)
}

// Expect waits for the end of the scenario, and fails the test when it did not go as it says.
func (s *SIPp) Expect(within time.Duration) {
	s.t.Helper()
	if r := s.Wait(within); r.Exit != nil {
		s.t.Fatalf("the scenario of sipp failed: %v", r.Exit)
	}
}
