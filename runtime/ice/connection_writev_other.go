//go:build unix && !(linux || darwin || openbsd)

package ice

import (
	"net"
	"syscall"
)

// writev writes what it can without the system call of its name, which x/sys does not have here.
func writev(fd int, pieces net.Buffers) (int, error) { return syscall.Write(fd, pieces[0]) }
