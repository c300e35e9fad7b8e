//go:build unix

package ice

import (
	"net"
	"syscall"
)

// tcpWriter writes to a TCP socket what it takes without waiting.
type tcpWriter struct {
	raw syscall.RawConn
	fn  func(fd uintptr) bool
	b   []byte
	n   int
	err error

	pieces net.Buffers // of a message that is not in one piece, if b is nil
}

// rawTCP gives the socket of a TCP connection, nil for any other.
func rawTCP(conn net.Conn) syscall.RawConn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

func newTryWriter(conn net.Conn) tryWriter {
	raw := rawTCP(conn)
	if raw == nil {
		return nil
	}
	t := &tcpWriter{raw: raw}
	t.fn = t.once // one closure for all writes, so that a write allocates nothing
	return t
}

// write writes as much of b as the socket takes. One goroutine at a time may call it.
func (t *tcpWriter) write(b []byte) (int, error) {
	t.b = b
	return t.do()
}

// writeFrame writes as much of a message as the socket takes.
func (t *tcpWriter) writeFrame(f *frame) (int, error) {
	if f.lent == nil {
		return t.write(f.b)
	}
	t.pieces = f.appendTo(t.pieces[:0])
	defer clear(t.pieces)
	return t.do()
}

func (t *tcpWriter) do() (int, error) {
	t.n, t.err = 0, nil
	err := t.raw.Write(t.fn)
	t.b = nil
	if err == nil {
		err = t.err
	}
	if err != nil && isTimeout(err) {
		err = nil // what is lent is recalled, which is no business of who does not wait for the socket
	}
	return t.n, err
}

func (t *tcpWriter) once(fd uintptr) bool {
	for {
		n, err := t.some(int(fd))
		switch err {
		case nil:
			t.n = n
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
		default:
			t.err = err
		}
		return true
	}
}

func (t *tcpWriter) some(fd int) (int, error) {
	if t.b != nil {
		return syscall.Write(fd, t.b)
	}
	return writev(fd, t.pieces)
}
