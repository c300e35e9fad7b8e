package peer

import (
	"os"
	"syscall"
)

// processAttr has the kernel end a peer whose test process was killed, so that
// nothing is left behind after a timeout.
func processAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

func continueProcess(p *os.Process) { _ = p.Signal(syscall.SIGCONT) }
