package msrtc

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(bytes.TrimSuffix(want, []byte("\n"))), string(got)); diff != "" {
		t.Error(diff)
	}
}

var when = time.Date(2026, 11, 22, 16, 21, 49, 761e6, time.UTC)

var busy = State{Kind: StateAggregate, Availability: 6500, Activity: "on-the-phone", LastActive: when, Device: "computer"}

func TestCategories(t *testing.T) {
	card := ContactCard{DisplayName: "Bob <B>", Email: "bob@parley.test", Title: "Cook", Phones: []Phone{{Type: "work", URI: "tel:+3222220001", Display: "+32 2 222 00 01"}}}
	note := Note{Type: NotePersonal, Text: "out & about"}
	list := []Category{
		{Name: CategoryState, Instance: 1, PublishTime: when, Body: busy.Node()},
		{Name: CategoryContactCard, PublishTime: when, Body: card.Node()},
		{Name: CategoryNote, PublishTime: when, Body: note.Node()},
		{Name: CategoryCalendarData},
	}
	got := AppendCategories(nil, "sip:bob@parley.test", list)
	golden(t, "categories.xml", got)
	uri, back, err := ParseCategories(got)
	if err != nil || uri != "sip:bob@parley.test" || len(back) != len(list) {
		t.Fatalf("read back %q, %d categories, %v", uri, len(back), err)
	}
	if diff := cmp.Diff(busy, StateOf(back[0].Body)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(card, ContactCardOf(back[1].Body)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Note{note}, NotesOf(back[2].Body)); diff != "" {
		t.Error(diff)
	}
	if back[3].Body != nil {
		t.Error("an instance without content got one")
	}
}

func TestRoamingData(t *testing.T) {
	golden(t, "roamingdata.xml", AppendRoamingData(nil, RoamingData{
		URI:         "sip:alice@parley.test",
		Categories:  []Category{{Name: CategoryState, Instance: 1, PublishTime: when, Container: 2, Version: 1, ExpireType: ExpireUser, Body: busy.Node()}},
		Containers:  []Container{{ID: 32000, Version: 1, Members: []Member{{Type: MemberUser, Value: "eve@parley.test"}}}, {ID: 200, Members: []Member{{Type: MemberSameEnterprise}}}},
		Subscribers: []Subscriber{{User: "eve@parley.test", DisplayName: "Eve", Type: "sameEnterprise"}},
	}))
	empty := string(AppendRoamingData(nil, RoamingData{URI: "sip:a@b", WithCategories: true, WithContainers: true, WithSubscribers: true}))
	for _, part := range []string{"<categories ", "<containers ", "<subscribers "} {
		if !strings.Contains(empty, part) {
			t.Errorf("%s missing in %s", part, empty)
		}
	}
}

// The request of a real client, as pidgin-sipe 1.25 sends it after sign-in.
const realPublish = `<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence"><publications uri="sip:alice@parley.test">` +
	`<publication categoryName="device" instance="1532272661" container="2" version="0" expireType="endpoint"><device xmlns="http://schemas.microsoft.com/2006/09/sip/device" endpointId="U"><capabilities preferred="false" uri="sip:alice@parley.test"><text capture="true" render="true" publish="false"/></capabilities><machineName>vm</machineName></device></publication>` +
	`<publication categoryName="state" instance="901073409" container="2" version="0" expireType="endpoint"><state xmlns="http://schemas.microsoft.com/2006/09/sip/state" manual="false" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="machineState"><availability>3500</availability><endpointLocation/></state></publication>` +
	`<publication categoryName="state" instance="536870912" container="3" version="4" expireType="static"><state xmlns="http://schemas.microsoft.com/2006/09/sip/state" manual="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="userState"><availability>6500</availability></state></publication>` +
	`<publication categoryName="note" instance="0" container="400" version="2" expireType="static" expires="0"/>` +
	`</publications></publish>`

func TestParsePublish(t *testing.T) {
	uri, list, err := ParsePublish([]byte(realPublish))
	if err != nil || uri != "sip:alice@parley.test" || len(list) != 4 {
		t.Fatalf("%q, %d publications, %v", uri, len(list), err)
	}
	if s := StateOf(list[1].Body); s.Kind != StateMachine || s.Availability != 3500 || s.Manual || list[1].Instance != 901073409 {
		t.Errorf("machine state %+v", s)
	}
	if s := StateOf(list[2].Body); s.Kind != StateUser || !s.Manual || list[2].Version != 4 || list[2].Container != 3 {
		t.Errorf("user state %+v", s)
	}
	if !list[3].Withdraw || list[2].Withdraw {
		t.Error("expires=0 withdraws, its absence does not")
	}
	again := AppendPublish(nil, uri, list)
	if _, back, err := ParsePublish(again); err != nil || cmp.Diff(list, back) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(list, back))
	}
}

