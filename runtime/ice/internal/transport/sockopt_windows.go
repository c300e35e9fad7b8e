package transport

import (
	"net"
	"syscall"
)

func setSocketOption(fd uintptr, option, value int) error {
	return syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, option, value)
}

// bufferSizes cannot be asked for through the standard library on Windows.
func bufferSizes(net.Conn) (rcv, snd int) { return 0, 0 }
