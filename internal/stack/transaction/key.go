package transaction

import (
	"encoding/binary"
	"hash/maphash"
	"strings"

	"parley/internal/stack/transport"
	"parley/internal/wire/sip"
)

// key names a transaction by a fingerprint, so that tables hold neither text nor pointers. Its seeds are this process's
// own: nobody outside can make two keys equal.
type key [2]uint64

// keys makes keys.
type keys [2]maphash.Seed

func newKeys() keys { return keys{maphash.MakeSeed(), maphash.MakeSeed()} }

func (k *keys) sum(flow transport.Flow, number uint32, parts ...string) (sum key) {
	var room [256]byte
	text := binary.LittleEndian.AppendUint64(room[:0], flow.ID())
	text = binary.LittleEndian.AppendUint32(text, number)
	for _, part := range parts {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	return key{maphash.Bytes(k[0], text), maphash.Bytes(k[1], text)}
}

// server identifies a server transaction: RFC 3261 section 17.2.3, with the flow; method is that of the transaction,
// INVITE for an ACK or CANCEL. Without the cookie, as in the Lync dialect's INVITE, the fields of that section take the
// place of the branch. To is left out: an ACK has a tag there that the INVITE had not.
func (k *keys) server(flow transport.Flow, m *sip.Message, via sip.Via, method string) key {
	branch := via.Branch()
	if len(branch) > len(sip.MagicCookie) && strings.HasPrefix(branch, sip.MagicCookie) {
		return k.sum(flow, uint32(via.Port), branch, via.Host, method)
	}
	number, _, _ := m.CSeq()
	from, _ := m.From()
	return k.sum(flow, number, "", m.CallID(), from.Tag(), method)
}

// invite finds the INVITE that an ACK of a success belongs to: that ACK has a branch of its own.
func (k *keys) invite(flow transport.Flow, m *sip.Message) key {
	number, _, _ := m.CSeq()
	from, _ := m.From()
	return k.sum(flow, number, "ACK", m.CallID(), from.Tag())
}
