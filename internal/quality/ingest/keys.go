package ingest

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"parley/internal/quality/archive"
)

// key makes a row's key of what names it, the same on every machine and in
// every run.
func key(kind string, parts ...string) int64 {
	sum := sha256.Sum256([]byte(kind + "\x00" + strings.Join(parts, "\x00")))
	k := int64(binary.BigEndian.Uint64(sum[:8]))
	if k == 0 {
		return 1 // 0 means none
	}
	return k
}

func callKey(id string) int64 { return key("call", id) }

// legKey is the key of a dialog. Tags are part of it: some clients make the same
// Call-ID for calls of different users. Their order is not.
func legKey(d Dialog) int64 {
	a, b := d.TagA, d.TagB
	if a > b {
		a, b = b, a
	}
	return key("leg", d.CallID, a, b)
}

func streamKey(leg int64, label string, sender archive.Side) int64 {
	var b [9]byte
	binary.BigEndian.PutUint64(b[:], uint64(leg))
	b[8] = byte(sender)
	return key("stream", string(b[:]), label)
}