func TestParsePublishRefuses(t *testing.T) {
	pub := func(attrs string) string {
		return `<publish><publications uri="sip:a@b"><publication ` + attrs + `/></publications></publish>`
	}
	for name, doc := range map[string]string{
		"another document": `<publication/>`,
		"no category":      pub(`instance="1"`),
		"instance":         pub(`categoryName="state" instance="4294967296"`),
		"container":        pub(`categoryName="state" container="-2"`),
		"version":          pub(`categoryName="state" version="x"`),
		"lifetime":         pub(`categoryName="state" expireType="forever"`),
		"time without end": pub(`categoryName="state" expireType="time"`),
		"too many":         `<publish><publications>` + strings.Repeat(`<publication categoryName="x"/>`, maxPublications+1) + `</publications></publish>`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := ParsePublish([]byte(doc)); !errors.Is(err, ErrDocument) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestFault(t *testing.T) {
	conflicts := []Conflict{{Index: 1, Version: 3, Current: 5}}
	b := AppendFault(nil, FaultWrongDelta, conflicts)
	golden(t, "fault.xml", b)
	code, back, err := ParseFault(b)
	if err != nil || code != FaultWrongDelta || cmp.Diff(conflicts, back) != "" {
		t.Errorf("%q %v %v", code, back, err)
	}
}

func TestBatchSub(t *testing.T) {
	batch, err := ParseBatchSub([]byte(`<batchSub xmlns="http://schemas.microsoft.com/2006/01/sip/batch-subscribe" uri="sip:alice@parley.test" name=""><action name="subscribe" id="63792024"><adhocList><resource uri="sip:carol@parley.test"/><resource uri="sip:bob@parley.test"><context/></resource></adhocList><categoryList xmlns="http://schemas.microsoft.com/2006/09/sip/categorylist"><category name="note"/><category name="state"/></categoryList></action></batchSub>`))
	if err != nil {
		t.Fatal(err)
	}
	want := BatchSub{URI: "sip:alice@parley.test", Subscribe: []Resource{{URI: "sip:carol@parley.test"}, {URI: "sip:bob@parley.test", Context: true}}, Categories: []string{"note", "state"}}
	if diff := cmp.Diff(want, batch); diff != "" {
		t.Error(diff)
	}
	if back, err := ParseBatchSub(AppendBatchSub(nil, want)); err != nil || cmp.Diff(want, back) != "" {
		t.Errorf("%v %s", err, cmp.Diff(want, back))
	}
	many := `<batchSub><action name="subscribe"><adhocList>` + strings.Repeat(`<resource uri="sip:a@b"/>`, MaxResources+1) + `</adhocList></action></batchSub>`
	for _, doc := range []string{many, `<batchSub><action name="erase"/></batchSub>`, `<list/>`} {
		if _, err := ParseBatchSub([]byte(doc)); !errors.Is(err, ErrDocument) {
			t.Errorf("got %v", err)
		}
	}
}

func TestSetContainerMembers(t *testing.T) {
	got, err := ParseSetContainerMembers([]byte(`<setContainerMembers xmlns="http://schemas.microsoft.com/2006/09/sip/container-management"><container id="32000" version="1"><member action="add" type="user" value="bob@parley.test"/></container><container id="200" version="0"><member action="remove" type="sameEnterprise"/></container></setContainerMembers>`))
	want := []ContainerChange{
		{ID: 32000, Version: 1, Changes: []MemberChange{{Add: true, Member: Member{Type: MemberUser, Value: "bob@parley.test"}}}},
		{ID: 200, Changes: []MemberChange{{Member: Member{Type: MemberSameEnterprise}}}},
	}
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
	for _, m := range []string{`action="add" type="user"`, `action="add" type="tribe"`, `action="swap" type="everyone"`} {
		if _, err := ParseSetContainerMembers([]byte(`<setContainerMembers><container id="1"><member ` + m + `/></container></setContainerMembers>`)); !errors.Is(err, ErrDocument) {
			t.Errorf("%s: %v", m, err)
		}
	}
}

func TestContactListAndDelta(t *testing.T) {
	list := ContactList{Delta: 1, UCSMode: UCSNotMigrated,
		Groups:   []Group{{ID: 1, Name: "~"}, {ID: 2, Name: "Colleagues & friends"}},
		Contacts: []Contact{{User: "bob@parley.test", Groups: []int{1}, Subscribed: true}, {User: "carol@parley.test", Name: "Carol the Boss", Groups: []int{1, 2}, Subscribed: true}}}
	b := AppendContactList(nil, list)
	golden(t, "contactlist.xml", b)
	if back, err := ParseContactList(b); err != nil || cmp.Diff(list, back) != "" {
		t.Errorf("%v %s", err, cmp.Diff(list, back))
	}
	golden(t, "contactdelta.xml", AppendContactDelta(nil, ContactDelta{Delta: 3, Previous: 2,
		AddedGroups: []Group{{ID: 4, Name: "New"}}, ModifiedGroups: []Group{{ID: 2, Name: "Old"}}, DeletedGroups: []int{3},
		AddedContacts: list.Contacts[:1], ModifiedContacts: list.Contacts[1:], DeletedContacts: []string{"dave@parley.test"}}))
}

func envelope(body string) []byte {
	return []byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body>` + body + `</s:Body></s:Envelope>`)
}

func TestParseOperation(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want Operation
	}{
		"addGroup":      {`<m:addGroup><m:name>Newgroup</m:name><m:externalURI /><m:deltaNum>1</m:deltaNum></m:addGroup>`, Operation{Name: OpAddGroup, Delta: 1, Group: Group{Name: "Newgroup"}}},
		"modifyGroup":   {`<m:modifyGroup><m:groupID>4</m:groupID><m:name>X</m:name><m:externalURI /><m:deltaNum>1</m:deltaNum></m:modifyGroup>`, Operation{Name: OpModifyGroup, Delta: 1, Group: Group{ID: 4, Name: "X"}}},
		"deleteGroup":   {`<m:deleteGroup><m:groupID>4</m:groupID><m:deltaNum>9</m:deltaNum></m:deleteGroup>`, Operation{Name: OpDeleteGroup, Delta: 9, Group: Group{ID: 4}}},
		"setContact":    {`<m:setContact><m:displayName>Dave Lab</m:displayName><m:groups>4 1</m:groups><m:subscribed>true</m:subscribed><m:URI>sip:Dave@parley.test</m:URI><m:externalURI /><m:deltaNum>2</m:deltaNum></m:setContact>`, Operation{Name: OpSetContact, Delta: 2, Contact: Contact{User: "dave@parley.test", Name: "Dave Lab", Groups: []int{4, 1}, Subscribed: true}}},
		"deleteContact": {`<m:deleteContact><m:URI>sip:dave@parley.test</m:URI></m:deleteContact>`, Operation{Name: OpDeleteContact, Delta: -1, Contact: Contact{User: "dave@parley.test"}}},
		"directorySearch": {`<m:directorySearch><m:filter m:href="#searchArray"/><m:maxResults>100</m:maxResults></m:directorySearch><m:Array m:id="searchArray"><m:row m:attrib="givenName" m:value="Bo"/><m:row m:attrib="sn" m:value=""/></m:Array>`,
			Operation{Name: OpSearch, Delta: -1, Search: Search{Max: 100, Terms: []Term{{"givenName", "Bo"}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseOperation(envelope(c.body))
			if err != nil || cmp.Diff(c.want, got) != "" {
				t.Errorf("%v %s", err, cmp.Diff(c.want, got))
			}
		})
	}
	for _, body := range []string{``, `<m:format/>`, `<m:setContact/>`, `<m:deleteGroup><m:groupID>x</m:groupID></m:deleteGroup>`, `<m:deleteGroup><m:groupID>1</m:groupID><m:deltaNum>-3</m:deltaNum></m:deleteGroup>`} {
		if _, err := ParseOperation(envelope(body)); !errors.Is(err, ErrDocument) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestAnswers(t *testing.T) {
	golden(t, "addgroup.xml", AppendOperationResult(nil, Operation{Name: OpAddGroup, Group: Group{ID: 4}}))
	golden(t, "search.xml", AppendSearchResult(nil, []Person{{User: "bob@parley.test", DisplayName: "Bob", Email: "bob@parley.test"}}, true))
	golden(t, "provisioning.xml", AppendProvisioning(nil, []ProvisionGroup{{Name: "ServerConfiguration", Settings: []Setting{{Name: "ucPC2PCAVEncryption", Value: "RequireEncryption"}}},
		{Name: "persistentChatConfiguration", Settings: []Setting{{Name: "propertyEntryList", Properties: []Property{{"EnablePersistentChat", "false"}}}}}}))
}

// Clients built on libpurple lose the last four bytes of a part (the line end before the boundary counts as two).
func TestRLMIPartsEndWithEmptyLine(t *testing.T) {
	const boundary = "b0undary"
	got := AppendRLMI(nil, boundary, "sip:alice@parley.test", 1, false, []Presentity{
		{URI: "sip:bob@parley.test", CID: "bob@parley.test", Body: []byte("<categories/>")},
		{URI: "sip:eve@parley.test"},
	})
	golden(t, "rlmi.txt", got)
	parts := strings.Split(string(got), "--"+boundary)
	if len(parts) != 4 {
		t.Fatalf("%d pieces", len(parts))
	}
	for _, p := range parts[1:3] {
		if !strings.HasSuffix(p, ">\r\n\r\n") {
			t.Errorf("part ends with %q", p[len(p)-6:])
		}
	}
	if strings.Contains(parts[1], `eve@parley.test"><instance`) {
		t.Error("a user without rights has an instance")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(realPublish))
	f.Add(envelope(`<m:setContact><m:groups>4 1</m:groups><m:URI>sip:d@p</m:URI></m:setContact>`))
	f.Add([]byte(`<batchSub uri="sip:a@b"><action name="subscribe"><adhocList><resource uri="sip:c@d"/></adhocList></action></batchSub>`))
	f.Add([]byte(`<contactList deltaNum="1"><group id="1" name="~"/><contact uri="b@c" groups="1 2"/></contactList>`))
	f.Add([]byte(`<setContainerMembers><container id="1" version="2"><member action="add" type="user" value="a@b"/></container></setContainerMembers>`))
	f.Add([]byte(`<categories uri="sip:a@b"><category name="state" instance="1"><state xsi:type="userState"><availability>1</availability></state></category></categories>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if uri, list, err := ParsePublish(b); err == nil {
			if _, back, err := ParsePublish(AppendPublish(nil, uri, list)); err == nil && len(back) != len(list) {
				t.Errorf("%d publications became %d", len(list), len(back))
			}
		}
		if _, list, err := ParseCategories(b); err == nil {
			for _, c := range list {
				_, _, _ = StateOf(c.Body), NotesOf(c.Body), ContactCardOf(c.Body)
			}
		}
		if batch, err := ParseBatchSub(b); err == nil {
			if _, err := ParseBatchSub(AppendBatchSub(nil, batch)); err != nil {
				t.Error(err)
			}
		}
		if l, err := ParseContactList(b); err == nil {
			if _, err := ParseContactList(AppendContactList(nil, l)); err != nil {
				t.Error(err)
			}
		}
		_, _ = ParseOperation(b)
		_, _ = ParseSetContainerMembers(b)
		_, _ = ParseSetSubscribers(b)
		_, _ = ParseRoamingList(b)
		_, _ = ParseProvisioningGroups(b)
		_, _, _ = ParseFault(b)
	})
}
