package locate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// datagramSize is the answer that fits a datagram everywhere (DNS flag day 2020); larger ones come by TCP.
const datagramSize = 1232

// exchange asks the DNS servers in turn, each twice, and follows aliases.
func (r *Resolver) exchange(ctx context.Context, q question) (a answer, life time.Duration, err error) {
	life = longest
	name := q.name
	for range maxAliases {
		reply, err := r.reply(ctx, name, q.kind)
		if err != nil {
			return answer{}, unanswered, err
		}
		life = min(life, reply.life)
		switch {
		case reply.alias == "":
			if reply.empty() {
				return answer{}, life, ErrNotFound
			}
			return reply.answer, life, nil
		default:
			name = reply.alias
		}
	}
	return answer{}, negative, fmt.Errorf("%w: more than %d aliases in a row", ErrNotFound, maxAliases)
}

func (r *Resolver) reply(ctx context.Context, name string, kind recordKind) (reply, error) {
	servers := r.config.Servers
	if len(servers) == 0 {
		servers = systemServers()
	}
	packed, id, err := pack(name, kind)
	if err != nil {
		return reply{}, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	err = errors.New("no server is configured")
	for range 2 {
		for _, server := range servers {
			var got reply
			if got, err = r.askServer(ctx, server, packed, id, name, kind); err == nil {
				return got, nil
			}
			if ctx.Err() != nil {
				return reply{}, fmt.Errorf("%w: %w", ErrNoAnswer, ctx.Err())
			}
		}
	}
	return reply{}, fmt.Errorf("%w: %w", ErrNoAnswer, err)
}

func (r *Resolver) askServer(ctx context.Context, server netip.AddrPort, packed []byte, id uint16, name string, kind recordKind) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Wait)
	defer cancel()
	for _, network := range [...]string{"udp", "tcp"} {
		got, err := askOver(ctx, network, server, packed, id, name, kind)
		if !errors.Is(err, errTruncated) {
			return got, err
		}
	}
	return reply{}, errTruncated
}

func askOver(ctx context.Context, network string, server netip.AddrPort, packed []byte, id uint16, name string, kind recordKind) (reply, error) {
	// A socket for each question has a port of the system's choice, which a forger has to guess along with the number.
	c, err := new(net.Dialer).DialContext(ctx, network, server.String())
	if err != nil {
		return reply{}, err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if network == "tcp" {
		packed = append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)
	}
	if _, err := c.Write(packed); err != nil {
		return reply{}, err
	}
	buffer := make([]byte, 64<<10)
	for {
		n, err := receive(c, network, buffer)
		if err != nil {
			return reply{}, err
		}
		got, err := unpack(buffer[:n], id, name, kind)
		if errors.Is(err, errForeign) && network == "udp" {
			continue
		}
		return got, err
	}
}

func receive(c net.Conn, network string, buffer []byte) (int, error) {
	if network == "udp" {
		return c.Read(buffer)
	}
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return 0, err
	}
	return io.ReadFull(c, buffer[:binary.BigEndian.Uint16(length[:])])
}

// pack writes a question.
func pack(name string, kind recordKind) ([]byte, uint16, error) {
	n, err := dnsmessage.NewName(name + ".")
	if err != nil {
		return nil, 0, err
	}
	id := uint16(rand.Uint32())
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: true})
	b.EnableCompression()
	var edns dnsmessage.ResourceHeader
	err = errors.Join(
		b.StartQuestions(),
		b.Question(dnsmessage.Question{Name: n, Type: dnsmessage.Type(kind), Class: dnsmessage.ClassINET}),
		b.StartAdditionals(),
		edns.SetEDNS0(datagramSize, dnsmessage.RCodeSuccess, false),
		b.OPTResource(edns, dnsmessage.OPTResource{}),
	)
	if err != nil {
		return nil, 0, err
	}
	packed, err := b.Finish()
	return packed, id, err
}
