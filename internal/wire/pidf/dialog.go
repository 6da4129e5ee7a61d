package pidf

import (
	"fmt"
	"strconv"

	"parley/internal/wire/xmldoc"
)

// Dialog states (RFC 4235 section 3.7.1).
const (
	DialogTrying     = "trying"
	DialogProceeding = "proceeding"
	DialogEarly      = "early"
	DialogConfirmed  = "confirmed"
	DialogTerminated = "terminated"
)

// Dialog is one dialog that a user's devices are in.
type Dialog struct {
	ID         string
	Initiator  bool // the user called; otherwise the user was called
	State      string
	Remote     string // URI of the other side
	RemoteName string
	Local      string
}

// AppendDialogInfo writes a dialog-info document (RFC 4235 section 4).
func AppendDialogInfo(dst []byte, version int, full bool, entity string, dialogs []Dialog) []byte {
	state := "partial"
	if full {
		state = "full"
	}
	var w xmldoc.Writer
	w.Raw(xmldoc.Declaration).Open("dialog-info", "xmlns", nsDialogInfo, "version", strconv.Itoa(version), "state", state, "entity", entity)
	for _, d := range dialogs {
		direction := "recipient"
		if d.Initiator {
			direction = "initiator"
		}
		w.Open("dialog", "id", d.ID, "direction", direction).Leaf("state", d.State)
		if d.Local != "" {
			w.Open("local").Leaf("identity", d.Local).Close()
		}
		if d.Remote != "" {
			w.Open("remote").Open("identity").OptAttr("display", d.RemoteName).Text(d.Remote).Close().Close()
		}
		w.Close()
	}
	return append(dst, w.Close().Bytes()...)
}

// ParseDialogInfo reads a dialog-info document, as phones publish it.
func ParseDialogInfo(b []byte) (entity string, dialogs []Dialog, err error) {
	root, err := xmldoc.Parse(b, limits)
	if err != nil {
		return "", nil, fmt.Errorf("parse dialog-info: %w", err)
	}
	if root.Name != "dialog-info" {
		return "", nil, fmt.Errorf("%w: <%s> instead of <dialog-info>", ErrDocument, root.Name)
	}
	for n := range root.All("dialog") {
		if len(dialogs) == 100 {
			return "", nil, fmt.Errorf("%w: more than 100 dialogs", ErrDocument)
		}
		remote := n.Path("remote", "identity")
		dialogs = append(dialogs, Dialog{
			ID: n.Attr("id"), Initiator: n.Attr("direction") == "initiator", State: n.Child("state").Value(),
			Remote: remote.Value(), RemoteName: remote.Attr("display"), Local: n.Path("local", "identity").Value(),
		})
	}
	return root.Attr("entity"), dialogs, nil
}
