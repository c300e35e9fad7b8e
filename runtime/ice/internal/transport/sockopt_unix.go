//go:build unix

package transport

import (
	"net"
	"syscall"
)

func setSocketOption(fd uintptr, option, value int) error {
	return syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, option, value)
}

// bufferSizes asks for the sizes of a TCP connection's buffers.
func bufferSizes(conn net.Conn) (rcv, snd int) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return 0, 0
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0, 0
	}
	_ = raw.Control(func(fd uintptr) {
		rcv, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF)
		snd, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF)
	})
	return rcv, snd
}
