package parser

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/slice"
	"github.com/slice2go/slice2go/slice/definitions"
)

// said lists the diagnostics as "line:col: message".
func said(diags *slice.Diagnostics) []string {
	var out []string
	for _, d := range diags.Sorted() {
		out = append(out, fmt.Sprintf("%d:%d: %s", d.Pos.Line, d.Pos.Col, d.Message))
	}
	return out
}

// TestGrammarIsOnRecord shows every change of the language in a review.
func TestGrammarIsOnRecord(t *testing.T) {
	golden := filepath.Join("testdata", "grammar.ebnf")
	text := fileParser.String() + "\n\n" + bodyParser.String() + "\n\n" + enumParser.String() + "\n"
	if os.Getenv("UPDATE_GRAMMAR") != "" {
		require.NoError(t, os.WriteFile(golden, []byte(text), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), text, "UPDATE_GRAMMAR=1 go test ./parser -run TestGrammarIsOnRecord takes it over")
}

// TestRecovery holds that one mistake hides no other.
func TestRecovery(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"statements": {
			"module M {\n struct S { int a int b; int c; };\n interface I { void f(int; void g(); };\n const int = 5;\n struct T { S s; Nope n; };\n};\n",
			[]string{"2:19: missing `;` before keyword `int`", "3:26: unexpected `;`, expected a name", "4:12: unexpected `=`, expected a name", "5:18: `Nope` is not defined"},
		},
		"missing brace": {
			"module M {\n interface I { void f();\n interface J { void g(); };\n};\n",
			[]string{"3:2: missing `}` before `interface`"},
		},
		"names of broken definitions are not missed": {
			"module M {\n struct S extends X { int a; };\n sequence<S> Ss;\n};\n",
			[]string{"2:11: unexpected keyword `extends`, expected `{`"},
		},
		"end of file": {
			"module M {\n struct S { int a;",
			[]string{"2:19: missing `}` before the end of the file"},
		},
		"misspelt keyword": {
			"module M {\n interfce I { void f(); };\n struct S { int a; };\n};\n",
			[]string{"2:2: unexpected `interfce`, expected a definition"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, diags, err := load(tt.text)
			require.NoError(t, err)
			assert.Equal(t, tt.want, said(diags))
		})
	}
}

// TestLimits holds that nothing goes on for ever, however it is nested.
func TestLimits(t *testing.T) {
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	tests := map[string]struct{ text, want string }{
		"modules":             {many("module M { module N {", 1000), "nested too deeply"},
		"scoped modules":      {"module A" + many("::B", 100_000) + " {}", "nested too deeply"},
		"conditionals":        {many("#if 1\n", 2000), "nested too deeply"},
		"parentheses":         {"#if " + many("(", 100_000) + "\n#endif\n", "nested too deeply"},
		"signs":               {"#if " + many("!", 100_000) + "1\n#endif\n", "nested too deeply"},
		"expansion":           {"#define A0 x x\n" + doubling(40) + "A40\n", "too much text"},
		"empty expansion":     {"#define F(x) x x\n" + many("F(", 100) + many(")", 100) + "\n", "too much text"},
		"expansion in an #if": {"#define A0 1+1\n" + doubling(40) + "#if A40\n#endif\n", "too much text"},
		"statement":           {"module M { interface I { void f(" + many("int a,", 100_000) + "int b); }; };", "too long"},
		"errors":              {many("module 5;\n", 10_000), "too many errors"},
		"include":             {"#include <a.ice>\n", "includes itself"},
		"include with macros": {"#define N0\n#ifdef N1\n#define N2\n#endif\n#define N1\n#include <a.ice>\n#include <a.ice>\n", "includes itself"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, diags, err := load(tt.text)
			require.NoError(t, err)
			assert.Contains(t, strings.Join(said(diags), "\n"), tt.want)
		})
	}
}

// doubling defines A1 … An, each twice the one before.
func doubling(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "#define A%d A%d A%d\n", i, i-1, i-1)
	}
	return b.String()
}

