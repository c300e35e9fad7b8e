package readme

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

const module = "github.com/slice2go/slice2go"

// imports are the packages that code in the README may name without importing
// them, because it is a piece of a program.
var imports = map[string]string{
	"async":     module + "/runtime/async",
	"bytes":     "bytes",
	"context":   "context",
	"errors":    "errors",
	"fmt":       "fmt",
	"gateway":   module + "/gateway",
	"ice":       module + "/runtime/ice",
	"io":        "io",
	"log":       "log",
	"omero":     module + "/generated/omero",
	"os":        "os",
	"assert":    "github.com/stretchr/testify/assert",
	"omerotest": module + "/gateway/omerotest",
	"require":   "github.com/stretchr/testify/require",
	"testing":   "testing",
	"slices":    "slices",
	"time":      "time",
	"tls":       "crypto/tls",
	"x509":      "crypto/x509",
}

// given are the variables that a piece of a program may use without declaring
// them.
const given = "ctx context.Context, s *gateway.Session"

// TestGoCodeCompiles builds every block of Go in README.md and in the other
// documents: whole programs as they are, declarations as a package of their
// own, and statements in a function that returns an error.
func TestGoCodeCompiles(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	for _, document := range []string{"README.md"} {
		text, err := os.ReadFile(filepath.Join(root, document))
		require.NoError(t, err)
		blocks := goBlocks(string(text))
		require.NotEmpty(t, blocks, "no Go code in %s", document)
		dir := t.TempDir()
		overlay := map[string]string{}
		for _, b := range blocks {
			name := fmt.Sprintf("line%d", b.line)
			file := filepath.Join(dir, name+".go")
			require.NoError(t, os.WriteFile(file, []byte(complete(b.code)), 0o600))
			overlay[filepath.Join(root, "interop", "readme", name, "block.go")] = file
		}
		build(t, root, dir, overlay)
	}
}

// TestOwnSlice runs the server and the client of the reader's own Slice, as the
// README has them, on another port.
func TestOwnSlice(t *testing.T) {
	peer.CheckLeaks(t)
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	definitions, err := os.ReadFile("printing/Printer.ice")
	require.NoError(t, err)
	assert.Contains(t, string(text), "```slice\n"+string(definitions)+"```", "the Slice file of the test is that of the README")

	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(free.Addr().String())
	require.NoError(t, err)
	require.NoError(t, free.Close())
	dir, programs := t.TempDir(), []string{}
	for _, b := range goBlocks(string(text)) {
		if !strings.Contains(b.code, "example.org/printing") {
			continue
		}
		name := fmt.Sprintf("line%d", b.line)
		file := filepath.Join(dir, name+".go")
		require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(complete(b.code), "10000", port)), 0o600))
		program := filepath.Join(dir, name)
		out, err := goBuild(root, dir, program, map[string]string{filepath.Join(root, "interop", "readme", name, "block.go"): file})
		require.NoError(t, err, out)
		programs = append(programs, program)
	}
	require.Len(t, programs, 2)

	server := exec.Command(programs[0])
	stdout, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}()
	lines := bufio.NewScanner(stdout)
	require.True(t, lines.Scan())
	require.Equal(t, "ready", lines.Text())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, programs[1]).CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, "2 <nil>\nout of paper after 3\n", string(out))
	for _, want := range []string{"one", "two", "one", "two", "three"} {
		require.True(t, lines.Scan())
		assert.Equal(t, "printing: "+want, lines.Text())
	}
}

// TestBrokenCodeIsFound shows that the test above can fail.
func TestBrokenCodeIsFound(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	dir := t.TempDir()
	file := filepath.Join(dir, "broken.go")
	require.NoError(t, os.WriteFile(file, []byte(complete("var x int = \"text\"")), 0o600))
	out, err := goBuild(root, dir, os.DevNull, map[string]string{filepath.Join(root, "interop", "readme", "broken", "block.go"): file})
	require.Error(t, err)
	assert.Contains(t, out, "cannot use")
}

func build(t *testing.T, root, dir string, overlay map[string]string) {
	t.Helper()
	out, err := goBuild(root, dir, os.DevNull, overlay)
	assert.NoError(t, err, out)
}

// goBuild compiles packages that are there in the overlay only, so that
// nothing is written into the tree.
func goBuild(root, dir, program string, overlay map[string]string) (string, error) {
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return "", err
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, list, 0o600); err != nil {
		return "", err
	}
	args := []string{"build", "-overlay", overlayFile, "-o", program}
	for file := range overlay {
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return "", err
		}
		args = append(args, "./"+filepath.ToSlash(rel))
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

type block struct {
	line int
	code string
}

func goBlocks(text string) []block {
	var blocks []block
	var current *block
	for i, line := range strings.Split(text, "\n") {
		switch {
		case current == nil && line == "```go":
			current = &block{line: i + 2}
		case current != nil && line == "```":
			blocks = append(blocks, *current)
			current = nil
		case current != nil:
			current.code += line + "\n"
		}
	}
	return blocks
}

var qualified = regexp.MustCompile(`\b([a-z0-9]+)\.[A-Z]`)

// complete makes a Go file of a block.
func complete(code string) string {
	if strings.HasPrefix(code, "package ") {
		return strings.ReplaceAll(code, `"example.org/printing/printing"`, `"`+module+`/interop/readme/printing"`)
	}
	if !strings.HasPrefix(code, "func ") && !strings.HasPrefix(code, "type ") {
		code = "func block(" + given + ") error {\n" + code + "\nreturn nil\n}\n"
	}
	paths := map[string]bool{}
	for _, m := range qualified.FindAllStringSubmatch(code, -1) {
		if path, known := imports[m[1]]; known {
			paths[path] = true
		}
	}
	var sorted []string
	for path := range paths {
		sorted = append(sorted, fmt.Sprintf("%q", path))
	}
	sort.Strings(sorted)
	return "package block\n\nimport (\n" + strings.Join(sorted, "\n") + "\n)\n\n" + code
}
