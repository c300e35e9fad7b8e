// Gotest runs go test and prints go test's own closing line for each package,
// the output of what failed, and every skipped test with its reason, which go
// test keeps to itself.
//
//	go run ./.ci/gotest [-forbid-skips] [go test's arguments and packages]
//
// Exit status: that of go test; 1 also if a test was skipped and -forbid-skips
// is given.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sort"
	"strings"
	"syscall"
)

// event is one line of go test -json; see go doc test2json.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

func main() {
	args := os.Args[1:]
	forbidSkips := len(args) > 0 && args[0] == "-forbid-skips"
	if forbidSkips {
		args = args[1:]
	}
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	go func() {
		for s := range interrupts {
			_ = cmd.Process.Signal(s)
		}
	}()
	r := &report{w: os.Stdout, output: map[string][]string{}, failing: map[string]bool{}}
	r.read(stdout)
	err = cmd.Wait()
	r.summary(forbidSkips)
	switch {
	case err != nil:
		os.Exit(max(cmd.ProcessState.ExitCode(), 1))
	case forbidSkips && len(r.skipped) > 0:
		os.Exit(1)
	}
}

// report turns the events into what people want to see.
type report struct {
	w       io.Writer
	output  map[string][]string // by package and test, until it passed
	skipped []string
	passed  int
	failed  int
	broken  int // packages that failed without a failed test: did not build, or died
	failing map[string]bool
}

func (r *report) read(events io.Reader) {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) == nil && e.Action != "" {
				r.add(e)
			} else {
				_, _ = fmt.Fprint(r.w, line) // not test2json's: a build failure of old
			}
		}
		if err != nil {
			return
		}
	}
}

func (r *report) add(e event) {
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "build-output":
		_, _ = fmt.Fprint(r.w, e.Output)
	case "output":
		if e.Test != "" {
			r.output[key] = append(r.output[key], e.Output)
		} else if !r.noise(e.Output) {
			_, _ = fmt.Fprint(r.w, e.Output)
		}
	case "pass":
		if e.Test != "" {
			r.passed++
		}
		delete(r.output, key)
	case "fail":
		if e.Test != "" {
			r.failed++
			r.failing[e.Package] = true
			_, _ = fmt.Fprint(r.w, strings.Join(r.output[key], ""))
			delete(r.output, key)
			return
		}
		if !r.failing[e.Package] {
			r.broken++
		}
		// A process that died in the middle leaves its tests without a verdict.
		for _, key := range unfinished(r.output, e.Package) {
			_, _ = fmt.Fprint(r.w, strings.Join(r.output[key], ""))
			delete(r.output, key)
		}
	case "skip":
		if e.Test != "" {
			r.skipped = append(r.skipped, e.Package+" "+e.Test+reason(r.output[key]))
		}
		delete(r.output, key)
	}
}

// noise reports whether go test prints a line in its verbose form only.
func (r *report) noise(line string) bool {
	return line == "PASS\n" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "testing: warning: no tests to run")
}

func unfinished(output map[string][]string, pkg string) []string {
	var keys []string
	for key := range output {
		if strings.HasPrefix(key, pkg+"\x00") {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	return keys
}

// reason is what the skipped test said.
func reason(output []string) string {
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			return ": " + line
		}
	}
	return ""
}

func (r *report) summary(forbidden bool) {
	_, _ = fmt.Fprintf(r.w, "\n%d tests passed, %d failed, %d skipped", r.passed, r.failed, len(r.skipped))
	if r.broken > 0 {
		_, _ = fmt.Fprintf(r.w, "; %d packages did not build or died", r.broken)
	}
	_, _ = fmt.Fprintln(r.w)
	if len(r.skipped) == 0 {
		return
	}
	if forbidden {
		_, _ = fmt.Fprintln(r.w, "FAIL: these tests were skipped, and this run forbids that:")
	} else {
		_, _ = fmt.Fprintln(r.w, "NOT TESTED: these tests were skipped:")
	}
	for _, s := range r.skipped {
		_, _ = fmt.Fprintln(r.w, "  "+s)
	}
}