// TestIncludes finds files where they should be found.
func TestIncludes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(t, os.WriteFile(p, []byte(text), 0o644))
		return p
	}
	write("inc/lib/Lib.ice", "#pragma once\n#include \"Other.ice\"\nmodule Lib { struct S { Lib::O o; }; };\n")
	write("inc/lib/Other.ice", "#ifndef O_ICE\n#define O_ICE\nmodule Lib { struct O { int i; }; };\n#endif\n")
	main := write("src/Main.ice", "#include <lib/Lib.ice>\n#include <lib/Other.ice>\n#include <lib/Lib.ice>\n#include \"Near.ice\"\n#include <Ship.ice>\nmodule M { struct T { Lib::S s; Lib::O o; Near::N n; Ship::S p; }; };\n")
	write("src/Near.ice", "#pragma once\n#include \"Main.ice\"\nmodule Near { struct N { int i; }; };\n")
	opts := Options{
		IncludeDirs: []string{filepath.Join(dir, "inc")},
		Embedded:    fstest.MapFS{"Ship.ice": {Data: []byte("#pragma once\nmodule Ship { struct S { int i; }; };\n")}},
	}

	_, diags, err := Load(opts, main)
	require.NoError(t, err)
	require.NotEmpty(t, said(diags), "Main.ice has no include guard and comes again through Near.ice")

	write("src/Near.ice", "#pragma once\nmodule Near { struct N { int i; }; };\n")
	model, diags, err := Load(opts, main)
	require.NoError(t, err)
	assert.Empty(t, said(diags))
	var names []string
	for _, f := range model.Files {
		names = append(names, f.Name)
		assert.Equal(t, f.Name == "Ship.ice", f.Embedded)
		assert.Equal(t, strings.HasSuffix(f.Path, "Main.ice"), f.Input)
	}
	assert.Len(t, names, 5)
	assert.Contains(t, names, "lib/Other.ice")
	assert.Len(t, model.Files[0].Includes, 4)

	_, diags, err = Load(opts, filepath.Join(dir, "src"), filepath.Join(dir, "inc"))
	require.NoError(t, err)
	assert.Empty(t, said(diags))

	missing := write("src/Missing.ice", "#include <No.ice>\nmodule M { };\n")
	_, diags, err = Load(opts, missing)
	require.NoError(t, err)
	assert.Equal(t, []string{"1:10: cannot find the include file `No.ice`"}, said(diags))

	_, _, err = Load(opts, filepath.Join(dir, "nothing.ice"))
	assert.ErrorContains(t, err, "there is no file or folder")
	_, _, err = Load(opts, t.TempDir())
	assert.ErrorContains(t, err, "there is no .ice file")
}

// TestTwoUnitsWithOtherMacros reads a file anew where its conditions ask for
// something else.
func TestTwoUnitsWithOtherMacros(t *testing.T) {
	files := fstest.MapFS{
		"part.ice": {Data: []byte("#ifdef WIDE\nmodule P { struct Wide { long l; }; };\n#else\nmodule P { struct Narrow { int i; }; };\n#endif\n")},
		"one.ice":  {Data: []byte("#include <part.ice>\nmodule A { struct S { P::Narrow n; }; };\n")},
		"two.ice":  {Data: []byte("#define WIDE\n#include <part.ice>\nmodule B { struct S { P::Wide w; }; };\n")},
	}
	_, diags, err := Load(Options{Embedded: files}, "one.ice", "two.ice")
	require.NoError(t, err)
	assert.Empty(t, said(diags))
	_, diags, err = Load(Options{Embedded: files, Defines: []string{"WIDE"}}, "one.ice")
	require.NoError(t, err)
	assert.Equal(t, []string{"2:23: `P::Narrow` is not defined"}, said(diags))
	_, diags, err = Load(Options{Embedded: files, Defines: []string{"WIDE=2"}, Undefines: []string{"WIDE"}}, "one.ice")
	require.NoError(t, err)
	assert.Empty(t, said(diags))
}

