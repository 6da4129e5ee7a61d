package model

import (
	_ "embed"
	"strings"
)

// The names of the original cloud model: every dimension and every measure.
var (
	//go:embed dimensions.txt
	originalDimensions string
	//go:embed measures.txt
	originalMeasures string
)

// Missing is a name of the original model that the archive has no data for.
type Missing struct {
	Name   string
	Reason string
}

// missing lists the names of the original that known does not have.
func missing(names string, known func(name string) bool) []Missing {
	var out []Missing
	for name := range strings.Lines(names) {
		name = strings.TrimSpace(name)
		if name != "" && !known(name) {
			out = append(out, Missing{name, whyMissing(name)})
		}
	}
	return out
}

// whyMissing says why a name has no data.
func whyMissing(name string) string {
	for _, r := range missingReasons {
		if strings.Contains(name, r[0]) {
			return r[1]
		}
	}
	return "no report that this server takes in carries it"
}

// missingReasons are looked through in order; never changed.
var missingReasons = [][2]string{
	{"PSTN", "it is about telephone trunks that a cloud provider bills; this server's trunks are calls like all others"},
	{"Auto Attendant", "this server has no automatic attendants of that kind"},
	{"Call Queue", "this server has no call queues"},
	{"Detected", "it is a verdict of a machine-learned model that only the cloud service runs; root-cause ranking takes its place"},
	{"Tenant", "an archive is of one deployment: there are no tenants"},
	{"MSFTIdentifier", "it is the cloud service's own identifier"},
	{"ObjectId", "it is an identifier of the cloud's directory; users are told by their SIP address"},
	{"UPN", "it is a name in the cloud's directory; users are told by their SIP address"},
	{"ACS", "it is about the cloud's programming interface"},
	{"ASN", "it needs a table of autonomous systems, which is not loaded"},
	{"Freeze", "no report that this server takes in tells how long video stood still"},
	{"Mic ", "the state of microphones is only told by the cloud's clients; see the device events"},
	{"Speaker ", "the state of loudspeakers is only told by the cloud's clients; see the device events"},
	{"Device Failure", "only the cloud's clients tell of it; see the device events"},
	{"Device General Failure", "only the cloud's clients tell of it; see the device events"},
	{"Connection Type", "no report tells how a device is connected"},
	{"Form Factor", "no report tells the form of a device"},
	{"Firewall", "a reason for failed setup that only the cloud's clients find out"},
	{"Roaming", "only the cloud's clients count it"},
	{"VTC", "there are no cloud rooms here"},
	{"Is Teams", "this server is not Teams"},
	{"Scheduling", "meetings have no scheduling application here"},
	{"PII Scrubbed", "personal data expires by dictionary: an expired value is empty"},
}
