package stun

import (
	"encoding/binary"
	"hash/crc32"
)

// Writer appends one message to a buffer.
type Writer struct {
	buf   []byte
	start int
	form  Form
}

// Write starts a message of type t behind dst, in form f.
func Write(dst []byte, t Type, id ID, f Form) *Writer {
	w := &Writer{buf: dst, start: len(dst), form: f}
	w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(t))
	w.buf = append(w.buf, 0, 0)
	w.buf = binary.BigEndian.AppendUint32(w.buf, cookie)
	w.buf = append(w.buf, id[:]...)
	return w
}

// Add appends an attribute. In the Microsoft form its length is rounded up to four, in the standard form only its room is.
func (w *Writer) Add(a Attr, value []byte) {
	size := len(value)
	if w.form == Microsoft {
		size = (size + 3) &^ 3
	}
	w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(a))
	w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(size))
	w.buf = append(w.buf, value...)
	for (len(w.buf)-w.start)%4 != 0 {
		w.buf = append(w.buf, 0)
	}
}

// Uint32 appends a 4-byte attribute.
func (w *Writer) Uint32(a Attr, v uint32) {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], v)
	w.Add(a, b[:])
}

// Uint64 appends an 8-byte attribute.
func (w *Writer) Uint64(a Attr, v uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	w.Add(a, b[:])
}

// Error appends ERROR-CODE.
func (w *Writer) Error(code int, reason string) {
	w.Add(ErrorCode, append([]byte{0, 0, byte(code / 100), byte(code % 100)}, reason...))
}

// Unknown appends UNKNOWN-ATTRIBUTES (RFC 8489 section 14.13).
func (w *Writer) Unknown(attrs []Attr) {
	v := make([]byte, 0, 2*len(attrs))
	for _, a := range attrs {
		v = binary.BigEndian.AppendUint16(v, uint16(a))
	}
	w.Add(UnknownAttributes, v)
}

// Sign closes the message with MESSAGE-INTEGRITY under k (none when k is nil) and FINGERPRINT, and gives the buffer.
func (w *Writer) Sign(k *Key) []byte {
	msg := w.buf[w.start:]
	final := len(msg) - HeaderSize + attrHeader + fingerprintSize
	if k != nil {
		at := len(msg)
		final += attrHeader + integritySize
		length := at + attrHeader + integritySize - HeaderSize
		if w.form == Microsoft {
			length = final
		}
		mac := k.sign(msg, at, length, w.form)
		w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(MessageIntegrity))
		w.buf = binary.BigEndian.AppendUint16(w.buf, integritySize)
		w.buf = append(w.buf, mac...)
	}
	binary.BigEndian.PutUint16(w.buf[w.start+2:], uint16(final))
	crc := crc32.ChecksumIEEE(w.buf[w.start:]) ^ fingerprintXOR
	w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(Fingerprint))
	w.buf = binary.BigEndian.AppendUint16(w.buf, fingerprintSize)
	return binary.BigEndian.AppendUint32(w.buf, crc)
}
