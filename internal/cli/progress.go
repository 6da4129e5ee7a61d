package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// progress is a bar on a terminal; anywhere else it is silent.
type progress struct {
	out     io.Writer // nil when it is no terminal
	total   int64
	read    int64
	what    string
	number  int
	began   time.Time
	painted time.Time
}

func newProgress(out io.Writer, total int64) *progress {
	p := &progress{total: total, began: time.Now()}
	if f, ok := out.(*os.File); ok {
		if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err == nil {
			p.out = out
		}
	}
	return p
}

func (p *progress) phase(what string) { p.what, p.read, p.began = what, 0, time.Now() }

func (p *progress) records(n int) { p.number = n }

// count counts what is read.
func (p *progress) count(r io.Reader) io.Reader { return &counted{r, p} }

type counted struct {
	io.Reader
	p *progress
}

// Read implements io.Reader.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.p.read += int64(n)
	c.p.paint()
	return n, err
}

const (
	barWidth  = 30
	barPeriod = 200 * time.Millisecond
)

func (p *progress) paint() {
	if p.out == nil || time.Since(p.painted) < barPeriod {
		return
	}
	p.painted = time.Now()
	share := 1.0
	if p.total > 0 {
		share = min(float64(p.read)/float64(p.total), 1)
	}
	full := int(share * barWidth)
	rate := float64(p.read) / time.Since(p.began).Seconds() / 1e6
	fmt.Fprintf(p.out, "\r%-9s [%s%s] %3.0f %%  %.0f MB/s  %d records\x1b[K", p.what, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), 100*share, rate, p.number)
}

// clear removes the bar, so that something else can be printed.
func (p *progress) clear() {
	if p.out != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

func (p *progress) end() { p.clear() }
