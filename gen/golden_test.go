package gen_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gen"
	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
	"github.com/slice2go/slice2go/slice/definitions"
)

var update = flag.Bool("update", false, "write the golden files anew")

// goldenModule is the import path of testdata/gen, where each golden package
// lies in a folder of its own.
const goldenModule = "github.com/slice2go/slice2go/testdata/gen"

const goldenRoot = "../testdata/gen"

// goldens are the inputs, each of one part of the language.
var goldens = []struct {
	name   string
	inputs []string
	config string
}{
	{name: "Classes", inputs: []string{"Classes.ice"}},
	{name: "Structs", inputs: []string{"Structs.ice"}},
	{name: "Enums", inputs: []string{"Enums.ice"}},
	{name: "Containers", inputs: []string{"Containers.ice"}},
	{name: "Optionals", inputs: []string{"Optionals.ice"}},
	{name: "Exceptions", inputs: []string{"Exceptions.ice"}},
	{name: "Interfaces", inputs: []string{"Interfaces.ice"}},
	{name: "Constants", inputs: []string{"Constants.ice"}},
	{name: "Hostile", inputs: []string{"Hostile.ice"}},
	{name: "Docs", inputs: []string{"Docs.ice"}},
	{name: "Local", inputs: []string{"Local.ice"}},
	{name: "ByValue", inputs: []string{"ByValue.ice"}},
	{name: "two modules that use one another, one in two files", inputs: []string{"shop"}, config: `
packages:
  - module: Shop
    path: github.com/slice2go/slice2go/testdata/gen/shop
    prefixes: {"Shop::Goods": ""}
`},
	{name: "Accessors", inputs: []string{"Accessors.ice"}, config: `
packages:
  - module: Accessors
    path: github.com/slice2go/slice2go/testdata/gen/accessors
    accessors: omero
    classOperations: local
`},
}

// load reads Slice files below testdata/gen, which must be without errors.
func load(t testing.TB, inputs ...string) *slice.Model {
	t.Helper()
	var paths []string
	for _, in := range inputs {
		paths = append(paths, filepath.Join(goldenRoot, in))
	}
	m, diags, err := parser.Load(parser.Options{IncludeDirs: []string{goldenRoot}, Embedded: definitions.FS}, paths...)
	require.NoError(t, err)
	for _, d := range diags.Sorted() {
		require.NotEqual(t, slice.Error, d.Severity, "%s: %s", d.Pos, d.Message)
	}
	return m
}

// generate makes Go of a model, which must work.
func generate(t testing.TB, m *slice.Model, config, module string) *gen.Output {
	t.Helper()
	cfg, err := gen.ParseConfig([]byte(config))
	require.NoError(t, err)
	out, diags, err := gen.Generate(m, cfg, module)
	require.NoError(t, err)
	require.Empty(t, diags.Sorted())
	return out
}

func TestGolden(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			out := generate(t, load(t, g.inputs...), g.config, goldenModule)
			if *update {
				_, err := out.Write(goldenRoot)
				require.NoError(t, err)
			}
			diffs, err := out.Compare(goldenRoot)
			require.NoError(t, err)
			for _, d := range diffs {
				t.Errorf("%s is %s; if that is meant: go test ./gen -run TestGolden -update\n%s",
					d.Path, d.Reason, firstDifference(filepath.Join(goldenRoot, d.Path), string(out.Files[d.Path])))
			}
		})
	}
}

// firstDifference shows where a golden file and what is generated part.
func firstDifference(path, got string) string {
	old, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	want, have := strings.Split(string(old), "\n"), strings.Split(got, "\n")
	for i := range min(len(want), len(have)) {
		if want[i] != have[i] {
			return "line " + strings.Join([]string{want[i], have[i]}, "\n  is now ")
		}
	}
	return "one ends before the other"
}

// TestGenerateTwice checks that output does not depend on the order of maps or
// on which file is rendered first.
func TestGenerateTwice(t *testing.T) {
	var first map[string][]byte
	for range 5 {
		out := generate(t, load(t, "shop", "Hostile.ice", "Optionals.ice"), "", goldenModule)
		if first == nil {
			first = out.Files
			continue
		}
		assert.Equal(t, first, out.Files)
	}
}
