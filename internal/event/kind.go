package event

import "strconv"

// Kind numbers the event types. The numbers are for this process only; what is written out uses the name.
type Kind uint8

// The kinds, one for each event type.
const (
	KindRegistered Kind = iota
	KindUnregistered
	KindAuthFailed
	KindMessageStored
	KindMessageDelivered
	KindPresenceChanged
	KindCallStarted
	KindCallAnswered
	KindCallEnded
	KindTranslationChanged
	KindStreamMeasured
	KindSIPMessage
	kinds // how many there are
)

// String is the kind's stable name, that of the event type.
func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

var kindNames = [kinds]string{
	"Registered", "Unregistered", "AuthFailed", "MessageStored", "MessageDelivered", "PresenceChanged",
	"CallStarted", "CallAnswered", "CallEnded", "TranslationChanged", "StreamMeasured", "SIPMessage",
}

// maskOf has a bit set for each kind, or for all of them when none is named.
func maskOf(list []Kind) uint64 {
	if len(list) == 0 {
		return 1<<kinds - 1
	}
	var mask uint64
	for _, k := range list {
		mask |= 1 << k
	}
	return mask
}
