package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/slice"
)

// slice2go runs the command line in this process.
func slice2go(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

func writeSlice(t *testing.T, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(p, []byte(text), 0o644))
	return p
}

func TestUsage(t *testing.T) {
	tests := []struct {
		args   []string
		status int
		stderr string
	}{
		{nil, 2, "a command is missing"},
		{[]string{"nonsense"}, 2, "unknown command"},
		{[]string{"check"}, 2, "name a Slice file"},
		{[]string{"dump"}, 2, "name a Slice file"},
		{[]string{"check", "--nonsense"}, 2, "unknown flag"},
		{[]string{"check", "no-such-file.ice"}, 2, "there is no file or folder no-such-file.ice"},
		{[]string{"check", "-D", "1X", "omero/RTypes.ice"}, 2, "a macro needs a name"},
		{[]string{"version", "too", "much"}, 2, "unknown command"},
		{[]string{"version"}, 0, ""},
		{[]string{"help"}, 0, ""},
		{[]string{"check", "--help"}, 0, ""},
	}
	for _, tt := range tests {
		status, stdout, stderr := slice2go(tt.args...)
		assert.Equal(t, tt.status, status, "%v", tt.args)
		assert.Contains(t, stderr, tt.stderr, "%v", tt.args)
		if tt.status == 0 {
			assert.NotEmpty(t, stdout, "%v", tt.args)
		}
	}
}

const wrong = `module Demo
{
	sequence<string> StringSet;
	interface Printer
	{
		void print(StringSte what);
		idempotent void print();
	};
};
`

func TestCheckPrintsForPeople(t *testing.T) {
	file := writeSlice(t, "Demo.ice", wrong)
	status, stdout, stderr := slice2go("check", file)
	assert.Equal(t, 1, status)
	assert.Empty(t, stdout)
	assert.Equal(t, file+":6:14: error: `StringSte` is not defined\n"+
		"\t\tvoid print(StringSte what);\n"+
		"\t\t           ^~~~~~~~~\n"+
		"note: did you mean `StringSet`?\n"+
		file+":7:19: error: operation `print` is defined a second time\n"+
		"\t\tidempotent void print();\n"+
		"\t\t                ^~~~~\n"+
		file+":6:8: note: the first definition is here\n"+
		"\t\tvoid print(StringSte what);\n"+
		"\t\t     ^~~~~\n", stderr)
}

func TestCheckSaysByWhomAFileIsIncluded(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.ice": "#include \"b.ice\"\n", "b.ice": "\n#include \"c.ice\"\n", "c.ice": "module C { struct S { T t; }; };\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	status, _, stderr := slice2go("check", filepath.Join(dir, "a.ice"))
	assert.Equal(t, 1, status)
	assert.True(t, strings.HasPrefix(stderr, "In file included from "+filepath.Join(dir, "b.ice")+":2:\n"+
		"                 from "+filepath.Join(dir, "a.ice")+":1:\n"+filepath.Join(dir, "c.ice")+":1:23: error: "), stderr)
}

func TestCheckPrintsJSON(t *testing.T) {
	file := writeSlice(t, "Demo.ice", wrong)
	status, stdout, stderr := slice2go("check", "--json", file)
	assert.Equal(t, 1, status)
	assert.Empty(t, stderr)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	require.Len(t, lines, 2)
	assert.JSONEq(t, `{"file":"`+file+`","line":6,"column":14,"endColumn":23,"severity":"error","id":"undefined",
		"message":"`+"`StringSte` is not defined"+`","notes":[{"message":"`+"did you mean `StringSet`?"+`"}]}`, lines[0])
}

func TestCheckTakesFlags(t *testing.T) {
	inc := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(inc, "Inc.ice"), []byte("module Inc { struct a_b { int i; }; };\n"), 0o644))
	file := writeSlice(t, "Demo.ice", "#ifdef WANTED\n#include <Inc.ice>\nmodule Demo { struct S { Inc::a_b i; }; };\n#endif\n")
	for _, tt := range []struct {
		args   []string
		status int
	}{
		{[]string{}, 0},
		{[]string{"-DWANTED"}, 1},
		{[]string{"-D", "WANTED", "-I", inc}, 1},
		{[]string{"-DWANTED=1", "-I" + inc, "--underscore"}, 0},
		{[]string{"-DWANTED", "-U", "WANTED"}, 0},
	} {
		status, _, stderr := slice2go(append([]string{"check", file}, tt.args...)...)
		assert.Equal(t, tt.status, status, "%v\n%s", tt.args, stderr)
	}
}

// fact is a definition as the facts file and the dump both have it.
type fact map[string]any

func readFacts(t *testing.T, text string) (facts []fact) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		var f fact
		require.NoError(t, json.Unmarshal([]byte(line), &f))
		facts = append(facts, f)
	}
	return facts
}

