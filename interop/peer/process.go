package peer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Command says how a peer process is started.
type Command struct {
	Path string   // the program, looked up in PATH when it has no slash
	Args []string // without the program's name
	Dir  string   // working directory; empty for the test's own
	Env  []string // KEY=value, added to the environment of the test
	// Ready is what a line on standard output must contain for the peer to be
	// ready; empty for "ready".
	Ready string
	// Timeout bounds the wait for the ready line; 2 minutes if zero.
	Timeout time.Duration
}

// How long a peer is given to end by itself, first after its standard input
// was closed, then after SIGTERM.
const (
	stdinPatience = 500 * time.Millisecond
	termPatience  = 5 * time.Second
	outputKept    = 64 << 10 // bytes of output kept for the log of a failed test
	lineTimeout   = 2 * time.Minute
)

// Process is a running peer. It is ended when its test is over.
type Process struct {
	t     testing.TB
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	done  chan struct{} // closed when the process was waited for

	mu     sync.Mutex
	lines  []string // of standard output, from the start
	more   chan struct{}
	closed bool // standard output is at its end
	output tail
	err    error
}

// Start starts a peer, waits until it says that it is ready and returns it.
// The test fails, with what the peer printed, if the peer does not start, ends
// early, or is not ready in time.
func Start(t testing.TB, command Command) *Process {
	t.Helper()
	cmd := exec.Command(command.Path, command.Args...)
	cmd.Dir = command.Dir
	cmd.Env = append(os.Environ(), command.Env...)
	cmd.SysProcAttr = processAttr()
	// A grandchild that keeps the pipes open must not hold up Wait.
	cmd.WaitDelay = time.Second
	p := &Process{
		t: t, name: filepath.Base(command.Path), cmd: cmd,
		done: make(chan struct{}), more: make(chan struct{}),
	}
	stdout, stdoutWriter := io.Pipe()
	cmd.Stdout = stdoutWriter
	cmd.Stderr = &p.output
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatalf("peer %s: %v", p.name, err)
	}
	p.stdin = stdin
	if err := cmd.Start(); err != nil {
		t.Fatalf("peer %s: cannot start %s: %v", p.name, command.Path, err)
	}
	go p.readLines(stdout)
	go func() {
		p.err = cmd.Wait()
		_ = stdoutWriter.Close()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("peer %s (pid %d, %v) printed:\n%s", p.name, cmd.Process.Pid, p.err, p.Output())
		}
	})
	ready, timeout := command.Ready, command.Timeout
	if ready == "" {
		ready = "ready"
	}
	if timeout == 0 {
		timeout = lineTimeout
	}
	if _, err := p.wait(ready, timeout); err != nil {
		t.Fatalf("peer %s (%s %s) did not get ready: %v",
			p.name, command.Path, strings.Join(command.Args, " "), err)
	}
	return p
}

// readLines keeps what the peer prints; it goes on to the end, so that the
// peer never blocks on a full pipe.
func (p *Process) readLines(r io.Reader) {
	reader := bufio.NewReader(r)
	for {
		line, err := reader.ReadString('\n')
		if line != "" {
			_, _ = p.output.Write([]byte(line))
		}
		p.mu.Lock()
		if line != "" {
			p.lines = append(p.lines, strings.TrimRight(line, "\r\n"))
		}
		if err != nil {
			p.closed = true
		}
		close(p.more)
		p.more = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// wait returns the first line of standard output that contains want.
func (p *Process) wait(want string, timeout time.Duration) (string, error) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	seen := 0
	for {
		p.mu.Lock()
		lines, more, closed := p.lines, p.more, p.closed
		p.mu.Unlock()
		for ; seen < len(lines); seen++ {
			if strings.Contains(lines[seen], want) {
				return lines[seen], nil
			}
		}
		if closed {
			return "", fmt.Errorf("it ended without printing %q", want)
		}
		select {
		case <-more:
		case <-deadline.C:
			return "", fmt.Errorf("it did not print %q in %v", want, timeout)
		}
	}
}

// WaitLine returns the first line of the peer's standard output, from its
// start on, that contains want. The test fails if none comes in 30 seconds.
func (p *Process) WaitLine(want string) string {
	p.t.Helper()
	line, err := p.wait(want, lineTimeout)
	if err != nil {
		p.t.Fatalf("peer %s: %v", p.name, err)
	}
	return line
}

// Lines returns what the peer has printed on its standard output so far.
func (p *Process) Lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}

// Value returns the rest of the first line that starts with key and a blank:
// "40123" for Value("tcp") and the line "tcp 40123". The test fails if there is
// none in 30 seconds.
func (p *Process) Value(key string) string {
	p.t.Helper()
	deadline := time.Now().Add(lineTimeout)
	for {
		for _, line := range p.Lines() {
			if value, ok := strings.CutPrefix(line, key+" "); ok {
				return strings.TrimSpace(value)
			}
		}
		select {
		case <-p.done:
			p.t.Fatalf("peer %s ended without a line %q", p.name, key+" …")
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("peer %s printed no line %q", p.name, key+" …")
		}
	}
}

// Send writes a line to the peer's standard input.
func (p *Process) Send(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, line+"\n"); err != nil {
		p.t.Fatalf("peer %s: cannot write to its standard input: %v", p.name, err)
	}
}

// Output returns the end of what the peer printed, both streams together.
func (p *Process) Output() string { return p.output.String() }

// Pid returns the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Exited is closed once the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.done }

// Signal sends a signal to the peer: SIGSTOP and SIGCONT make a peer that
// hangs and comes back.
func (p *Process) Signal(signal syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatalf("peer %s: signal %v: %v", p.name, signal, err)
	}
}

// Freeze stops the peer, so that it hangs: when Freeze returns, none of its
// threads runs any more. Stop ends a frozen peer too. Linux only.
func (p *Process) Freeze() {
	p.t.Helper()
	if err := freezeProcess(p.cmd.Process); err != nil {
		p.t.Fatalf("peer %s: cannot stop it: %v", p.name, err)
	}
}

// Thaw has a frozen peer go on.
func (p *Process) Thaw() { continueProcess(p.cmd.Process) }

// Kill ends the peer at once, as a crash would, and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Stop ends the peer: closes its standard input, then asks with SIGTERM, then
// kills. It returns when the process is gone, and may be called again.
func (p *Process) Stop() {
	_ = p.stdin.Close()
	if p.ended(stdinPatience) {
		return
	}
	// A stopped process does not see SIGTERM.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	continueProcess(p.cmd.Process)
	if p.ended(termPatience) {
		return
	}
	p.Kill()
}

func (p *Process) ended(patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		return false
	}
}

// tail keeps the last bytes that were written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
	cut  bool
}

func (w *tail) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept = append(w.kept, b...)
	if over := len(w.kept) - outputKept; over > 0 {
		w.kept = append(w.kept[:0], w.kept[over:]...)
		w.cut = true
	}
	return len(b), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return "[…]" + string(w.kept)
	}
	return string(w.kept)
}

// runIn runs a command to its end and returns what it printed. The error has
// the command and its output.
func runIn(dir string, timeout time.Duration, path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = processAttr()
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", path, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}
