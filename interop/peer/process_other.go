//go:build !linux

package peer

import (
	"os"
	"syscall"
)

func processAttr() *syscall.SysProcAttr { return nil }

func continueProcess(*os.Process) {}
