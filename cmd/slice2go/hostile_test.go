package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostileMetadata is metadata of a Slice file from elsewhere that must not reach a
// path or the text of a Go file, with where the message is to point.
var hostileMetadata = map[string]struct{ slice, want string }{
	"path that leaves the output folder": {`["go:package:example.com/m/../../y"] module A { struct S { int i; } }`, "A.ice:1:2: error: the element `..`"},
	"path with a line end":               {`["go:package:example.com/m/a\nimport \"os\""] module A { struct S { int i; } }`, "A.ice:1:2: error: the import path"},
	"path with a second import":          {`["go:package:example.com/m/a\"; import \"os"] module A { struct S { int i; } }`, "A.ice:1:2: error: the import path"},
	"path with an empty element":         {`["go:package:example.com/m//a"] module A { struct S { int i; } }`, "has an empty element"},
	"path with a backslash":              {`["go:package:example.com/m/..\\..\\a"] module A { struct S { int i; } }`, "that Go does not allow"},
	"absolute path":                      {`["go:package:/etc/a"] module A { struct S { int i; } }`, "has an empty element"},
	"vendor":                             {`["go:package:example.com/m/vendor/a"] module A { struct S { int i; } }`, "has the element vendor"},
	"two paths of one module":            {"[\"go:package:example.com/m/a\"] module A { struct S { int i; } }\n[\"go:package:example.com/m/b\"] module A { struct T { int i; } }", "A.ice:2:2: error: module `A` has `go:package:example.com/m/a` already"},
	"definition with code":               {`module A { ["go:identifier:X int32; func init() { panic(1) }; type Y"] struct S { int i; } }`, "A.ice:1:13: error: `X int32; func init() { panic(1) }; type Y` is not a Go identifier"},
	"definition with a typo":             {`module A { ["go:identifier:Na-me"] enum E { one } }`, "`Na-me` is not a Go identifier"},
	"definition that is unexported":      {`module A { ["go:identifier:name"] class C { int i; } }`, "`name` does not begin with a capital letter"},
	"definition in other letters":        {`module A { ["go:identifier:Größe"] sequence<int> S; }`, "is not a Go identifier"},
	"member with code":                   {"module A { struct S {\n  [\"go:identifier:X int32 }; func init() {\"] int i; } }", "A.ice:2:4: error: `X int32 }; func init() {` is not a Go identifier"},
	"member of a class with a line end":  {`module A { class C { ["go:identifier:X\nY"] int i; } }`, "A.ice:1:23: error: `X.Y` is not a Go identifier"},
	"operation with code":                {`module A { interface I { ["go:identifier:F(); G"] void f(); } }`, "`F(); G` is not a Go identifier"},
	"in parameter with code":             {`module A { interface I { void f(["go:identifier:P int) { os.Exit(1) }; func x("] int i); } }`, "is not a Go identifier"},
	"out parameter with code":            {`module A { interface I { void f(out ["go:identifier:P int; Q"] int i); } }`, "`P int; Q` is not a Go identifier"},
	"forward declaration with code":      {`module A { ["go:identifier:a b"] class C; class C { int i; } }`, "`a b` is not a Go identifier"},
}

// noEscape checks that a run wrote only below its output folder, and nothing that
// slice2go did not announce.
func noEscape(t *testing.T, outside string, keep ...string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(outside, func(p string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		rel, err := filepath.Rel(outside, p)
		require.NoError(t, err)
		if !d.IsDir() {
			assert.Contains(t, keep, filepath.ToSlash(rel), "a file that nobody asked for")
		}
		return nil
	}))
}

func TestHostileMetadata(t *testing.T) {
	for name, c := range hostileMetadata {
		t.Run(name, func(t *testing.T) {
			dir := generateTree(t, map[string]string{"w/A.ice": c.slice, "w/out/keep": ""})
			status, stdout, stderr := generateRun(t, filepath.Join(dir, "w"), "--module", "example.com/m", "-o", "out", "A.ice")
			assert.Equal(t, 1, status, "%s%s", stdout, stderr)
			assert.Contains(t, stderr, c.want)
			noEscape(t, dir, "go.mod", "w/A.ice", "w/out/keep")
			status, _, stderr = slice2go("check", "A.ice")
			assert.Equal(t, 1, status, "check takes what generate refuses")
			assert.Contains(t, stderr, c.want)
		})
	}
}

func TestMetadataWithoutMeaning(t *testing.T) {
	for name, text := range map[string]string{
		"name of a module":       `["go:identifier:X"] module A { struct S { int i; } }`,
		"path of a struct":       `module A { ["go:package:a/b"] struct S { int i; } }`,
		"path of a nested one":   `module A { ["go:package:a/b"] module B { struct S { int i; } } }`,
		"name of an element":     `module A { sequence<["go:identifier:X"] int> S; }`,
		"nothing behind a colon": `module A { ["go:identifier:"] struct S { int i; } }`,
		"unknown key":            `module A { ["go:name:X"] struct S { int i; } }`,
	} {
		status, _, stderr := slice2go("check", writeSlice(t, "A.ice", text))
		assert.Equal(t, 0, status, name)
		assert.Contains(t, stderr, "warning: ignoring", name)
	}
}

