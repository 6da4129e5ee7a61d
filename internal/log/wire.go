package log

import "bytes"

// Message is a SIP message as the log may show it: its header fields, and the body too if full is set. Credentials and keys are blacked out by
// the handler.
func Message(raw []byte, full bool) string {
	if full {
		return string(raw)
	}
	head, body, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !ok || len(body) == 0 {
		return string(head)
	}
	return string(head) + "\r\n\r\n[body not logged]"
}
