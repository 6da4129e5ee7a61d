// Package pidf reads and writes the presence documents of standard SIP: PIDF (RFC 3863) with the data model
// (RFC 4479) and rich presence (RFC 4480), resource lists (RFC 4826) and their notifications (RFC 4662), watcher
// information (RFC 3858) and dialog information (RFC 4235).
//
// What is written is valid against the schemas of those documents; what is read may be looser, since clients are.
package pidf

import (
	"errors"
	"strings"
	"time"
)

// ErrDocument is the kind of every error that says a well-formed document is not what it should be.
var ErrDocument = errors.New("unusable document")

// Media types.
const (
	TypePIDF          = "application/pidf+xml"
	TypeRLMI          = "application/rlmi+xml"
	TypeResourceLists = "application/resource-lists+xml"
	TypeWatcherInfo   = "application/watcherinfo+xml"
	TypeDialogInfo    = "application/dialog-info+xml"
)

const (
	nsPIDF          = "urn:ietf:params:xml:ns:pidf"
	nsDataModel     = "urn:ietf:params:xml:ns:pidf:data-model"
	nsRPID          = "urn:ietf:params:xml:ns:pidf:rpid"
	nsRLMI          = "urn:ietf:params:xml:ns:rlmi"
	nsResourceLists = "urn:ietf:params:xml:ns:resource-lists"
	nsWatcherInfo   = "urn:ietf:params:xml:ns:watcherinfo"
	nsDialogInfo    = "urn:ietf:params:xml:ns:dialog-info"
)

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}

func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(s))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
