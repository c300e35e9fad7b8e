package peer

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// processAttr has the kernel end a peer whose test process was killed, so that
// nothing is left behind after a timeout.
func processAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

func continueProcess(p *os.Process) { _ = p.Signal(syscall.SIGCONT) }

// freezeProcess stops a process and returns when none of its threads runs any more.
func freezeProcess(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for deadline := time.Now().Add(lineTimeout); ; time.Sleep(time.Millisecond) {
		running, err := runningThreads(p.Pid)
		if err != nil || running == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of its threads still run after %v", running, lineTimeout)
		}
	}
}

// runningThreads is the number of a process's threads that are not stopped.
func runningThreads(pid int) (int, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("process %d is gone: %w", pid, errors.Join(err, os.ErrProcessDone))
	}
	running := 0
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		// The state follows the program's name, which is in parentheses and may have any in it.
		if _, state, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')'):], []byte(" ")); !bytes.HasPrefix(state, []byte("T")) {
			running++
		}
	}
	return running, nil
}