// hostileSettings are settings of a slice2go.yaml from elsewhere.
var hostileSettings = map[string]struct{ yaml, want string }{
	"path that leaves the output folder": {"packages:\n  - module: A\n    path: example.com/m/../../y\n", "slice2go.yaml:3:11: packages[0].path: the element `..`"},
	"path with a line end":               {"packages:\n  - module: A\n    path: \"example.com/m/a\\nimport os\"\n", "slice2go.yaml:3:11: packages[0].path: "},
	"package name with code":             {"packages:\n  - module: A\n    path: example.com/m/a\n    name: \"a; import os\"\n", "slice2go.yaml:4:11: packages[0].name: "},
	"package name that is a keyword":     {"packages: [{module: A, name: func}]\n", "is a keyword of Go"},
	"package name main":                  {"packages: [{module: A, name: main}]\n", "cannot be imported"},
	"name with code":                     {"packages:\n  - module: A\n    names: {\"A::S\": \"X int32; func init() {}; type Y\"}\n", "slice2go.yaml:3:21: packages[0].names.A::S: "},
	"prefix with code":                   {"packages:\n  - module: A\n    prefixes: {\"A\": \"X int32\\ntype Y\"}\n", "slice2go.yaml:3:21: packages[0].prefixes.A: "},
	"unexported prefix":                  {"packages: [{module: A, prefixes: {A: x}}]\n", "does not begin with a capital letter"},
	"file prefix with a folder":          {"packages:\n  - module: A\n    filePrefix: ../../x\n", "slice2go.yaml:3:17: packages[0].filePrefix: "},
	"module that is none":                {"packages: [{module: \"A::B\"}]\n", "is not the name of a top-level Slice module"},
}

func TestHostileConfiguration(t *testing.T) {
	for name, c := range hostileSettings {
		t.Run(name, func(t *testing.T) {
			dir := generateTree(t, map[string]string{"w/A.ice": "module A { struct S { int i; } }", "w/slice2go.yaml": "inputs: [A.ice]\noutput: out\n" + c.yaml})
			// The lines that want names are those of the yaml alone.
			require.NoError(t, os.WriteFile(filepath.Join(dir, "w/slice2go.yaml"), []byte(c.yaml+"inputs: [A.ice]\noutput: out\n"), 0o666))
			status, stdout, stderr := generateRun(t, filepath.Join(dir, "w"), "--module", "example.com/m")
			assert.Equal(t, 2, status, "%s%s", stdout, stderr)
			assert.Contains(t, stderr, c.want)
			noEscape(t, dir, "go.mod", "w/A.ice", "w/slice2go.yaml")
		})
	}
}

func TestHostileFlags(t *testing.T) {
	dir := generateTree(t, map[string]string{"A.ice": "module A { struct S { int i; } }"})
	for _, args := range [][]string{{"--package", "A=example.com/m/../y"}, {"--package", "A::B=example.com/m/y"}, {"--module", "../.."}, {"--module", "a\nb"}} {
		status, _, stderr := generateRun(t, dir, append(args, "-o", "out", "A.ice")...)
		assert.Equal(t, 2, status, "%v", args)
		assert.Contains(t, stderr, args[0])
	}
	noEscape(t, dir, "go.mod", "A.ice")
}

// A folder of the output that is a symbolic link to somewhere else does not lead
// the generator there, nor does a link in the place of a file.
func TestHostileLinks(t *testing.T) {
	dir := generateTree(t, map[string]string{"w/A.ice": "module A { struct S { int i; } }", "victim/keep.go": generatedHeader + "package victim\n"})
	w := filepath.Join(dir, "w")
	require.NoError(t, os.MkdirAll(filepath.Join(w, "out"), 0o777))
	require.NoError(t, os.Symlink(filepath.Join(dir, "victim"), filepath.Join(w, "out", "a")))
	args := []string{"--module", "example.com/m", "-o", "out", "A.ice"}
	status, _, stderr := generateRun(t, w, args...)
	assert.Equal(t, 2, status)
	assert.Contains(t, stderr, "escapes")
	noEscape(t, dir, "go.mod", "w/A.ice", "w/out/a", "victim/keep.go")

	require.NoError(t, os.Remove(filepath.Join(w, "out", "a")))
	require.NoError(t, os.Mkdir(filepath.Join(w, "out", "a"), 0o777))
	require.NoError(t, os.Symlink(filepath.Join(dir, "victim", "keep.go"), filepath.Join(w, "out", "a", "a.go")))
	status, _, _ = generateRun(t, w, args...)
	assert.Equal(t, 2, status)
	text, err := os.ReadFile(filepath.Join(dir, "victim", "keep.go"))
	require.NoError(t, err)
	assert.Equal(t, generatedHeader+"package victim\n", string(text))
}

const generatedHeader = "// Code generated by slice2go from A.ice; DO NOT EDIT.\n\n"

// A file's name from elsewhere stands in the header, and documentation in
// comments: neither may end the comment.
func TestHostileText(t *testing.T) {
	name := "A\nfunc init() {}\n.ice"
	dir := generateTree(t, map[string]string{name: "module A {\n" +
		"/** \rfunc init() {}\r\n * {@link \rx} \x00\uFEFF\xff */ [\"deprecate:\\nfunc init() {}\"] struct S {\n" +
		"  /** @deprecated \v */ int i; } " +
		"interface I { /** @param a\rb c\n @throws x\ry z */ [\"deprecated:\\ny\"] void f(int a); } }"})
	status, _, stderr := generateRun(t, dir, "-o", "out", ".")
	require.Equal(t, 0, status, stderr)
	assert.Equal(t, []string{"CheckedIPrx", "CheckedIPrxAsync", "I", "IPrx", "NewIPrx", "NewIServant", "S", "_", "iPrx", "methodsI", "opIF"},
		declared(t, filepath.Join(dir, "out", "a")))
}
