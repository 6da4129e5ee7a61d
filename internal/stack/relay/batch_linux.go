package relay

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"parley/internal/stack/sockaddr"
)

// Sizes of batches.
const (
	batch = 64
	// bufferSize holds an Ethernet frame's datagram and the bytes that encryption adds.
	bufferSize = 2048
	// receiveSize leaves room behind a packet for a longer tag than it came with.
	receiveSize = bufferSize - 64
	// controlWords holds the control message with a datagram's time of arrival, in aligned words.
	controlWords = 6
	// longestWait is how long a datagram may be thought to have waited in its socket; more is a step of the wall's clock.
	longestWait = 5 * time.Second
)

// inbox receives a batch of datagrams into buffers of its own.
type inbox struct {
	msgs  [batch]sockaddr.Header
	iovs  [batch]unix.Iovec
	names [batch]sockaddr.Raw
	times [batch][controlWords]uint64
	bufs  [batch][bufferSize]byte
}

func newInbox() *inbox {
	in := new(inbox)
	for i := range in.msgs {
		in.iovs[i].Base = &in.bufs[i][0]
		in.iovs[i].SetLen(receiveSize)
		in.msgs[i].Hdr.Name = &in.names[i][0]
		in.msgs[i].Hdr.Iov = &in.iovs[i]
		in.msgs[i].Hdr.SetIovlen(1)
		in.msgs[i].Hdr.Control = (*byte)(unsafe.Pointer(&in.times[i]))
	}
	return in
}

// read takes what has arrived on a non-blocking socket, up to a batch. The raw call does not tell the scheduler: it
// cannot block, and the notice costs more than the call's share of a packet.
func (in *inbox) read(fd int) int {
	for i := range in.msgs {
		in.msgs[i].Hdr.Namelen = unix.SizeofSockaddrInet6
		in.msgs[i].Hdr.SetControllen(int(unsafe.Sizeof(in.times[i])))
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&in.msgs[0])), batch, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(n)
		case unix.EINTR:
			continue
		}
		return 0
	}
}

// packet gives datagram i, with spare capacity for tags. Longer ones than any media packet come out as nothing.
func (in *inbox) packet(i int) []byte {
	if in.msgs[i].Hdr.Flags&unix.MSG_TRUNC != 0 {
		return nil
	}
	in.names[i].Clean()
	return in.bufs[i][:in.msgs[i].N:bufferSize]
}

// waited tells how long before a moment of the wall's clock, in nanoseconds, datagram i arrived by the kernel's own account; less than
// nothing when it came after that moment. 0 when the kernel does not say.
func (in *inbox) waited(i int, wall int64) time.Duration {
	h := (*unix.Cmsghdr)(unsafe.Pointer(&in.times[i]))
	if in.msgs[i].Hdr.Controllen < unix.SizeofCmsghdr || h.Level != unix.SOL_SOCKET || h.Type != unix.SO_TIMESTAMPNS {
		return 0
	}
	at := (*unix.Timespec)(unsafe.Pointer(&in.times[i][unix.SizeofCmsghdr/8])).Nano()
	d := time.Duration(wall - at)
	if d > longestWait || d < -longestWait {
		return 0
	}
	return d
}

// outbox collects datagrams of one socket and sends them in one call. It refers to the packets' bytes until flush.
type outbox struct {
	msgs  [batch]sockaddr.Header
	iovs  [batch]unix.Iovec
	names [batch]sockaddr.Raw
	n     int
	fd    int
}

func newOutbox() *outbox {
	out := new(outbox)
	for i := range out.msgs {
		out.msgs[i].Hdr.Name = &out.names[i][0]
		out.msgs[i].Hdr.Iov = &out.iovs[i]
		out.msgs[i].Hdr.SetIovlen(1)
	}
	return out
}

func (o *outbox) add(fd int, to *sockaddr.Raw, b []byte) {
	if o.n == batch || o.n > 0 && o.fd != fd {
		o.flush()
	}
	o.fd = fd
	o.names[o.n] = *to
	o.msgs[o.n].Hdr.Namelen = to.Size()
	o.iovs[o.n].Base = &b[0]
	o.iovs[o.n].SetLen(len(b))
	o.n++
}

// flush sends. A datagram that the kernel refuses (buffer full, host unreachable) is lost, as the network may.
func (o *outbox) flush() {
	if o.n == 1 {
		// The most frequent case by far has a call that costs less.
		sendNow(o.fd, &o.names[0], unsafe.Slice(o.iovs[0].Base, o.iovs[0].Len))
		o.iovs[0].Base = nil
		o.n = 0
		return
	}
	for sent := 0; sent < o.n; {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(o.fd), uintptr(unsafe.Pointer(&o.msgs[sent])), uintptr(o.n-sent), unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == unix.EINTR:
		case errno != 0 || n == 0:
			sent++
		default:
			sent += int(n)
		}
	}
	for i := range o.n {
		o.iovs[i].Base = nil
	}
	o.n = 0
}

// sendNow sends one datagram that is not part of a batch.
func sendNow(fd int, to *sockaddr.Raw, b []byte) {
	if len(b) == 0 || !to.Set() {
		return
	}
	for {
		_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
			unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&to[0])), uintptr(to.Size()))
		if errno != unix.EINTR {
			return
		}
	}
}
