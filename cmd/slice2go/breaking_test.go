package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository makes a git repository with a commit of the old definitions and
// the new ones in the folder, and makes it the current folder.
func repository(t *testing.T, old, now map[string]string) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	put := func(files map[string]string) {
		for name, text := range files {
			require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
			require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		}
	}
	put(old)
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "."}, {"-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "old"}, {"tag", "v1"},
	} {
		out, err := exec.Command("git", args...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	put(now)
}

func TestBreakingAgainstGit(t *testing.T) {
	repository(t, map[string]string{
		"slice/Printer.ice":  "#include <Common.ice>\nmodule Demo { interface Printer { void print(Common::Text text); int pages(); } }",
		"include/Common.ice": "module Common { sequence<string> Text; }",
		"slice2go.yaml":      "inputs: [slice]\ninclude: [include]\npackages: []\n",
	}, map[string]string{
		"slice/Printer.ice": "#include <Common.ice>\nmodule Demo\n{\n    interface Printer { void print(Common::Text text, int copies); void stop(); }\n}\n",
	})
	status, stdout, stderr := slice2go("breaking", "--against", "v1")
	assert.Equal(t, 1, status, stderr)
	assert.Empty(t, stderr)
	assert.Equal(t, `slice/Printer.ice:4:15: wire: operation ::Demo::Printer::pages was removed [operation-removed]
    old clients that call it get OperationNotExist
    it was in v1:slice/Printer.ice:2:70
slice/Printer.ice:4:59: wire: parameter copies was added to the parameters of operation ::Demo::Printer::print [parameter-added]
    the parameters are encoded one after the other, without names or counts
slice/Printer.ice:4:73: source: operation ::Demo::Printer::stop was added [operation-added]
    servants have to implement it; only new clients call it, and old servers answer OperationNotExist
`, stdout)

	status, stdout, _ = slice2go("breaking", "--against", "HEAD", "--json", "-I", "include", "slice/Printer.ice", "--level", "wire")
	assert.Equal(t, 1, status)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	require.Len(t, lines, 2)
	for _, line := range lines {
		assert.True(t, json.Valid([]byte(line)))
	}

	status, stdout, _ = slice2go("breaking", "--against", "v1", "--ignore", "operation-removed", "--ignore", "operation-added", "--ignore", "parameter-added")
	assert.Equal(t, 0, status)
	assert.Empty(t, stdout)

	require.NoError(t, os.WriteFile("slice2go.yaml", []byte("inputs: [slice]\ninclude: [include]\npackages: []\nbreaking:\n  level: wire\n  ignore: [operation-removed, parameter-added]\n"), 0o644))
	status, stdout, stderr = slice2go("breaking", "--against", "v1")
	assert.Equal(t, 0, status, stdout+stderr)

	for against, want := range map[string]string{
		"v9": "v9 is not a file, a folder, a commit, a branch or a tag", "--help-me": "is not a file", "HEAD:slice": "is not a file",
	} {
		status, _, stderr = slice2go("breaking", "--against="+against)
		assert.Equal(t, 2, status)
		assert.Contains(t, stderr, want)
	}
}

func TestBreakingAgainstFiles(t *testing.T) {
	old := writeSlice(t, "Old.ice", "module M { struct S { int a; } }")
	now := writeSlice(t, "New.ice", "module M { struct S { int b; } }")
	status, stdout, stderr := slice2go("breaking", "--against", old, now)
	assert.Equal(t, 1, status, stderr)
	assert.Contains(t, stdout, "member b of struct ::M::S was called a [member-renamed]")
	assert.Contains(t, stdout, "it was in "+old+":1:27")
	status, stdout, _ = slice2go("breaking", "--against", filepath.Dir(old), "--level", "wire", now)
	assert.Equal(t, 0, status)
	assert.Empty(t, stdout)

	broken := writeSlice(t, "Broken.ice", "module M {")
	for _, args := range [][]string{{"--against", broken, now}, {"--against", old, broken}} {
		status, _, stderr = slice2go(append([]string{"breaking"}, args...)...)
		assert.Equal(t, 1, status)
		assert.Contains(t, stderr, "Broken.ice:1")
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "--against"},
		{[]string{"--against", old}, "there are no inputs"},
		{[]string{"--against", old, "--level", "x", now}, "not a level"},
		{[]string{"--against", old, "--ignore", "x", now}, `no rule "x"`},
		{[]string{"--against", old, "--config", "none.yaml"}, "none.yaml"},
		{[]string{"--against", old, "none.ice"}, "none.ice"},
	} {
		status, _, stderr = slice2go(append([]string{"breaking"}, test.args...)...)
		assert.Equal(t, 2, status, "%v", test.args)
		assert.Contains(t, stderr, test.want)
	}
	status, stdout, _ = slice2go("breaking", "--rules")
	assert.Equal(t, 0, status)
	assert.Contains(t, stdout, "tag-reused")
}
