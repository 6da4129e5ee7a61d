package archive

import (
	"sync"
)

// Kind is a dictionary. The numbers are stored.
type Kind uint8

// The dictionaries. Those marked personal can be expired on their own.
const (
	Word     Kind = iota + 1 // outcomes, roles, codecs, labels and other words of a small vocabulary
	User                     // addresses of record (personal)
	Agent                    // user agents
	Endpoint                 // machines and devices of users (personal)
	OS                       // operating systems
	CPU                      // processors
	IP                       // addresses (personal)
	Subnet                   // networks
	MAC                      // (personal)
	BSSID                    // (personal)
	SSID                     // names of wireless networks
	Device                   // microphones, loudspeakers, cameras
	Driver                   // their drivers
	Sentence                 // reasons and other longer text
	kinds
)

// maxText bounds a text in a dictionary.
const maxText = 1024

// dictionary gives texts their codes. Code 0 is the empty text. New codes are
// only in memory until the write that needs them has stored them.
type dictionary struct {
	mu     sync.RWMutex
	codes  [kinds]map[string]uint32
	texts  [kinds][]string // by code
	unsent []entry
}

type entry struct {
	kind Kind
	code uint32
	text string
}

func newDictionary() *dictionary {
	d := &dictionary{}
	for k := range d.codes {
		d.codes[k] = make(map[string]uint32)
		d.texts[k] = []string{""}
	}
	return d
}

// load adds an entry that the archive has.
func (d *dictionary) load(e entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for uint32(len(d.texts[e.kind])) <= e.code {
		d.texts[e.kind] = append(d.texts[e.kind], "")
	}
	d.texts[e.kind][e.code] = e.text
	d.codes[e.kind][e.text] = e.code
}

// code returns the code of a text, a new one when it has none.
func (d *dictionary) code(k Kind, text string) uint32 {
	if text == "" {
		return 0
	}
	if len(text) > maxText {
		text = text[:maxText]
	}
	d.mu.RLock()
	c, ok := d.codes[k][text]
	d.mu.RUnlock()
	if ok {
		return c
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c, ok := d.codes[k][text]; ok {
		return c
	}
	c = uint32(len(d.texts[k]))
	d.texts[k] = append(d.texts[k], text)
	d.codes[k][text] = c
	d.unsent = append(d.unsent, entry{k, c, text})
	return c
}

// forget removes entries. Their codes are not given again.
func (d *dictionary) forget(gone []entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range gone {
		delete(d.codes[e.kind], d.texts[e.kind][e.code])
		d.texts[e.kind][e.code] = ""
	}
}

// text returns the text of a code, empty for one that has expired.
func (d *dictionary) text(k Kind, code uint32) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if int(code) >= len(d.texts[k]) {
		return ""
	}
	return d.texts[k][code]
}

// codesOf lists the codes of the texts that match.
func (d *dictionary) codesOf(k Kind, match func(text string) bool) []int64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var codes []int64
	for c, text := range d.texts[k] {
		if c > 0 && match(text) {
			codes = append(codes, int64(c))
		}
	}
	return codes
}

// pending are the entries that no write has stored yet.
func (d *dictionary) pending() []entry {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.unsent[:len(d.unsent):len(d.unsent)]
}

// stored forgets the first n pending entries: they are in the archive.
func (d *dictionary) stored(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unsent = append([]entry(nil), d.unsent[n:]...)
}
