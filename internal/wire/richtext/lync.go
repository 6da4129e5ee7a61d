package richtext

// ForLync writes the document in the form that Lync-dialect clients show best: plain text with Microsoft's format
// parameter when one style is enough for all of it, otherwise HTML. These clients hand HTML to their user interface
// as it is, which is why it is only ever written from a Document.
func (d Document) ForLync() Part {
	style, rightToLeft, ok := d.uniform()
	if !ok {
		return Part{ContentType: "text/html; charset=UTF-8", Body: []byte(d.HTML())}
	}
	contentType := "text/plain; charset=UTF-8"
	if style != (Style{}) || rightToLeft {
		contentType += ";msgr=" + style.msgr(rightToLeft)
	}
	return Part{ContentType: contentType, Body: []byte(d.Plain())}
}

// ForStandard writes the document for standard clients, which show plain text.
func (d Document) ForStandard() Part {
	return Part{ContentType: "text/plain; charset=UTF-8", Body: []byte(d.Plain())}
}
