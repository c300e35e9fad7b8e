//go:build unix

package ice

import (
	"net"
	"syscall"
)

// tryWriter writes to a TCP socket what it takes without waiting.
type tryWriter struct {
	raw syscall.RawConn
	fn  func(fd uintptr) bool
	b   []byte
	n   int
	err error
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

func newTryWriter(conn net.Conn) *tryWriter {
	raw := rawTCP(conn)
	if raw == nil {
		return nil
	}
	t := &tryWriter{raw: raw}
	t.fn = t.once // one closure for all writes, so that a write allocates nothing
	return t
}

// write writes as much of b as the socket takes. One goroutine at a time may call it.
func (t *tryWriter) write(b []byte) (int, error) {
	t.b, t.n, t.err = b, 0, nil
	err := t.raw.Write(t.fn)
	t.b = nil
	if err == nil {
		err = t.err
	}
	return t.n, err
}

func (t *tryWriter) once(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), t.b)
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
