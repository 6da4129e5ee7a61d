package richtext

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// ParseEmbedded reads the value of an ms-text-format or ms-im-format header field: the first message of a
// conversation, which a Lync client sends within its INVITE. Its body is the parameter ms-body in base64, the rest is
// the content type. A value without ms-body announces formats only; ok is false then.
func ParseEmbedded(value string) (p Part, ok bool, err error) {
	if len(value) > MaxBody*2 {
		return Part{}, false, ErrTooLong
	}
	m := ParseMediaType(value)
	encoded := m.Param("ms-body")
	if encoded == "" {
		return Part{}, false, nil
	}
	body, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Join(strings.Fields(encoded), ""), "="))
	if err != nil {
		return Part{}, false, fmt.Errorf("read the embedded first message: %w", err)
	}
	contentType := m.Type
	for _, param := range m.params {
		if param.name != "ms-body" {
			contentType += ";" + param.name + "=" + param.value
		}
	}
	return Part{ContentType: contentType, Body: body}, true, nil
}

// BestEmbedded reads several such values and returns the form that keeps most of the message.
func BestEmbedded(values ...string) (best Part, ok bool, err error) {
	var problems []error
	for _, value := range values {
		p, found, err := ParseEmbedded(value)
		if err != nil {
			problems = append(problems, err)
		}
		if found && Readable(p.ContentType) && (!ok || preference(ParseMediaType(p.ContentType).Type) > preference(ParseMediaType(best.ContentType).Type)) {
			best, ok = p, true
		}
	}
	if ok {
		return best, true, nil
	}
	return Part{}, false, errors.Join(problems...)
}

// Embed writes the header field value for a first message.
func Embed(p Part) string {
	return p.ContentType + ";ms-body=" + base64.StdEncoding.EncodeToString(p.Body)
}
