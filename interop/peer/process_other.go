//go:build !linux

package peer

import (
	"errors"
	"os"
	"syscall"
)

func processAttr() *syscall.SysProcAttr { return nil }

func continueProcess(*os.Process) {}

func freezeProcess(*os.Process) error { return errors.ErrUnsupported }
