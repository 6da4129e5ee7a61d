package richtext

import "fmt"

// Read reads a message body of any content type that can be shown. The error is ErrTooLong or ErrUnsupported.
func Read(contentType string, body []byte) (Document, error) {
	return read(contentType, body, 0)
}

func read(contentType string, body []byte, depth int) (Document, error) {
	if len(body) > MaxBody {
		return Document{}, ErrTooLong
	}
	m := ParseMediaType(contentType)
	switch m.Type {
	case "text/plain":
		return readPlain(m, body), nil
	case "text/html":
		return readHTML(m, body), nil
	case "text/rtf", "application/rtf":
		return readRTF(body), nil
	case "multipart/alternative", "multipart/related", "multipart/mixed":
		if depth < 3 {
			return readMultipart(m, body, depth)
		}
	case "message/cpim":
		if depth > 0 {
			break
		}
		c, err := ParseCPIM(body)
		if err != nil {
			return Document{}, err
		}
		return read(c.ContentType, c.Body, depth+1)
	}
	return Document{}, fmt.Errorf("%w: %s", ErrUnsupported, m.Type)
}

// Readable says whether Read can show a body of this content type.
func Readable(contentType string) bool {
	switch ParseMediaType(contentType).Type {
	case "text/plain", "text/html", "text/rtf", "application/rtf", "multipart/alternative", "multipart/related", "multipart/mixed", "message/cpim":
		return true
	}
	return false
}
