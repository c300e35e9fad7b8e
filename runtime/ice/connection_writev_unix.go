//go:build linux || darwin || openbsd

package ice

import (
	"net"

	"golang.org/x/sys/unix"
)

func writev(fd int, pieces net.Buffers) (int, error) { return unix.Writev(fd, pieces) }
