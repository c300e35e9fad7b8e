package gen_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// randomModels is how many models a run tries, and from which seed on.
func randomModels(t *testing.T) (from uint64, count int) {
	count = 6
	if s := os.Getenv("SLICE2GO_RANDOM_MODELS"); s != "" {
		var err error
		count, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	if s := os.Getenv("SLICE2GO_RANDOM_SEED"); s != "" {
		var err error
		from, err = strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
	}
	return from, count
}

// TestRandomModels writes random definitions that slice2cpp accepts. check must
// accept them, generate write them, and what it wrote must build, pass go vet, and
// round-trip every type through a peer in Python.
//
// SLICE2GO_RANDOM_MODELS says how many models there are, SLICE2GO_RANDOM_SEED
// where they begin, and SLICE2GO_RANDOM_DIR where they are kept.
func TestRandomModels(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3", "slice2cpp", "ice-slice")
	dir := t.TempDir()
	if keep := os.Getenv("SLICE2GO_RANDOM_DIR"); keep != "" {
		dir = keep
	}
	slices := filepath.Join(dir, "slice")
	require.NoError(t, os.MkdirAll(slices, 0o777))
	newModule(t, dir, "example.com/random")
	from, count := randomModels(t)
	var files []string
	for n := range count {
		m := newRandomModel(from + uint64(n))
		for _, name := range m.order {
			require.NoError(t, os.WriteFile(filepath.Join(slices, name), []byte(m.files[name]), 0o666))
		}
		if judged(t, slices, m) {
			files = append(files, m.order...)
			continue
		}
		for _, name := range m.order {
			require.NoError(t, os.Remove(filepath.Join(slices, name)))
		}
	}
	require.NotEmpty(t, files)
	goRun(t, dir, "tool", "slice2go", "check", "-I", "slice", "slice")
	goRun(t, dir, "tool", "slice2go", "generate", "-I", "slice", "-o", ".", "slice")
	writeRoundTrip(t, dir)
	goRun(t, dir, "vet", "./...")
	goRun(t, dir, "build", "-o", "roundtrip.exe", "./roundtrip")
	server := peer.Start(t, peer.PythonCommand(t, "../peers/python/gen_random.py", append([]string{slices}, files...)...))
	got, err := exec.CommandContext(t.Context(), filepath.Join(dir, "roundtrip.exe"), server.Value("tcp")).CombinedOutput()
	require.NoError(t, err, "%s", got)
	t.Logf("%d models: %s", count, got)
}

// judged asks slice2cpp about a model, which must be valid. It returns false for one
// that makes slice2cpp itself fail.
func judged(t *testing.T, dir string, m *randomModel) bool {
	cpp := exec.CommandContext(t.Context(), "slice2cpp", append([]string{"-I.", "-I" + peer.SliceDir, "--underscore", "--output-dir", t.TempDir()}, m.order...)...)
	cpp.Dir = dir
	out, err := cpp.CombinedOutput()
	if err != nil && strings.Contains(string(out), "NullHandleException") {
		t.Logf("slice2cpp fails over %s: %s", m.name, out)
		return false
	}
	require.NoError(t, err, "the model %s is not valid: %s", m.name, out)
	return true
}

var echoConstructor = regexp.MustCompile(`^New(Echo\d+)Prx$`)

// writeRoundTrip writes the program that calls every Echo interface: the one in
// testdata with a list of what the generated packages have.
func writeRoundTrip(t *testing.T, dir string) {
	text, err := os.ReadFile("testdata/roundtrip/main.go.txt")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "roundtrip"), 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "roundtrip", "main.go"), text, 0o666))
	var imports, echoes, classes strings.Builder
	found, err := filepath.Glob(filepath.Join(dir, "rnd*", "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	seen := map[string]bool{}
	for _, file := range found {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		pkg := parsed.Name.Name
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil {
				continue
			}
			switch m := echoConstructor.FindStringSubmatch(f.Name.Name); {
			case m != nil:
				fmt.Fprintf(&echoes, "\t%q: %s.%s,\n", "Rnd"+pkg[3:len(pkg)-1]+strings.ToUpper(pkg[len(pkg)-1:])+m[1], pkg, f.Name.Name)
			case strings.HasPrefix(f.Name.Name, "New") && len(f.Type.Params.List) == 0 && isClassConstructor(f):
				fmt.Fprintf(&classes, "\t%s.%s,\n", pkg, f.Name.Name)
			default:
				continue
			}
			if !seen[pkg] {
				seen[pkg] = true
				fmt.Fprintf(&imports, "\t%q\n", "example.com/random/"+pkg)
			}
		}
	}
	list := "package main\n\nimport (\n" + imports.String() + ")\n\nvar echoes = map[string]any{\n" + echoes.String() + "}\n\nvar classes = []any{\n" + classes.String() + "}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "roundtrip", "list.go"), []byte(list), 0o666))
}

// isClassConstructor tells the constructor of a class from that of an exception.
func isClassConstructor(f *ast.FuncDecl) bool {
	star, ok := f.Type.Results.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	name, ok := star.X.(*ast.Ident)
	return ok && regexp.MustCompile(`^C\d+$`).MatchString(name.Name)
}
