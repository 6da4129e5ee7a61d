// Package msrtc reads and writes the documents by which the Lync dialect carries presence, contacts, permissions,
// provisioning and directory search over SIP ([MS-PRES], [MS-SIP], [MS-SIPRE]).
//
// Readers take bytes from outside within the limits of package xmldoc. Writers give the same bytes for the same
// values, and leave out the XML declaration as the dialect's own servers do.
package msrtc

import (
	"errors"
	"strings"
	"time"
)

// ErrDocument is the kind of every error that says a well-formed document is not what it should be.
var ErrDocument = errors.New("unusable document")

// Media types of the dialect's bodies.
const (
	TypeCategories       = "application/msrtc-event-categories+xml"
	TypePublish          = "application/msrtc-category-publish+xml"
	TypeBatchSub         = "application/msrtc-adrl-categorylist+xml"
	TypeRoamingSelf      = "application/vnd-microsoft-roaming-self+xml"
	TypeRoamingContacts  = "application/vnd-microsoft-roaming-contacts+xml"
	TypeProvisioning     = "application/vnd-microsoft-roaming-provisioning-v2+xml"
	TypeContainerMembers = "application/msrtc-setcontainermembers+xml"
	TypeSetSubscriber    = "application/msrtc-presence-setsubscriber+xml"
	TypeFault            = "application/msrtc-fault+xml"
	TypeSOAP             = "application/SOAP+xml"
	TypeRLMI             = "application/rlmi+xml"
)

// Namespaces of the dialect's documents.
const (
	nsRichPresence  = "http://schemas.microsoft.com/2006/09/sip/rich-presence"
	nsCategories    = "http://schemas.microsoft.com/2006/09/sip/categories"
	nsState         = "http://schemas.microsoft.com/2006/09/sip/state"
	nsNote          = "http://schemas.microsoft.com/2006/09/sip/note"
	nsContactCard   = "http://schemas.microsoft.com/2006/09/sip/contactcard"
	nsRoamingSelf   = "http://schemas.microsoft.com/2006/09/sip/roaming-self"
	nsContainers    = "http://schemas.microsoft.com/2006/09/sip/container-management"
	nsSubscribers   = "http://schemas.microsoft.com/2006/09/sip/presence-subscribers"
	nsBatch         = "http://schemas.microsoft.com/2006/01/sip/batch-subscribe"
	nsCategoryList  = "http://schemas.microsoft.com/2006/09/sip/categorylist"
	nsProvisioning  = "http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"
	nsProvisionList = "http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist"
	nsSOAP          = "http://schemas.xmlsoap.org/soap/envelope/"
	nsWinRTC        = "http://schemas.microsoft.com/winrtc/2002/11/sip"
	nsRLMI          = "urn:ietf:params:xml:ns:rlmi"
)

// timeLayout is how the dialect writes instants: UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// parseTime reads xs:dateTime; without a zone it is UTC. The zero time stands for an absent or unreadable one.
func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
