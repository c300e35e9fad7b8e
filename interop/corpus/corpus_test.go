package corpus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

var update = flag.Bool("update", false, "record what slice2cpp says now")

const dir = "../../testdata/corpus"

// TestRecordIsWhatSlice2cppSays asks slice2cpp about every file of the corpus.
func TestRecordIsWhatSlice2cppSays(t *testing.T) {
	peer.Require(t, "slice2cpp", "ice-slice")
	files, err := Files(dir)
	require.NoError(t, err)
	require.Greater(t, len(files), 500, "the corpus is not where this test looks for it")
	verdicts := judgeAll(t, files)
	if *update {
		record(t, verdicts)
	}
	recorded, err := Verdicts(dir)
	require.NoError(t, err)
	for _, v := range verdicts {
		assert.Equal(t, recorded[v.File], v, "go test ./interop/corpus -update records anew")
		delete(recorded, v.File)
	}
	assert.Empty(t, recorded, "verdicts on files that are not there")
}

// TestNamesTellTheVerdict holds the names of the files against the record, so
// that nobody looks for a mistake in a file called right.
func TestNamesTellTheVerdict(t *testing.T) {
	recorded, err := Verdicts(dir)
	require.NoError(t, err)
	for file, v := range recorded {
		folder, name, _ := strings.Cut(file, "/")
		switch {
		case folder == "extensions":
			assert.False(t, v.Accept, "%s: slice2cpp accepts it, so it is no extension", file)
		case folder == "stricter":
			assert.True(t, v.Accept, "%s: slice2cpp refuses it, so we are not stricter", file)
		case strings.HasPrefix(name, "right"):
			assert.True(t, v.Accept && len(v.Warnings) == 0, file)
		case strings.HasPrefix(name, "warn"):
			assert.True(t, v.Accept, file) // what it warns of may be in an included file
		case strings.HasPrefix(name, "wrong"):
			assert.False(t, v.Accept, file)
		case strings.HasPrefix(name, "twice"):
			assert.False(t, v.Accept && len(v.Warnings) == 0, file)
		default:
			assert.Fail(t, "a name that does not tell the verdict", file)
		}
	}
}

func judgeAll(t *testing.T, files []string) []Verdict {
	verdicts := make([]Verdict, len(files))
	problems := make([]error, len(files))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		out := t.TempDir()
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				verdicts[i], problems[i] = judge(files[i], out)
			}
		}()
	}
	for i := range files {
		next <- i
	}
	close(next)
	wg.Wait()
	require.NoError(t, errors.Join(problems...))
	return verdicts
}

// A message about the file itself: "wrong.ice:7: error: …". Those that quote
// the line or list the includes are indented.
var message = regexp.MustCompile(`^(.*?):(\d+): (.*)$`)

// judge asks slice2cpp about one file.
func judge(file, out string) (Verdict, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Verdict{}, err
	}
	cmd := exec.CommandContext(ctx, "slice2cpp",
		"-I"+filepath.Join(abs, IncludeDir), "-I"+peer.SliceDir, "--output-dir", out, filepath.FromSlash(file))
	cmd.Dir = abs
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	v := Verdict{File: file, Accept: true}
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || !exit.Exited() {
			return v, fmt.Errorf("slice2cpp %s: %w\n%s", file, err, output.String())
		}
		v.Accept = false
	}
	for line := range strings.Lines(output.String()) {
		line = strings.TrimRight(line, "\n")
		if strings.Contains(line, "warning: ") && !message.MatchString(line) {
			v.Warnings = append(v.Warnings, 0)
			continue
		}
		m := message.FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(line, " ") || !strings.HasSuffix(filepath.ToSlash(m[1]), file) {
			continue
		}
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return v, err
		}
		if strings.HasPrefix(m[3], "warning: ") {
			v.Warnings = append(v.Warnings, n)
		} else {
			v.Errors = append(v.Errors, n)
		}
	}
	v.Errors, v.Warnings = unique(v.Errors), unique(v.Warnings)
	return v, nil
}

func unique(lines []int) []int {
	slices.Sort(lines)
	return slices.Compact(lines)
}

func record(t *testing.T, verdicts []Verdict) {
	var text bytes.Buffer
	for _, v := range verdicts {
		line, err := json.Marshal(v)
		require.NoError(t, err)
		text.Write(line)
		text.WriteByte('\n')
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "verdicts.jsonl"), text.Bytes(), 0o644))
}
