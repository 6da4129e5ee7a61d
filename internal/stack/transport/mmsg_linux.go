package transport

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"parley/internal/stack/sockaddr"
)

// udpBatch is how many datagrams one system call moves.
const udpBatch = 32

// inbox receives a batch of datagrams into buffers of its own.
type inbox struct {
	heads [udpBatch]sockaddr.Header
	iovs  [udpBatch]unix.Iovec
	names [udpBatch]sockaddr.Raw
	bufs  [udpBatch][]byte
}

func newInbox() *inbox {
	in := new(inbox)
	for i := range in.heads {
		in.bufs[i] = make([]byte, maxDatagram)
		in.iovs[i].Base = &in.bufs[i][0]
		in.iovs[i].SetLen(maxDatagram)
		in.heads[i].Hdr.Name = &in.names[i][0]
		in.heads[i].Hdr.Iov = &in.iovs[i]
		in.heads[i].Hdr.SetIovlen(1)
	}
	return in
}

// read takes what has arrived, up to a batch. The raw call does not tell the scheduler: it cannot block.
func (in *inbox) read(fd int) (int, error) {
	for i := range in.heads {
		in.heads[i].Hdr.Namelen = unix.SizeofSockaddrInet6
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&in.heads[0])), udpBatch, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// datagram gives one of the last batch. It is good until the next read.
func (in *inbox) datagram(i int) (from *sockaddr.Raw, data []byte) {
	in.names[i].Tidy()
	return &in.names[i], in.bufs[i][:in.heads[i].N]
}

// emptied says whether the last read left nothing to read.
func (in *inbox) emptied(n int) bool { return n < udpBatch }

// outbox sends batches of datagrams.
type outbox struct {
	heads [udpBatch]sockaddr.Header
	iovs  [udpBatch]unix.Iovec
}

// fullWait is how long a send waits for room in the system's buffer; then the datagram is lost, as on any full link.
const fullWait = 20 * time.Millisecond

// send sends the first datagrams of a queue with one call and says how many left. The error is that of the one after them.
func (o *outbox) send(fd int, queue []datagram) (int, error) {
	n := min(len(queue), udpBatch)
	for i := range n {
		d := &queue[i]
		h := &o.heads[i].Hdr
		h.Name, h.Namelen = &d.to.to[0], d.to.to.Size()
		o.iovs[i].Base = unsafe.SliceData(d.raw)
		o.iovs[i].SetLen(len(d.raw))
		h.Iov = &o.iovs[i]
		h.SetIovlen(1)
	}
	defer func() {
		for i := range n {
			o.heads[i].Hdr.Name, o.iovs[i].Base = nil, nil
		}
	}()
	for waited := false; ; {
		sent, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&o.heads[0])), uintptr(n), unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == 0:
			return int(sent), nil
		case errno == unix.EINTR:
		case errno == unix.EAGAIN && !waited:
			waited = true
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, int(fullWait/time.Millisecond))
		default:
			return 0, errno
		}
	}
}