// TestTwoUnitsThroughAnInclude does so where the conditions stand in a file
// that the inputs include by another.
func TestTwoUnitsThroughAnInclude(t *testing.T) {
	files := fstest.MapFS{
		"part.ice":  {Data: []byte("#ifndef PART\n#define PART\n#ifdef WIDE\nmodule P { struct Wide { long l; }; };\n#else\nmodule P { struct Narrow { int i; }; };\n#endif\n#endif\n")},
		"outer.ice": {Data: []byte("#ifndef OUTER\n#define OUTER\n#include <part.ice>\n#endif\n")},
		"one.ice":   {Data: []byte("#include <part.ice>\n#include <outer.ice>\nmodule A { struct S { P::Narrow n; }; };\n")},
		"two.ice":   {Data: []byte("#define WIDE\n#include <outer.ice>\nmodule B { struct S { P::Wide w; }; };\n")},
		"three.ice": {Data: []byte("#include <outer.ice>\n#include <part.ice>\nmodule C { struct S { P::Narrow n; }; };\n")},
	}
	_, diags, err := Load(Options{Embedded: files}, "one.ice", "two.ice", "three.ice")
	require.NoError(t, err)
	assert.Empty(t, said(diags))
	_, diags, err = Load(Options{Embedded: files}, "two.ice", "three.ice", "one.ice")
	require.NoError(t, err)
	assert.Empty(t, said(diags))
}

// TestRepeatedMacros includes a file with many macros again and again, and
// through many others: that costs neither time nor memory without bound.
func TestRepeatedMacros(t *testing.T) {
	var macros strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&macros, "#define m%x\n#ifdef n%x\n#endif\n", i, i)
	}
	files := fstest.MapFS{"h.ice": {Data: []byte(macros.String())}}
	size := macros.Len()
	for i := range 150 {
		text := fmt.Sprintf("#include <c%d.ice>\n", i+1)
		if i == 149 {
			text = strings.Repeat("#include <h.ice>\n", 20_000)
		}
		files[fmt.Sprintf("c%d.ice", i)] = &fstest.MapFile{Data: []byte(text)}
		size += len(text)
	}
	p := &preprocessor{macros: newMacros(), loader: &loader{
		opts: Options{Embedded: files}, byID: map[string]*source{}, byName: map[string]*source{}, found: map[string]string{},
	}}
	srcs, err := p.expand([]string{"c0.ice"})
	require.NoError(t, err)
	v := p.unit(srcs[0])
	events, effects, asked := 0, 0, 0
	for _, h := range p.macros.history {
		events += len(h)
	}
	for _, v := range p.variants {
		effects += len(v.effects)
		asked += len(v.asked)
	}
	assert.NotNil(t, v)
	assert.Less(t, events+effects+asked, size, "each takes tens of bytes")
	assert.Less(t, p.scanned, (maxRescans+2)*size+2<<20)
	assert.True(t, p.limited)
}

// maxMemory is how many times the size of a file may be in use while it is
// read.
const maxMemory = 65

// TestMillionLines reads a file of a million lines, in memory that its size
// bounds.
func TestMillionLines(t *testing.T) {
	var b strings.Builder
	b.WriteString("module M {\n")
	for i := range 250_000 / slower {
		fmt.Fprintf(&b, "struct S%d\n{\nint i;\n};\n", i)
	}
	b.WriteString("};\n")
	model := loadMeasured(t, b.String(), maxMemory)
	assert.Len(t, model.Files[0].Defs, 250_000/slower)
}

// TestMemoryIsBounded tries what takes the most memory for its size.
func TestMemoryIsBounded(t *testing.T) {
	var members, enumerators, params, short strings.Builder
	for i := range 100_000 / slower {
		fmt.Fprintf(&members, "S a%x;", i)
		fmt.Fprintf(&enumerators, "e%x,", i)
		fmt.Fprintf(&params, "void f%x(S a);", i)
		short.WriteString(letters(i) + ",")
	}
	for name, text := range map[string]string{
		"members":     "module M{struct S{int i;};struct T{" + members.String() + "};};",
		"enumerators": "module M{enum E{" + enumerators.String() + "};};",
		"short":       "module M{enum E{" + short.String() + "};};",
		"operations":  "module M{struct S{int i;};interface I{" + params.String() + "};};",
		"broken":      strings.Repeat("x;", 500_000/slower),
		"braces":      strings.Repeat("{", 500_000/slower),
		"undefined":   "module M{struct S{" + strings.ReplaceAll(members.String(), "S ", "X ") + "};};",
		"semicolons":  strings.Repeat(";", 500_000/slower),
		"macros":      "#define A struct S{int i;};\nmodule M{" + strings.Repeat("A ", 200_000/slower) + "};",
	} {
		t.Run(name, func(t *testing.T) { loadMeasured(t, text, maxMemory) })
	}
}

