// Package probe is a user agent that makes real calls and sends real messages through a server over the network, so that a server without
// traffic shows whether it works and how well. Its two ends sign in like any standard endpoint; what an end heard it reports to the
// server as Lync-dialect endpoints do (MS-QoE).
package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"
)

// Account is who an end signs in as.
type Account struct{ Address, Password string }

// Config says what is probed, how often and by whom.
type Config struct {
	Server string         // host:port of a SIP over TLS listener
	Name   string         // that its certificate is valid for
	Roots  *x509.CertPool // that are trusted
	Caller Account
	Callee Account
	// Every is the time between two rounds of a message and a call; 1 minute by default.
	Every time.Duration
	// Talk is the length of a call; 15 seconds by default.
	Talk time.Duration
	Log  *slog.Logger
}

// Probe is the two ends.
type Probe struct {
	cfg Config
	log *slog.Logger
}

// New checks the configuration.
func New(cfg Config) (*Probe, error) {
	if _, _, err := net.SplitHostPort(cfg.Server); err != nil {
		return nil, fmt.Errorf("configure probe: server: %w", err)
	}
	if cfg.Caller.Address == cfg.Callee.Address {
		return nil, errors.New("configure probe: caller and callee must be two users")
	}
	if cfg.Every <= 0 {
		cfg.Every = time.Minute
	}
	if cfg.Talk <= 0 {
		cfg.Talk = 15 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Probe{cfg: cfg, log: cfg.Log.With("comp", "probe")}, nil
}

// Run probes until ctx ends. A round that fails is logged and the next one tried: a probe is there for bad times.
func (p *Probe) Run(ctx context.Context) {
	caller, callee := newAgent(p.cfg, p.cfg.Caller), newAgent(p.cfg, p.cfg.Callee)
	defer caller.stop()
	defer callee.stop()
	for ctx.Err() == nil {
		began := time.Now()
		if err := p.round(ctx, caller, callee); err != nil && ctx.Err() == nil {
			p.log.Warn("probe failed", "err", err, "dur_ms", time.Since(began).Milliseconds())
		}
		select {
		case <-time.After(p.cfg.Every):
		case <-ctx.Done():
		}
	}
	end, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	// The server forgets them anyway when their time is over.
	_ = caller.register(end, 0)
	_ = callee.register(end, 0)
}

// phrases are what the ends write to each other.
var phrases = [...]string{"Can you hear me?", "Testing, one, two, three.", "The line is open.", "Good morning.", "How is the weather over there?"}

// round is one message and one call, each way around in turn.
func (p *Probe) round(ctx context.Context, caller, callee *agent) error {
	for _, a := range []*agent{caller, callee} {
		if err := a.register(ctx, registrationTime); err != nil {
			return fmt.Errorf("sign in %s: %w", a.account.Address, err)
		}
	}
	if rand.IntN(2) == 0 {
		caller, callee = callee, caller
	}
	began := time.Now()
	if err := caller.message(ctx, callee.account.Address, phrases[rand.IntN(len(phrases))]); err != nil {
		return fmt.Errorf("message to %s: %w", callee.account.Address, err)
	}
	p.log.Info("probe message", "user", callee.account.Address, "dur_ms", time.Since(began).Milliseconds())
	began = time.Now()
	call, err := caller.call(ctx, callee.account.Address)
	if err != nil {
		return fmt.Errorf("call to %s: %w", callee.account.Address, err)
	}
	setup := time.Since(began)
	select {
	case <-time.After(p.cfg.Talk):
	case <-call.ended:
	case <-ctx.Done():
	}
	hangUp, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	heard, err := call.hangUp(hangUp)
	if err != nil {
		return fmt.Errorf("end the call to %s: %w", callee.account.Address, err)
	}
	p.log.Info("probe call", "user", callee.account.Address, "dur_ms", setup.Milliseconds(), "packets", heard.Packets, "lost", heard.Lost())
	if heard.Packets == 0 {
		return fmt.Errorf("call to %s: nothing was heard", callee.account.Address)
	}
	return nil
}
