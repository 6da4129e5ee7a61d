package pidf

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// validate checks a document against a schema of testdata/schema with xmllint.
func validate(t *testing.T, schema string, doc []byte) error {
	t.Helper()
	tool, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint (Debian: libxml2-utils) is not installed")
	}
	cmd := exec.Command(tool, "--nonet", "--noout", "--schema", filepath.Join("testdata", "schema", schema), "-")
	cmd.Stdin = strings.NewReader(string(doc))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("%s\n%s", out, doc)
	}
	return err
}

func TestWrittenDocumentsAreValid(t *testing.T) {
	at := time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)
	docs := map[string][]byte{
		"pidf.xsd": AppendPresence(nil, Presence{
			Entity: "sip:alice@parley.test",
			Tuples: []Tuple{{ID: "7-uuid:x", Open: true, Contact: "sip:alice@parley.test", Priority: "0.8", Notes: []Note{{Lang: "en", Text: "a <b>"}}, Timestamp: at,
				Activities: []Activity{{Name: "busy"}}, Input: &UserInput{}}, {}},
			Person: &Person{Activities: []Activity{{Name: "meeting", Till: at}, {Name: "other", Text: "cooking"}}, Input: &UserInput{Idle: true, LastInput: at}, Notes: []Note{{Text: "hi"}}, Timestamp: at},
			Notes:  []Note{{Text: "hi"}},
		}),
		"resource-lists.xsd": AppendResourceLists(nil, []List{{Name: "friends", DisplayName: "Friends", Entries: []Entry{{URI: "sip:bob@parley.test", DisplayName: "Bob"}, {URI: "sip:c@parley.test"}}}}),
		"watcherinfo.xsd":    AppendWatcherInfo(nil, 3, true, "sip:alice@parley.test", "presence", []Watcher{{ID: "w1", URI: "sip:bob@parley.test", DisplayName: "Bob", Status: WatcherActive, Event: "subscribe", Expires: 600}}),
		"dialog-info.xsd":    AppendDialogInfo(nil, 0, true, "sip:alice@parley.test", []Dialog{{ID: "d1", Initiator: true, State: DialogConfirmed, Remote: "sip:bob@parley.test", RemoteName: "Bob", Local: "sip:alice@parley.test"}, {ID: "d2", State: DialogEarly}}),
	}
	list := string(AppendListNotification(nil, "b", "parley.test", "sip:alice@parley.test", 0, true, []Resource{
		{URI: "sip:bob@parley.test", Name: "Bob", State: InstanceActive, CID: "r1", Body: []byte("<x/>")},
		{URI: "sip:eve@parley.test", State: InstanceTerminated, Reason: "rejected"}}))
	if _, doc, ok := strings.Cut(list, "\r\n\r\n"); ok {
		doc, _, _ = strings.Cut(doc, "\r\n\r\n--b")
		docs["rlmi.xsd"] = []byte(doc)
	}
	for schema, doc := range docs {
		t.Run(schema, func(t *testing.T) {
			if err := validate(t, schema, doc); err != nil {
				t.Error(err)
			}
		})
	}
}

// The validation itself can fail.
func TestValidationFindsErrors(t *testing.T) {
	doc := `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a@b"><tuple id="t"><status><basic>ajar</basic></status></tuple></presence>`
	if validate(t, "pidf.xsd", []byte(doc)) == nil {
		t.Error("basic=ajar was found valid")
	}
}
