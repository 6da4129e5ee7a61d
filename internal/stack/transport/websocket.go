package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/coder/websocket"

	"parley/internal/wire/sip"
)

// wsStream carries one SIP message in each WebSocket message (RFC 7118 section 5).
type wsStream struct {
	ws   *websocket.Conn
	ctx  context.Context
	stop context.CancelFunc
}

func (m *Manager) listenWebSocket(proto Proto, addr string) (*Listener, error) {
	if proto == WSS && m.config.TLS == nil {
		return nil, errors.New("no certificate is configured")
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		Handler:           m.WebSocketHandler(proto, addrPort(ln.Addr())),
		ReadHeaderTimeout: m.limits.MessageTime,
		TLSConfig:         m.config.TLS,
	}
	m.work.Add(1)
	go func() {
		defer m.work.Done()
		if proto == WSS {
			server.ServeTLS(ln, "", "")
		} else {
			server.Serve(ln)
		}
	}()
	return &Listener{Proto: proto, Addr: addrPort(ln.Addr()), close: server.Close}, nil
}

// WebSocketHandler serves SIP over WebSocket to whoever asks for the subprotocol "sip".
func (m *Manager) WebSocketHandler(proto Proto, local netip.AddrPort) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := m.newConn(proto)
		c.local = local
		remote, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			http.Error(w, "unreadable peer address", http.StatusBadRequest)
			return
		}
		c.remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"sip"}, InsecureSkipVerify: true})
		if err != nil {
			m.log.Info("WebSocket handshake failed", "peer", r.RemoteAddr, "error", err)
			return
		}
		if ws.Subprotocol() != "sip" {
			ws.Close(websocket.StatusPolicyViolation, "ask for the subprotocol sip")
			return
		}
		if err := m.admit(c); err != nil {
			m.Stats.Refused.Add(1)
			m.log.Warn("refused a connection", "transport", proto.String(), "peer", c.remote.String(), "error", err)
			ws.Close(websocket.StatusTryAgainLater, "too many connections")
			return
		}
		ws.SetReadLimit(sip.MaxMessage)
		ctx, stop := context.WithCancel(m.ctx)
		c.serve(&wsStream{ws: ws, ctx: ctx, stop: stop})
	})
}

func (s *wsStream) writeAll(messages [][]byte, deadline time.Time) error {
	ctx, cancel := context.WithDeadline(s.ctx, deadline)
	defer cancel()
	for _, m := range messages {
		if err := s.ws.Write(ctx, websocket.MessageText, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *wsStream) read(c *conn) error {
	for {
		ctx, cancel := context.WithTimeout(s.ctx, c.manager.limits.IdleTime)
		_, data, err := s.ws.Read(ctx)
		cancel()
		if err != nil {
			return err
		}
		if string(data) == "\r\n\r\n" { // RFC 7118 section 6 keeps the ping of RFC 5626
			c.Send([]byte("\r\n"))
			continue
		}
		c.deliver(data)
	}
}

func (s *wsStream) Close() error {
	s.stop()
	return s.ws.CloseNow()
}