// TestDumpIsTheFacts holds the dump of the shipped OMERO definitions against
// the facts that they were written from, definition by definition. A type in
// the facts is named as OMERO wrote it and must mean what the dump says: its
// name is the end of the absolute one.
func TestDumpIsTheFacts(t *testing.T) {
	data, err := os.ReadFile("../../testdata/omero/definitions.jsonl")
	require.NoError(t, err)
	status, stdout, stderr := slice2go("dump", "../../slice/definitions/omero")
	require.Equal(t, 0, status, stderr)
	want, got := readFacts(t, string(data)), readFacts(t, stdout)
	require.Len(t, got, len(want))
	require.Greater(t, len(want), 1000)
	byFile := func(facts []fact) {
		sort.SliceStable(facts, func(i, j int) bool { return facts[i]["file"].(string) < facts[j]["file"].(string) })
	}
	byFile(want)
	byFile(got)
	for i := range want {
		if !sameFact(want[i], got[i], "") {
			w, _ := json.Marshal(want[i])
			g, _ := json.Marshal(got[i])
			assert.Failf(t, "different", "fact: %s\ndump: %s", w, g)
		}
	}
	status, embedded, _ := slice2go("dump", "omero")
	assert.Equal(t, 0, status)
	assert.Equal(t, len(stdout), len(embedded), "the embedded definitions are the same")
}

// typeKeys are the keys whose values name definitions.
var typeKeys = map[string]bool{"type": true, "returns": true, "of": true, "key": true, "value": true, "extends": true, "implements": true, "throws": true}

func sameFact(want, got any, key string) bool {
	switch w := want.(type) {
	case fact:
		return sameFact(map[string]any(w), map[string]any(got.(fact)), key)
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(w) != len(g) {
			return false
		}
		for k, v := range w {
			if !sameFact(v, g[k], k) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) != len(g) {
			return false
		}
		for i := range w {
			if !sameFact(w[i], g[i], key) {
				return false
			}
		}
		return true
	case string:
		g, ok := got.(string)
		if ok && typeKeys[key] && strings.HasPrefix(g, "::") {
			return strings.HasSuffix(g, "::"+strings.TrimPrefix(w, "::"))
		}
		return w == g
	}
	return want == got
}

// TestDumpHasEveryField dumps what OMERO has not.
func TestDumpHasEveryField(t *testing.T) {
	file := writeSlice(t, "All.ice", `module M {
enum E { a = 3, b };
["deprecate:old"] class C(7) { optional(1) string s = "x\ty"; E e = b; double d = 1.5; };
local interface L { void go(); };
interface I { ["amd"] nonmutating optional(2) int op(C c, out optional(3) Object* p); };
class D extends C implements I { };
};
`)
	status, stdout, stderr := slice2go("dump", file)
	require.Equal(t, 0, status, stderr)
	want := []string{
		`{"file":"All.ice","module":"M","kind":"enum","name":"E","items":[["a","3"],["b",null]]}`,
		`{"file":"All.ice","module":"M","kind":"class","name":"C","meta":["deprecate:old"],"compact":7,"members":[` +
			`{"type":"string","name":"s","tag":1,"default":"\"x\\ty\""},{"type":"::M::E","name":"e","default":"::M::E::b"},{"type":"double","name":"d","default":"1.5"}]}`,
		`{"file":"All.ice","module":"M","kind":"interface","name":"L","local":true,"ops":[{"name":"go","returns":"void","params":[]}]}`,
		`{"file":"All.ice","module":"M","kind":"interface","name":"I","ops":[{"name":"op","returns":"int","params":[{"type":"::M::C","name":"c"},` +
			`{"type":"Object*","name":"p","out":true,"tag":3}],"mode":"nonmutating","tag":2,"meta":["amd"]}]}`,
		`{"file":"All.ice","module":"M","kind":"class","name":"D","extends":["::M::C"],"implements":["::M::I"]}`,
	}
	assert.Equal(t, strings.Join(want, "\n")+"\n", stdout)
	status, stdout, _ = slice2go("dump", writeSlice(t, "Wrong.ice", wrong))
	assert.Equal(t, 1, status)
	assert.Empty(t, stdout)
}

// TestColours prints in colours on a terminal only.
func TestColours(t *testing.T) {
	var out bytes.Buffer
	assert.False(t, useColor(&out))
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	assert.False(t, useColor(f))
	require.NoError(t, f.Close())
	var diags slice.Diagnostics
	diags.Add(slice.Diagnostic{ID: "x", Message: "wrong"})
	require.NoError(t, (&slice.Printer{Out: &out, Color: true}).Print(&diags))
	assert.Contains(t, out.String(), "\x1b[1;31merror:\x1b[0m")
}
