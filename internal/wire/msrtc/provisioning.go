package msrtc

import (
	"fmt"

	"parley/internal/wire/xmldoc"
)

// ProvisionGroup is one group of settings of a provisioning document.
type ProvisionGroup struct {
	Name     string
	Settings []Setting
}

// Setting is one element of a provisioning group: a text, or properties as name and value.
type Setting struct {
	Name       string
	Value      string
	Properties []Property
}

// Property is one entry of a setting's propertyEntryList.
type Property struct{ Name, Value string }

// AppendProvisioning writes a provisionGroupList document.
func AppendProvisioning(dst []byte, groups []ProvisionGroup) []byte {
	var w xmldoc.Writer
	w.Open("provisionGroupList", "xmlns", nsProvisioning)
	for _, g := range groups {
		w.Open("provisionGroup", "name", g.Name)
		for _, s := range g.Settings {
			if s.Properties == nil {
				w.Leaf(s.Name, s.Value)
				continue
			}
			w.Open(s.Name)
			for _, p := range s.Properties {
				w.Leaf("property", p.Value, "name", p.Name)
			}
			w.Close()
		}
		w.Close()
	}
	return append(dst, w.Close().Bytes()...)
}

// ParseProvisioningGroups reads which groups a provisioning subscription asks for.
func ParseProvisioningGroups(b []byte) ([]string, error) {
	root, err := xmldoc.Parse(b, xmldoc.Limits{Bytes: 16 << 10, Elements: 200})
	if err != nil {
		return nil, fmt.Errorf("parse provisioning group list: %w", err)
	}
	if root.Name != "provisioningGroupList" {
		return nil, fmt.Errorf("%w: <%s> instead of <provisioningGroupList>", ErrDocument, root.Name)
	}
	var names []string
	for n := range root.All("provisioningGroup") {
		names = append(names, n.Attr("name"))
	}
	return names, nil
}
