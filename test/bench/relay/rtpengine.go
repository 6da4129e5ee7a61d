package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"time"
)

const rtpengineControl = "127.0.0.1:42922"

// rtpengine is Debian's, without its kernel module, controlled by its NG protocol.
type rtpengine struct{ process }

func (r *rtpengine) start(ctx context.Context, l *load) error {
	err := r.launch(ctx, "rtpengine", "--foreground", "--log-stderr", "--log-level=3", "--table=-1", "--interface=127.0.0.1",
		"--listen-ng="+rtpengineControl, "--port-min=45000", "--port-max=47999", fmt.Sprintf("--pidfile=%s/rtpengine-bench.pid", os.TempDir()))
	if err != nil {
		return err
	}
	conn, err := net.Dial("udp", rtpengineControl)
	if err != nil {
		return fmt.Errorf("dial rtpengine: %w", err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for i := 0; i+1 < len(l.sides); i += 2 {
		call := fmt.Sprintf("bench-%d", i)
		// The offer's answer holds the port that the second side sends to, and the other way round.
		if err := retry(ctx, func() error {
			port, err := r.command(conn, "offer", call, l.sides[i].port)
			l.aim(i+1, port)
			return err
		}); err != nil {
			return err
		}
		port, err := r.command(conn, "answer", call, l.sides[i+1].port)
		if err != nil {
			return err
		}
		l.aim(i, port)
	}
	return nil
}

var mediaPort = regexp.MustCompile(`m=audio (\d+) `)

func (r *rtpengine) command(conn net.Conn, name, call string, port uint16) (uint16, error) {
	sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n", port)
	s := func(v string) string { return strconv.Itoa(len(v)) + ":" + v }
	req := "d" + s("call-id") + s(call) + s("command") + s(name) + s("from-tag") + s("a") + s("sdp") + s(sdp)
	if name == "answer" {
		req += s("to-tag") + s("b")
	}
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return 0, err
	}
	if _, err := fmt.Fprintf(conn, "%s_%s %se", call, name, req); err != nil {
		return 0, fmt.Errorf("ask rtpengine: %w", err)
	}
	buf := make([]byte, 8192)
	n, err := conn.Read(buf)
	if err != nil {
		return 0, fmt.Errorf("ask rtpengine: %w", err)
	}
	m := mediaPort.FindSubmatch(buf[:n])
	if m == nil {
		return 0, fmt.Errorf("rtpengine answers %q", buf[:n])
	}
	p, err := strconv.ParseUint(string(m[1]), 10, 16)
	return uint16(p), err
}