// letters is i as a name that is as short as can be, and no keyword.
func letters(i int) string {
	out := "q"
	for ; i > 0; i /= 26 {
		out += string(rune('a' + i%26))
	}
	return out
}

// loadMeasured loads text and fails if more than times its size, or 8 MiB, is
// ever in use. That leaves out what waits for the garbage collector, which
// depends on how busy the machine is: by default as much again.
func loadMeasured(t *testing.T, text string, times int) *slice.Model {
	t.Helper()
	inUse := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	live := func() int64 {
		metrics.Read(inUse)
		return int64(inUse[0].Value.Uint64())
	}
	runtime.GC()
	before := live()
	peak, stop := make(chan int64), make(chan struct{})
	go func() {
		most := int64(0)
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(2 * time.Millisecond):
				most = max(most, live())
			}
		}
	}()
	model, diags, err := load(text)
	close(stop)
	most := <-peak
	runtime.GC()
	most = max(most, live())
	runtime.KeepAlive(model)
	require.NoError(t, err)
	grown := most - before
	t.Logf("%d bytes, %d bytes of memory: %d times; %d diagnostics", len(text), grown, grown/int64(len(text)), len(diags.Sorted()))
	if slower == 1 {
		assert.Less(t, grown, int64(max(times*len(text), 8<<20)))
	}
	return model
}

// BenchmarkOMERO reads, resolves and checks the shipped definitions of OMERO.
func BenchmarkOMERO(b *testing.B) {
	opts := Options{Embedded: definitions.FS}
	for b.Loop() {
		_, diags, err := Load(opts, "omero")
		if err != nil || diags.HasErrors() {
			b.Fatal(err, said(diags))
		}
	}
}

// TestUnitsShareWhatTheyCanOnly goes through files that two inputs see with
// other macros: what they define alike is defined once, and each sees its own.
func TestUnitsShareWhatTheyCanOnly(t *testing.T) {
	files := fstest.MapFS{
		"part.ice": {Data: []byte("#ifdef WIDE\n#define T long\n#else\n#define T int\n#endif\nmodule P { struct Common { T i; }; class C(7) { T i; };\n" +
			"#ifdef WIDE\nstruct Wide { int i; };\n#endif\n};\n")},
		"one.ice":  {Data: []byte("#include <part.ice>\nmodule A { struct S { P::Common n; P::C c; }; };\n")},
		"two.ice":  {Data: []byte("#define WIDE\n#include <part.ice>\nmodule B { struct S { P::Wide w; P::Common c; }; };\n")},
		"tmpl.ice": {Data: []byte("module T { struct NAME { int i; }; };\n")},
		"uses.ice": {Data: []byte("#define NAME One\n#include <tmpl.ice>\n#undef NAME\n#define NAME Two\n#include <tmpl.ice>\n#undef NAME\nmodule T { struct S { One o; Two t; }; };\n")},
		"more.ice": {Data: []byte("#define NAME Three\n#include <tmpl.ice>\nmodule T { struct R { Three o; }; };\n")},
	}
	for _, inputs := range [][]string{{"one.ice", "two.ice"}, {"two.ice", "one.ice"}, {"uses.ice", "more.ice"}, {"more.ice", "uses.ice"}} {
		model, diags, err := Load(Options{Embedded: files}, inputs...)
		require.NoError(t, err)
		var errors []string
		for _, d := range diags.Sorted() {
			if d.Severity == slice.Error {
				errors = append(errors, d.Message)
			}
		}
		assert.Empty(t, errors, "%v", inputs)
		assert.NotEmpty(t, model.Files)
	}
}
