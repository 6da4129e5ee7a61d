package contact

import (
	"slices"
	"strconv"

	"parley/internal/stack/notifier"
	"parley/internal/wire/msrtc"
)

// settingsTopic is what clients are told at sign-in. They ask once, with Expires: 0.
type settingsTopic struct {
	svc    *Service
	groups []string // wanted; empty for all
}

func wantedGroups(req Request) ([]string, error) {
	if len(req.Body()) == 0 {
		return nil, nil
	}
	return msrtc.ParseProvisioningGroups(req.Body())
}

func (t *settingsTopic) Full() notifier.Body {
	var p Provisioning
	if t.svc.cfg.Provisioning != nil {
		p = t.svc.cfg.Provisioning()
	}
	groups := slices.DeleteFunc(p.groups(), func(g msrtc.ProvisionGroup) bool {
		return len(t.groups) > 0 && !slices.Contains(t.groups, g.Name)
	})
	return notifier.Body{MediaType: msrtc.TypeProvisioning, Bytes: msrtc.AppendProvisioning(nil, groups)}
}

func (t *settingsTopic) Changed(Request) (int, string) { return 0, "" }
func (t *settingsTopic) Stop()                         {}

// groups sorts the settings as clients look for them. Persistent chat is switched off by name: clients try an address of
// their own otherwise.
func (p Provisioning) groups() []msrtc.ProvisionGroup {
	server := msrtc.ProvisionGroup{Name: "ServerConfiguration"}
	for _, s := range []msrtc.Setting{{Name: "ucPC2PCAVEncryption", Value: p.Encryption}, {Name: "mrasUri", Value: p.RelayURI},
		{Name: "focusFactoryUri", Value: p.FocusFactoryURI}, {Name: "botSipUriForTestCall", Value: p.TestCallURI}} {
		if s.Value != "" {
			server.Settings = append(server.Settings, s)
		}
	}
	if r := p.PortRange; r != nil {
		low, high := strconv.Itoa(r.Min), strconv.Itoa(r.Max)
		server.Settings = append(server.Settings, msrtc.Setting{Name: "ucPortRangeEnabled", Value: "true"},
			msrtc.Setting{Name: "ucMinMediaPort", Value: low}, msrtc.Setting{Name: "ucMaxMediaPort", Value: high})
	}
	chat := msrtc.ProvisionGroup{Name: "persistentChatConfiguration", Settings: []msrtc.Setting{
		{Name: "propertyEntryList", Properties: []msrtc.Property{{Name: "EnablePersistentChat", Value: "false"}}}}}
	return []msrtc.ProvisionGroup{server, {Name: "meetingPolicy"}, {Name: "ucPolicy"}, chat}
}
