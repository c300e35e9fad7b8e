package gen_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gen"
	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
)

// generateText makes Go of one file's text.
func generateText(t *testing.T, text, config string) (*gen.Output, *slice.Diagnostics) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "T.ice")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o666))
	m, diags, err := parser.Load(parser.Options{}, name)
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), "%v", diags.Sorted())
	cfg, err := gen.ParseConfig([]byte(config))
	require.NoError(t, err)
	out, found, err := gen.Generate(m, cfg, "example.com/m")
	require.NoError(t, err)
	return out, found
}

func TestClashingNames(t *testing.T) {
	const text = `module M { module A { struct P { int x; } } module B { struct P { int y; } } }`
	const prefixes = "packages: [{module: M, path: example.com/m/m, prefixes: {'M::A': '', 'M::B': ''}}]"
	out, diags := generateText(t, text, prefixes)
	assert.Nil(t, out)
	list := diags.Sorted()
	require.Len(t, list, 1)
	assert.Equal(t, "go-name-clash", list[0].ID)
	assert.Contains(t, list[0].Message, "::M::A::P and ::M::B::P both become the Go name P")
	require.Len(t, list[0].Notes, 2)
	assert.EqualValues(t, 30, list[0].Notes[0].Pos.Col)
	assert.Contains(t, list[0].Notes[1].Message, `names: {"M::B::P": OtherName}`)

	for name, c := range map[string]struct{ text, config string }{
		"by default":            {text, ""},
		"one prefix":            {text, "packages: [{module: M, path: example.com/m/m, prefixes: {'M::A': ''}}]"},
		"a name":                {text, "packages: [{module: M, path: example.com/m/m, prefixes: {'M::A': '', 'M::B': ''}, names: {'M::B::P': Q}}]"},
		"metadata":              {`module M { module A { struct P { int x; } } module B { ["go:identifier:Q"] struct P { int y; } } }`, prefixes},
		"a package by metadata": {`["go:package:example.com/m/m"] module M { struct P { int x; } }`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			out, diags := generateText(t, c.text, c.config)
			assert.Empty(t, diags.Sorted())
			require.NotNil(t, out)
			assert.Contains(t, out.Files, "m/t.go")
		})
	}
	_, diags = generateText(t, `module M { enum E { one } struct EOne { int x; } }`, "")
	require.Len(t, diags.Sorted(), 1)
	assert.Contains(t, diags.Sorted()[0].Message, "::M::E::one and ::M::EOne")
	_, diags = generateText(t, `module M { struct S { int x; } }`, "packages: [{module: M, path: example.org/other}]")
	require.Len(t, diags.Sorted(), 1)
	assert.Contains(t, diags.Sorted()[0].Message, "outside of module example.com/m")
	_, diags = generateText(t, `module M { struct S { int x; } } module N { struct S { int x; } }`,
		"packages: [{module: M, path: example.com/m/p}, {module: N, path: example.com/m/p}]")
	require.Len(t, diags.Sorted(), 1)
	assert.Contains(t, diags.Sorted()[0].Message, "::M::S and ::N::S both become the Go name S in package example.com/m/p")
}
