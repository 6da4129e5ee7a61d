package app

import (
	"context"
	"fmt"
	"net"

	"parley/internal/config"
	"parley/internal/event"
	"parley/internal/frontend"
	"parley/internal/frontend/registrar"
	"parley/internal/stack/locate"
	"parley/internal/stack/transaction"
	"parley/internal/stack/transport"
)

func (s *server) openRegistrar(context.Context) error {
	s.registrar = registrar.New(registrar.Config{Events: &s.bus, Log: s.log.With("comp", "registrar")})
	s.onStop(func() error { s.registrar.Stop(); return nil })
	return nil
}

// openSignalling makes the SIP stack that services send by. It has no listeners yet: a client that reaches the server shall
// find it whole.
func (s *server) openSignalling(context.Context) error {
	names := locate.New(locate.Config{Servers: s.cfg.DNS.Addresses(), Log: s.log.With("comp", "dns")})
	s.layer = transaction.New(transaction.Config{Locator: names, Log: s.log.With("comp", "transaction")})
	network := transport.Config{Receiver: s.layer, Log: s.log.With("comp", "transport"), TLS: s.certs.config(), Tap: s.tap()}
	if len(s.cfg.Media.Address) > 0 {
		network.Advertise = s.cfg.Media.Address[0]
	}
	s.transport = transport.New(network)
	s.layer.Attach(s.transport)
	s.onStop(func() error {
		s.transport.Stop()
		s.layer.Stop()
		return nil
	})
	return nil
}

// openFrontend puts the services behind the SIP stack.
func (s *server) openFrontend(context.Context) error {
	s.frontend = frontend.New(frontend.Config{
		Host: s.cfg.Name, Domains: s.cfg.Domains, Layer: s.layer, Auth: s.identity, Location: s.registrar,
		Services: s.services(), ProxyCalls: s.cfg.Media.Relay == "between-dialects",
		Exists: s.identity.exists, Log: s.log.With("comp", "frontend"),
	})
	s.layer.SetHandler(s.frontend)
	s.layer.SetGuard(s.frontend)
	return nil
}

// tap tells the event spine what is on the wire, when somebody there wants to know.
func (s *server) tap() transport.Tap {
	return func(f transport.Flow, raw []byte, sent bool) {
		if !s.bus.Wants(event.KindSIPMessage) {
			return
		}
		direction := event.In
		if sent {
			direction = event.Out
		}
		s.bus.Publish(event.SIPMessage{Direction: direction, Flow: f.ID(), Proto: f.Proto().String(), Local: f.Local(), Remote: f.Remote(), Raw: raw})
	}
}

// openListeners opens the SIP listeners of the configuration.
func (s *server) openListeners(context.Context) error {
	for _, l := range sipListeners(s.cfg.Listen) {
		for _, addr := range l.addrs {
			opened, err := s.transport.Listen(l.proto, addr)
			if err != nil {
				return fmt.Errorf("listen.%s: %w", l.key, err)
			}
			s.ready.add(l.key, net.TCPAddrFromAddrPort(opened.Addr))
		}
	}
	return nil
}

func sipListeners(c config.Listen) []struct {
	key   string
	proto transport.Proto
	addrs []string
} {
	return []struct {
		key   string
		proto transport.Proto
		addrs []string
	}{
		{"sip-udp", transport.UDP, c.SIPUDP},
		{"sip-tcp", transport.TCP, c.SIPTCP},
		{"sip-tls", transport.TLS, c.SIPTLS},
		{"sip-ws", transport.WS, c.SIPWS},
		{"sip-wss", transport.WSS, c.SIPWSS},
	}
}
