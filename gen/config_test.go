package gen_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gen"
)

func TestParseConfigErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"unknown key":       {"inputs: [a]\npackage: x\n", []string{"[2:1]", "unknown field \"package\""}},
		"unknown inner key": {"packages:\n  - module: A\n    paht: x\n", []string{"[3:5]", "paht"}},
		"wrong type":        {"inputs: {a: b}\n", []string{"[1:"}},
		"no module":         {"packages:\n  - path: x\n", []string{"packages[0]", "module"}},
		"module twice":      {"packages:\n  - module: A\n  - module: A\n", []string{"packages[1]", "merge"}},
		"unknown accessors": {"packages:\n  - module: A\n    accessors: java\n", []string{"java", "omero"}},
		"no yaml at all":    {"inputs: [", []string{"[1:"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gen.ParseConfig([]byte(c.text))
			for _, w := range c.want {
				assert.ErrorContains(t, err, w)
			}
		})
	}
	cfg, err := gen.ParseConfig(nil)
	require.NoError(t, err, "an empty configuration is one")
	assert.Empty(t, cfg.Inputs)
}

func TestReadConfig(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, gen.ConfigName)
	require.NoError(t, os.WriteFile(name, []byte("include: [inc, /abs]\noutput: out\n"), 0o666))
	cfg, err := gen.ReadConfig(name)
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(dir, "inc"), "/abs"}, cfg.Include)
	assert.Equal(t, filepath.Join(dir, "out"), cfg.Output)
	_, err = gen.ReadConfig(filepath.Join(dir, "none.yaml"))
	assert.ErrorIs(t, err, os.ErrNotExist)

	require.NoError(t, cfg.SetPath("A", "x/a"))
	require.NoError(t, cfg.SetPath("A", "x/b"))
	assert.Error(t, cfg.SetPath("A", "../b"))
	assert.Error(t, cfg.SetPath("A::B", "b"))
	assert.Equal(t, []gen.Package{{Module: "A", Path: "x/b"}}, cfg.Packages)
}

func TestFindModule(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("// a comment\nmodule \"example.com/a\" // b\n\ngo 1.26\n"), 0o666))
	root, module, err := gen.FindModule(filepath.Join(dir, "not", "there", "yet"))
	require.NoError(t, err)
	assert.Equal(t, []string{dir, "example.com/a"}, []string{root, module})
	path, err := gen.ImportPath(root, module, filepath.Join(dir, "x", "y"))
	require.NoError(t, err)
	assert.Equal(t, "example.com/a/x/y", path)
	_, err = gen.ImportPath(root, module, filepath.Dir(dir))
	assert.ErrorContains(t, err, "is not in the module")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("go 1.26\n"), 0o666))
	_, _, err = gen.FindModule(dir)
	assert.ErrorContains(t, err, "names no module")
}
