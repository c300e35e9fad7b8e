package parser

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHints holds what is said beside the bare facts of frequent mistakes, and
// that one mistake makes one error.
func TestHints(t *testing.T) {
	body := func(s string) string { return "module M {\n struct S { int i; };\n " + s + "\n};\n" }
	tests := map[string]struct {
		text  string
		want  []string
		notes string
	}{
		"builtin type":         {body("struct T { strng s; };"), []string{"3:13: `strng` is not defined"}, "did you mean `string`?"},
		"type of Java":         {body("struct T { boolean b; };"), []string{"3:13: `boolean` is not defined"}, "Slice calls it `bool`"},
		"nothing is near":      {body("struct T { one b; };"), []string{"3:13: `one` is not defined"}, ""},
		"defined later":        {body("sequence<T> Q; struct T { int i; };"), []string{"3:11: `T` is not defined"}, "it is defined here, and a name is known only behind its definition"},
		"based on itself":      {body("interface I extends I { };"), []string{"3:22: `I` is not defined"}, "it is defined here, and a name is known only behind its definition"},
		"declared only":        {body("class C; class D extends C { }; class C { };"), []string{"3:27: `C` is declared only, and must be defined before something is based on it"}, "the declaration is here; it is defined here, and a name is known only behind its definition"},
		"no result":            {body("interface I { f(); };"), []string{"3:17: unexpected `(`, expected a name"}, "an operation needs the type of its result before its name, or `void`"},
		"optional":             {body("class C { Optional(1) int i; };"), []string{"3:20: unexpected `(`, expected a name"}, "did you mean `optional`?"},
		"type without a name":  {body("interface I { void f(int); };"), []string{"3:26: unexpected `)`, expected a name"}, "a parameter needs a type and a name"},
		"array":                {body("struct T { string[] s; };"), []string{"3:19: unexpected `[`, expected a name"}, "sequences and dictionaries are types with a name: `sequence<string> Names;` in the module, then `Names` here"},
		"sequence in a struct": {body("struct T { sequence<int> s; int i; };"), []string{"3:13: a sequence cannot be defined here"}, "define it in the module, before, and use its name as the type"},
		"sequence after an open struct": {
			body("struct T { int i;\n sequence<int> Q;\n module N { };"),
			[]string{"4:2: missing `}` before `sequence`"}, "struct `T` begins here",
		},
		"open string":            {body("const string A = \"abc;\n const int B = 1;\n sequence<S> Q;"), []string{"3:19: this string has no end on its line"}, ""},
		"name in German":         {body("struct Größe { int höhe; };"), []string{"3:9: the name `Größe` has letters other than those of ASCII", "3:23: the name `höhe` has letters other than those of ASCII"}, ""},
		"UTF-16":                 {"\xff\xfem\x00o\x00d\x00", []string{"1:1: this file is in UTF-16; Slice files are in UTF-8"}, ""},
		"braces":                 {"module M { struct S {{{{{{ int i; }}}}}} };", []string{"1:22: unexpected `{`, expected a type"}, ""},
		"misspelt include":       {"#include <b/d.ice>\n" + body("struct T { B::S s; };"), []string{"1:10: cannot find the include file `b/d.ice`"}, "looked in the definitions that ship with slice2go; name further folders with -I; did you mean `b/c.ice`?"},
		"include without folder": {"#include <c.ice>\n", []string{"1:10: cannot find the include file `c.ice`"}, "looked in the definitions that ship with slice2go; name further folders with -I; did you mean `a.ice`?"},
		"other mistakes count": {
			"#include <b/d.ice>\n" + body("struct T { B::S s; intt i; };"),
			[]string{"1:10: cannot find the include file `b/d.ice`", "4:21: `intt` is not defined"},
			"looked in the definitions that ship with slice2go; name further folders with -I; did you mean `b/c.ice`?; did you mean `int`?",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, diags, err := load(tt.text)
			require.NoError(t, err)
			var notes []string
			for _, d := range diags.Sorted() {
				for _, n := range d.Notes {
					notes = append(notes, n.Message)
				}
			}
			assert.Equal(t, tt.want, said(diags))
			assert.Equal(t, tt.notes, strings.Join(notes, "; "))
		})
	}
}

// TestMissingIncludeOfAnInclude holds that only the files that need the missing
// one are spared the errors that follow from it.
func TestMissingIncludeOfAnInclude(t *testing.T) {
	files := fstest.MapFS{
		"part.ice": {Data: []byte("#include <gone.ice>\nmodule P { struct S { Gone::G g; }; };\n")},
		"one.ice":  {Data: []byte("#include <part.ice>\nmodule A { struct S { Gone::G g; }; };\n")},
		"two.ice":  {Data: []byte("module B { struct S { Elsewhere::T t; }; };\n")},
	}
	_, diags, err := Load(Options{Embedded: files}, "one.ice", "two.ice")
	require.NoError(t, err)
	assert.Equal(t, []string{"1:10: cannot find the include file `gone.ice`", "1:23: `Elsewhere::T` is not defined"}, said(diags))
}

// TestLines asks for lines in any order.
func TestLines(t *testing.T) {
	l := &lines{text: "\uFEFFone\r\ntwo\n\nfour"}
	for i, want := range []string{"one", "two", "", "four", "", ""} {
		assert.Equal(t, want, l.line(i+1))
	}
	assert.Equal(t, "two", l.line(2))
	assert.Equal(t, "one", l.line(1))
	assert.Empty(t, (&lines{}).line(7))
}
