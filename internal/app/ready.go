package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
)

// readyLine is what is printed once every listener is up.
type readyLine struct {
	names   []string // in the order of their opening
	address map[string]string
}

// add notes a listener under its configuration key; the second one of a key gets "-2".
func (r *readyLine) add(key string, addr net.Addr) {
	if r.address == nil {
		r.address = map[string]string{}
	}
	name := key
	for n := 2; r.address[name] != ""; n++ {
		name = fmt.Sprintf("%s-%d", key, n)
	}
	r.names = append(r.names, name)
	r.address[name] = addr.String()
}

// write prints {"ready":{"<listener>":"host:port",...}} and a line end.
func (r *readyLine) write(out io.Writer) error {
	listeners := r.address
	if listeners == nil {
		listeners = map[string]string{}
	}
	line, err := json.Marshal(map[string]map[string]string{"ready": listeners})
	if err != nil {
		return fmt.Errorf("write ready line: %w", err)
	}
	if _, err := out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write ready line: %w", err)
	}
	return nil
}

// String is for the log.
func (r *readyLine) String() string {
	parts := make([]string, len(r.names))
	for i, name := range r.names {
		parts[i] = name + "=" + r.address[name]
	}
	return strings.Join(parts, " ")
}
