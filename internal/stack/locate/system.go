package locate

import (
	"bufio"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// systemServers are the DNS servers of /etc/resolv.conf; the machine itself when it names none, as resolv.conf(5) says.
// The file is read for each question that the cache cannot answer, so a change takes effect at once.
func systemServers() []netip.AddrPort {
	var found []netip.AddrPort
	forLines("/etc/resolv.conf", func(fields []string) {
		if len(fields) > 1 && fields[0] == "nameserver" && len(found) < 3 {
			if a, err := netip.ParseAddr(fields[1]); err == nil {
				found = append(found, netip.AddrPortFrom(a, 53))
			}
		}
	})
	if len(found) == 0 {
		found = []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 53)}
	}
	return found
}

// hostTable is a hosts(5) file, read again when it has changed.
type hostTable struct {
	path string

	mu      sync.Mutex
	checked time.Time
	changed time.Time // of the file
	names   map[string][]netip.Addr
}

// tableCheck is how often the file is looked at.
const tableCheck = 5 * time.Second

// lookup returns the addresses of a name in lower case, IPv6 first.
func (t *hostTable) lookup(name string) []netip.Addr {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); now.Sub(t.checked) >= tableCheck {
		t.checked = now
		if info, err := os.Stat(t.path); err == nil && !info.ModTime().Equal(t.changed) {
			t.changed = info.ModTime()
			t.read()
		}
	}
	return t.names[name]
}

func (t *hostTable) read() {
	t.names = map[string][]netip.Addr{}
	forLines(t.path, func(fields []string) {
		a, err := netip.ParseAddr(fields[0])
		if err != nil {
			return
		}
		for _, name := range fields[1:] {
			name = strings.ToLower(name)
			if len(t.names[name]) < maxRecords {
				t.names[name] = append(t.names[name], a.Unmap())
			}
		}
	})
	for _, addrs := range t.names {
		slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return b.BitLen() - a.BitLen() })
	}
}

// forLines calls f with the words of each line that is no comment, of a file of 1 MiB at most.
func forLines(path string, f func(fields []string)) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for read := 0; lines.Scan() && read < 1<<20; read += len(lines.Bytes()) + 1 {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if strings.HasPrefix(text, ";") {
			continue
		}
		if fields := strings.Fields(text); len(fields) > 0 {
			f(fields)
		}
	}
}
