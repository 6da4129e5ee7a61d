package richtext

import (
	"encoding/xml"
	"fmt"
)

// DispositionType is the content type of a standard delivery notice (RFC 5438).
const DispositionType = "message/imdn+xml"

// ImdnType is the content type of a delivery notice of the Lync dialect.
const ImdnType = "application/ms-imdn+xml"

// Imdn tells the sender what became of a message at each recipient ([MS-CONFIM]).
type Imdn struct {
	XMLName    xml.Name        `xml:"imdn"`
	MessageID  string          `xml:"message-id"` // the Message-Id header field of the message
	Recipients []ImdnRecipient `xml:"recipient"`
}

// ImdnRecipient is one recipient's outcome.
type ImdnRecipient struct {
	URI    string `xml:"uri,attr"`
	Status int    `xml:"status"` // SIP status code
}

// ParseImdn reads a delivery notice.
func ParseImdn(body []byte) (Imdn, error) {
	var n Imdn
	if len(body) > 16*maxNotice {
		return n, fmt.Errorf("read delivery notice: longer than %d bytes", 16*maxNotice)
	}
	if err := xml.Unmarshal(body, &n); err != nil {
		return n, fmt.Errorf("read delivery notice: %w", err)
	}
	return n, nil
}

// Bytes writes the notice.
func (n Imdn) Bytes() ([]byte, error) {
	out, err := xml.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("write delivery notice: %w", err)
	}
	return append([]byte(xml.Header), out...), nil
}
