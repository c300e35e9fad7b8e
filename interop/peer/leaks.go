package peer

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// leakPatience is how long goroutines and descriptors may take to go away
// after a test; a clean test does not wait at all.
const leakPatience = 20 * time.Second

// CheckLeaks fails the test if, at its end, goroutines or file descriptors are
// left that were not there when CheckLeaks was called. Call it first, so that
// it looks after every other cleanup, and not in parallel tests: it cannot
// tell whose a goroutine is.
func CheckLeaks(t testing.TB) {
	t.Helper()
	goroutinesBefore, descriptorsBefore := goroutines(), descriptors()
	t.Cleanup(func() {
		if t.Failed() {
			return // what a failed test leaves behind is not the news
		}
		var left []string
		for deadline := time.Now().Add(leakPatience); ; time.Sleep(5 * time.Millisecond) {
			left = append(newer(goroutinesBefore, goroutines()), newer(descriptorsBefore, descriptors())...)
			if len(left) == 0 {
				return
			}
			if time.Now().After(deadline) {
				break
			}
			// Idle descriptors that only wait for their finalizer are not ours
			// to forgive, but a closed connection's goroutine needs the processor.
			runtime.Gosched()
		}
		t.Errorf("%d goroutines or file descriptors are left after the test:\n\n%s",
			len(left), strings.Join(left, "\n\n"))
	})
}

func newer(before, after map[string]string) []string {
	var left []string
	for key, what := range after {
		if _, old := before[key]; !old {
			left = append(left, what)
		}
	}
	return left
}

// goroutines returns the stack of every goroutine by its number, without those
// that belong to the Go runtime and to package testing.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	found := map[string]string{}
	for i, stack := range strings.Split(string(buf), "\n\n") {
		header, _, _ := strings.Cut(stack, " [")
		if i == 0 || ignoredGoroutine(stack) { // the first is the caller
			continue
		}
		found[header] = stack
	}
	return found
}

func ignoredGoroutine(stack string) bool {
	for _, known := range []string{
		"testing.(*T).Run(", "testing.(*M).", "testing.runFuzz", "testing.tRunner.func", "os/signal.loop", "os/signal.signal_recv",
		"runtime.ensureSigM", "runtime/pprof.", "created by testing.(*T).Run",
	} {
		if strings.Contains(stack, known) {
			return true
		}
	}
	return false
}

// descriptors returns what every open file descriptor of the process is, by
// number and target; empty where there is no /proc.
func descriptors() map[string]string {
	const dir = "/proc/self/fd"
	found := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return found
	}
	for _, entry := range entries {
		target, err := os.Readlink(filepath.Join(dir, entry.Name()))
		// The first use of the network opens the poller for good, and os.ReadDir
		// sees its own descriptor.
		if err != nil || strings.HasPrefix(target, "anon_inode:") || strings.HasPrefix(target, "/proc/") ||
			strings.HasPrefix(target, "/dev/") {
			continue
		}
		what := fmt.Sprintf("file descriptor %s: %s", entry.Name(), target)
		found[what] = what
	}
	return found
}
