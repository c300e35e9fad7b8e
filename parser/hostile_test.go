//go:build unix

package parser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOnlyRegularFiles reads neither a device, which has no end, nor a pipe,
// which nobody writes to, nor a folder, nor a file of any size.
func TestOnlyRegularFiles(t *testing.T) {
	dir := t.TempDir()
	pipe, folder, large := filepath.Join(dir, "pipe.ice"), filepath.Join(dir, "folder.ice"), filepath.Join(dir, "large.ice")
	require.NoError(t, syscall.Mkfifo(pipe, 0o666))
	require.NoError(t, os.Mkdir(folder, 0o777))
	require.NoError(t, os.WriteFile(large, nil, 0o666))
	require.NoError(t, os.Truncate(large, maxFileSize+1))
	for path, want := range map[string]string{
		"/dev/zero": "it is no regular file", pipe: "it is no regular file", folder: "it is no regular file", large: "it is larger than",
	} {
		input := filepath.Join(dir, "in.ice")
		require.NoError(t, os.WriteFile(input, []byte("#include \""+path+"\"\n"), 0o666))
		_, diags, err := Load(Options{}, input)
		require.NoError(t, err)
		require.Len(t, said(diags), 1, path)
		assert.Contains(t, said(diags)[0], want, path)
		if path != folder {
			_, _, err = Load(Options{}, path)
			assert.ErrorContains(t, err, want)
		}
	}
	link := filepath.Join(dir, "link.ice")
	require.NoError(t, os.Symlink("/dev/zero", link))
	_, _, err := Load(Options{IncludeDirs: []string{dir}}, "link.ice")
	assert.ErrorContains(t, err, "it is no regular file")
}

// TestLongChains looks at bases of bases in a time that grows with their number
// only: ten thousand levels took minutes.
func TestLongChains(t *testing.T) {
	const levels = 10_000
	for _, kind := range []string{"class C%d extends C%d { int m%d; };\n", "exception C%d extends C%d { int m%d; };\n", "interface C%d extends C%d { void m%d(); };\n"} {
		var text strings.Builder
		head, _, _ := strings.Cut(kind, " ")
		text.WriteString("module M {\n")
		if head == "interface" {
			text.WriteString("interface C0 { void m0(); };\n")
		} else {
			text.WriteString(head + " C0 { int m0; };\n")
		}
		for i := 1; i < levels; i++ {
			fmt.Fprintf(&text, kind, i, i-1, i)
		}
		fmt.Fprintf(&text, kind+"};\n", levels, levels-1, 5)
		_, diags, err := load(text.String())
		require.NoError(t, err)
		found := said(diags)
		require.Len(t, found, 1)
		assert.Contains(t, found[0], "`m5` is there already")
	}
}
