package gen_test

import (
	"encoding/json"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gen"
	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
)

// hostileSlice is one definition of each kind, with the given text wherever
// slice2go reads metadata or documentation.
func hostileSlice(module, def, member, doc string) string {
	meta := func(key, value string) string {
		if value == "" {
			return ""
		}
		return `["go:` + key + `:` + sliceEscapes.Replace(value) + `", "deprecate:` + sliceEscapes.Replace(doc) + `"] `
	}
	d, m := meta("identifier", def), meta("identifier", member)
	doc = "/** " + strings.ReplaceAll(strings.ReplaceAll(doc, "*/", ""), "\\\n", "") + " */\n"
	return meta("package", module) + "module M {\n" + doc + d + "struct S { " + m + "int i; };\n" +
		"class C { " + doc + m + "int i; };\nexception X { " + m + "int i; };\n" +
		"interface I { " + doc + m + "int op(" + m + "int a, out " + m + "int b); };\nconst int K = 1;\n};\n"
}

var sliceEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\x00", `\000`)

// FuzzHostile gives the generator any metadata and any settings: it refuses them,
// or writes files below the output folder only, which parse and declare what the
// definitions ask for and nothing else.
func FuzzHostile(f *testing.F) {
	f.Add("example.org/w/../../../y", "", "", "", "", "", "", "", "a/b.ice")
	f.Add("example.org/w/a\nimport \"os\"", "A; func init() {}", "B }", "*\r/ x", "", "", "", "", "b.ice")
	f.Add("", "", "", "\rfunc init(){}\u2028", "example.org/w/a", "a; import _ \"os\"", "X\ntype Y", "x/../y", "a\nb.ice")
	f.Add("example.org/w/x", "Aa", "Bb", "{@link S}", "example.org/w/b", "bb", "Pp", "pre_", "../../a.ice")
	f.Add("example.org/w", "IPrx", "IceWrite", "<pre>\n*", "", "", "S", "", "x.ice")
	f.Fuzz(func(t *testing.T, module, def, member, doc, importPath, name, prefix, filePrefix, file string) {
		text := hostileSlice(module, def, member, doc)
		file = strings.TrimLeft(path.Clean("/"+file), "/")
		if !fs.ValidPath(file) || file == "." || strings.Contains(file, "\x00") {
			file = "a.ice"
		}
		yaml, err := json.Marshal(map[string]any{"packages": []map[string]any{{
			"module": "M", "path": importPath, "name": name, "doc": doc, "filePrefix": filePrefix,
			"prefixes": map[string]string{"M": prefix}, "names": map[string]string{"M::K": prefix + "K"},
		}}})
		require.NoError(t, err)
		cfg, err := gen.ParseConfig(yaml)
		if err != nil {
			cfg = &gen.Config{}
		}
		model, diags, err := parser.Load(parser.Options{Embedded: fstest.MapFS{file: {Data: []byte(text)}}}, file)
		require.NoError(t, err)
		if diags.HasErrors() {
			return
		}
		out, diags, err := gen.Generate(model, cfg, "example.org/w")
		require.NoError(t, err)
		if diags.HasErrors() {
			return
		}
		checkBelow(t, out)
		checkDeclared(t, out, model)
	})
}

// checkBelow writes the output and looks whether all of it is in its folder.
func checkBelow(t *testing.T, out *gen.Output) {
	outside := t.TempDir()
	_, err := out.Write(filepath.Join(outside, "a", "b", "out"))
	require.NoError(t, err)
	files := 0
	require.NoError(t, filepath.WalkDir(outside, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
			require.Contains(t, filepath.ToSlash(p), "/a/b/out/")
			require.Equal(t, ".go", filepath.Ext(p))
		}
		return err
	}))
	require.Equal(t, len(out.Files), files)
	require.NoError(t, os.RemoveAll(outside))
}

// checkDeclared parses the output: imports, declarations and init functions must
// be those of the few definitions of hostileSlice.
func checkDeclared(t *testing.T, out *gen.Output, model *slice.Model) {
	inits, types, funcs := 0, 0, 0
	for name, text := range out.Files {
		f, err := goparser.ParseFile(token.NewFileSet(), name, text, goparser.ParseComments|goparser.SkipObjectResolution)
		require.NoError(t, err, "%s", text)
		for _, i := range f.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			require.Contains(t, []string{"context", "slices", "strconv", "github.com/slice2go/slice2go/runtime/ice", "github.com/slice2go/slice2go/runtime/wire"}, p)
		}
		for _, c := range f.Comments {
			for _, line := range c.List {
				require.False(t, strings.HasPrefix(line.Text, "//go:") || strings.HasPrefix(line.Text, "//line ") || strings.HasPrefix(line.Text, "/*"), "%q", line.Text)
			}
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					inits++
				} else if d.Recv == nil {
					funcs++
				}
			case *ast.GenDecl:
				if d.Tok == token.TYPE {
					types += len(d.Specs)
				}
			}
		}
	}
	require.Equal(t, 1, inits, "classes and exceptions are registered in one function")
	require.Equal(t, 7, types, "S, C, X, I, its result, its proxy and the struct behind it")
	require.Equal(t, 5, funcs, "NewC, NewIPrx, CheckedIPrx, its asynchronous form and NewIServant")
	require.Len(t, model.Root.Defs, 1)
}
