package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/slice2go/slice2go/"

// mayImport says which of our packages a part of the tree may import besides
// its own, longest prefix first where they overlap. interop may import all.
var mayImport = []struct {
	part    string
	imports []string
}{
	{"cmd/omero", []string{"gateway", "generated", "runtime"}},
	{"cmd/", []string{"parser", "slice", "gen"}},
	{"parser", []string{"slice"}},
	{"gen", []string{"slice"}},
	{"slice", nil},
	{"runtime/wire", nil},
	{"runtime/ice", []string{"runtime/wire"}},
	{"runtime/model", nil},
	{"runtime/async", []string{"runtime/ice"}},
	{"runtime/otelice", []string{"runtime/ice"}},
	{"generated/", []string{"runtime", "generated"}},
	{"gateway", []string{"generated", "runtime"}},
}

// onlyIn names libraries that only some parts of the tree use.
var onlyIn = map[string][]string{
	"github.com/alecthomas/participle/v2": {"parser", "gateway/omerotest/internal/hql", "gateway/omerotest/internal/tables"},
	"github.com/dave/jennifer/jen":        {"gen"},
	"github.com/spf13/cobra":              {"cmd/"},
	"go.opentelemetry.io/":                {"runtime/otelice"},
	"modernc.org/sqlite":                  {"gateway/omerotest/internal/store"},
}

const longestFile = 900 // lines, of files that people wrote

type goPackage struct {
	ImportPath   string
	Dir          string
	Doc          string
	Imports      []string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
}

func packages(t *testing.T) []goPackage {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Doc,Imports,GoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Dir = filepath.Join("..", "..")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var list []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			require.NotEmpty(t, list)
			return list
		}
		require.NoError(t, err)
		list = append(list, p)
	}
}

// within reports whether a path below the module is in a part of the tree.
func within(path, part string) bool {
	part = strings.TrimSuffix(part, "/")
	return path == part || strings.HasPrefix(path, part+"/")
}

// illegal returns why a package of ours may not import another, or "".
func illegal(path, imported string) string {
	if within(path, "interop") {
		return ""
	}
	if within(imported, "interop") {
		return "only tests may import interop"
	}
	for _, rule := range mayImport {
		if !within(path, rule.part) {
			continue
		}
		allowed := append([]string{rule.part}, rule.imports...)
		if slices.ContainsFunc(allowed, func(part string) bool { return within(imported, part) }) {
			return ""
		}
		return "imports go one way: " + strings.TrimSuffix(rule.part, "/") + " may import " + list(rule.imports)
	}
	return "a part of the tree that this test has no rule for: add one"
}

func list(parts []string) string {
	if len(parts) == 0 {
		return "nothing of ours"
	}
	return strings.Join(parts, ", ")
}

func TestImportsGoOneWay(t *testing.T) {
	for _, p := range packages(t) {
		path := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			if ours, ok := strings.CutPrefix(imported, module); ok {
				assert.Empty(t, illegal(path, ours), "%s imports %s", path, ours)
			}
			for library, parts := range onlyIn {
				if strings.HasPrefix(imported, library) {
					assert.True(t, slices.ContainsFunc(parts, func(part string) bool { return within(path, part) }),
						"%s imports %s: only %s does", path, library, list(parts))
				}
			}
		}
	}
}

func TestRulesCatchWhatTheyShould(t *testing.T) {
	assert.NotEmpty(t, illegal("slice", "gen"))
	assert.NotEmpty(t, illegal("runtime/wire", "runtime/ice"))
	assert.NotEmpty(t, illegal("gateway", "interop/peer"))
	assert.NotEmpty(t, illegal("parser", "gen"))
	assert.NotEmpty(t, illegal("elsewhere", "slice"))
	assert.Empty(t, illegal("cmd/slice2go", "slice/definitions"))
	assert.Empty(t, illegal("runtime/ice", "runtime/ice/internal/transport"))
	assert.Empty(t, illegal("generated/omero", "generated/glacier2"))
}

func TestPackagesAreDocumented(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 {
			assert.NotEmpty(t, p.Doc, "%s has no package comment", p.ImportPath)
		}
	}
}

func TestFilesStayShort(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			require.NoError(t, err)
			if bytes.HasPrefix(text, []byte("// Code generated ")) {
				continue
			}
			lines := bytes.Count(text, []byte("\n"))
			assert.LessOrEqual(t, lines, longestFile, "%s/%s: split it by subject", p.ImportPath, name)
		}
	}
}
