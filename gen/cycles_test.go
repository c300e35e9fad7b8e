package gen_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gen"
	"github.com/slice2go/slice2go/parser"
)

const cyclic = `module P { struct One { int i; }; };
module Q { struct Two { P::One o; }; };
module R { class Three { Q::Two t; }; interface Base { void op(Q::Two t); }; };
module P { struct Four { R::Three t; }; interface Far extends R::Base { Four* never(); }; interface Four2 { }; };
module S { struct Alone { P::Four f; }; };
`

// TestModulesThatReferToEachOther asks for one package where Go could not import
// the packages of modules, and makes one of what it asked for.
func TestModulesThatReferToEachOther(t *testing.T) {
	text := strings.Replace(cyclic, "Four* never();", "Four never(One o, Q::Two t);", 1)
	m, diags, err := parser.Load(parser.Options{Embedded: fstest.MapFS{"a.ice": {Data: []byte(text)}}}, "a.ice")
	require.NoError(t, err)
	require.Empty(t, diags.Sorted())
	out, diags, err := gen.Generate(m, &gen.Config{}, "example.org/w")
	require.NoError(t, err)
	assert.Nil(t, out)
	found := diags.Sorted()
	require.Len(t, found, 1)
	assert.Equal(t, "modules P, Q and R refer to each other, and Go packages cannot", found[0].Message)
	assert.Equal(t, "a.ice:1:8", found[0].Pos.String()[len("<embedded>/"):])
	_, yaml, ok := strings.Cut(found[0].Notes[2].Message, "write into slice2go.yaml ")
	require.True(t, ok)
	assert.Equal(t, "packages: [{module: P, path: example.org/w/p}, {module: Q, path: example.org/w/p}, {module: R, path: example.org/w/p}]", yaml)

	cfg, err := gen.ParseConfig([]byte(yaml))
	require.NoError(t, err)
	out, diags, err = gen.Generate(m, cfg, "example.org/w")
	require.NoError(t, err)
	require.Empty(t, diags.Sorted())
	assert.Equal(t, []string{"p", "s"}, out.Dirs)
	assert.Len(t, out.Files, 6, "a file for each module, and two doc.go")
	for name, text := range out.Files {
		if strings.HasPrefix(name, "p/") {
			assert.NotContains(t, string(text), "example.org/w", name)
		}
	}

	_, diags, err = gen.Generate(m, &gen.Config{Packages: []gen.Package{{Module: "P", Path: "example.org/w/q"}}}, "example.org/w")
	require.NoError(t, err)
	require.Len(t, diags.Sorted(), 1)
	assert.Contains(t, diags.Sorted()[0].Message, "both become package example.org/w/q")
}
