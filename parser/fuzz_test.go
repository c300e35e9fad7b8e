package parser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/slice"
)

// seeds gives a fuzz target the small files of the corpus, and beginnings that
// once were trouble.
func seeds(f *testing.F) {
	files, err := filepath.Glob("../testdata/corpus/*/*.ice")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(string(data))
	}
	for _, s := range []string{
		"#if 1\n#if", "#define A A\nA", "#define F(x) F(x) F(x)\nF(F(1))", "\\\n\\", "\"\\", "/**", "///", "module A::", "[[", "[\"",
		"#include <a.ice>", "#include \"a.ice\"\n#include \"a.ice\"", "#if (((", "enum E {", "module\\\nA{", "::", "interface I { void f(",
	} {
		f.Add(s)
	}
}

// load runs the whole front end over text, which can include itself, in
// memory.
func load(text string) (*slice.Model, *slice.Diagnostics, error) {
	return Load(Options{Embedded: fstest.MapFS{"a.ice": {Data: []byte(text)}, "b/c.ice": {Data: []byte("module B { struct S { int i; } }")}}}, "a.ice")
}

// FuzzLoad runs preprocessor, lexer, grammar and checks over any bytes. They
// may find fault with them, in places that exist, and must give a model.
func FuzzLoad(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		model, diags, err := load(text)
		require.NoError(t, err)
		require.NotNil(t, model)
		lines := strings.Count(text, "\n") + 1
		for _, d := range diags.Sorted() {
			require.NotEmpty(t, d.ID)
			require.NotEmpty(t, d.Message)
			if d.Pos.File != nil && d.Pos.File.Name == "a.ice" {
				require.True(t, d.Pos.Line >= 1 && int(d.Pos.Line) <= lines, "%s", d.Pos)
				require.True(t, d.Pos.Col >= 1, "%s", d.Pos)
			}
		}
		var out strings.Builder
		require.NoError(t, (&slice.Printer{Out: &out, Color: true}).Print(diags))
		require.NoError(t, diags.WriteJSON(&out))
		if !diags.HasErrors() {
			require.NoError(t, slice.Dump(&out, model))
		}
	})
}

// FuzzCondition evaluates any text as the condition of an #if.
func FuzzCondition(f *testing.F) {
	for _, s := range []string{"1", "1 ? 2 : 3", "(1 << 3) >= 8 && !0 || 5 % 2", "'a' == 97", "0x1Fu / 0", "1 || 1 / 0", "((((", "-", "~-+!1", "9223372036854775807 + 1", "-9223372036854775808 / -1"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, text string) { _, _ = condition(text) })
}

// FuzzMacro expands any use of any macros.
func FuzzMacro(f *testing.F) {
	f.Add("A", "A B", "B(A, A)", "x # x ## x A")
	f.Add("F(x)", "F(F)(x)", "G", "F(G) G F")
	f.Fuzz(func(t *testing.T, first, body, second, text string) {
		out, _, err := load("#define A " + body + "\n#define " + first + " " + second + "\n#define F(x, y) x ## y #x " + body + "\n" + text + "\n")
		require.NoError(t, err)
		require.NotNil(t, out)
	})
}
