package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"

	"golang.org/x/sys/unix"

	"parley/internal/stack/relay"
)

// parley is our relay in a process of its own.
type parley struct {
	cmd *exec.Cmd
	in  io.WriteCloser
}

func (p *parley) start(ctx context.Context, l *load) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find own program: %w", err)
	}
	p.cmd = exec.CommandContext(ctx, self, "-child")
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start relay: %w", err)
	}
	var ports []uint16
	for _, s := range l.sides {
		ports = append(ports, s.port)
	}
	if err := json.NewEncoder(p.in).Encode(ports); err != nil {
		return fmt.Errorf("tell relay the ports: %w", err)
	}
	if err := json.NewDecoder(out).Decode(&ports); err != nil {
		return fmt.Errorf("read relay's ports: %w", err)
	}
	for i, port := range ports {
		l.aim(i, port)
	}
	return nil
}

func (p *parley) pid() int { return p.cmd.Process.Pid }

func (p *parley) stop() {
	if p.cmd != nil && p.cmd.Process != nil {
		p.in.Close()
		_ = p.cmd.Wait()
	}
}

// serve is the child: it reads the ports of all sides, answers with those of its legs, and relays until in ends.
func serve(in io.Reader, out io.Writer) error {
	var ports []uint16
	if err := json.NewDecoder(in).Decode(&ports); err != nil {
		return fmt.Errorf("read ports: %w", err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), unix.SIGTERM)
	defer cancel()
	r, err := relay.New(relay.Config{
		Addresses: []relay.Address{{Bind: loopback}}, Ports: [2]uint16{42000, 44999}, Log: slog.New(slog.DiscardHandler), Report: func(relay.Report) {},
	})
	if err != nil {
		return err
	}
	var legs []uint16
	for i := 0; i+1 < len(ports); i += 2 {
		st, err := r.NewSession(fmt.Sprint(i)).AddStream(relay.Audio)
		if err != nil {
			return err
		}
		var pair [2]*relay.Leg
		for j := range pair {
			if pair[j], err = st.AddLeg(fmt.Sprint(j), relay.LegOptions{}); err != nil {
				return err
			}
			if err := pair[j].SetRemote(relay.Remote{
				RTP: netip.AddrPortFrom(loopback, ports[i+j]), Mux: true, Codecs: []relay.Codec{{PT: 0, Name: "PCMU", Rate: 8000}},
			}); err != nil {
				return err
			}
			legs = append(legs, pair[j].Local().RTP)
		}
		st.Bridge(pair[0], pair[1])
	}
	if err := json.NewEncoder(out).Encode(legs); err != nil {
		return fmt.Errorf("tell ports: %w", err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	return r.Run(ctx)
}
