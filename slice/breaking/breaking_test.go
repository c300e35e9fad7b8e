package breaking_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
	"github.com/slice2go/slice2go/slice/breaking"
	"github.com/slice2go/slice2go/slice/definitions"
)

func load(t testing.TB, text string) *slice.Model {
	t.Helper()
	model, diags, err := parser.Load(parser.Options{Embedded: fstest.MapFS{"t.ice": {Data: []byte(text)}}}, "t.ice")
	require.NoError(t, err)
	var messages []string
	for _, d := range diags.Sorted() {
		messages = append(messages, d.Message)
	}
	require.False(t, diags.HasErrors(), "%s\n%s", text, strings.Join(messages, "\n"))
	return model
}

func ids(changes []breaking.Change) (out []string) {
	for _, c := range changes {
		out = append(out, c.Rule)
	}
	return out
}

func TestCompare(t *testing.T) {
	covered := map[string]bool{}
	for _, test := range []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", `struct S { int a; }`, `struct S { int a; }`, nil},
		{"layout only", `struct S { int a; }`, "\n// other\nstruct S\n{\n  int a;\n}", nil},
		{"removed", `interface I {} class C {} exception E {} struct S { int a; } const int K = 1;`, `interface J {}`,
			[]string{"definition-added", "interface-removed", "class-removed", "exception-removed", "definition-removed", "definition-removed"}},
		{"kind", `struct T { int a; }`, `class T { int a; }`, []string{"kind-changed"}},
		{"local does not count", `local interface L { void a(); }`, `local interface L { void b(); }`, nil},

		{"operations", `interface I { void a(); void b(); }`, `interface I { void b(); void c(); }`, []string{"operation-added", "operation-removed"}},
		{"operation order", `interface I { void a(); void b(); }`, `interface I { void b(); void a(); }`, nil},
		{"operation into a base", `interface I { void a(); }`, `interface B { void a(); } interface I extends B {}`, []string{"definition-added", "base-added"}},
		{"base gone", `interface B { void a(); } interface I extends B {}`, `interface B { void a(); } interface I {}`, []string{"base-removed"}},
		{"mode", `interface I { void a(); }`, `interface I { idempotent void a(); }`, []string{"mode-changed"}},
		{"nonmutating is idempotent", `interface I { nonmutating void a(); }`, `interface I { idempotent void a(); }`, nil},
		{"parameters", `interface I { void a(int x); }`, `interface I { void a(int x, int y); }`, []string{"parameter-added"}},
		{"parameter gone", `interface I { void a(int x, string y); }`, `interface I { void a(int x); }`, []string{"parameter-removed"}},
		{"parameter type", `interface I { void a(int x); }`, `interface I { void a(long x); }`, []string{"parameter-type-changed"}},
		{"parameter order", `interface I { void a(int x, int y); }`, `interface I { void a(int y, int x); }`, []string{"parameter-order-changed"}},
		{"parameter name", `interface I { void a(int x, out int y); }`, `interface I { void a(int z, out int w); }`, []string{"parameter-renamed", "parameter-renamed"}},
		{"parameter name and type", `interface I { void a(int x); }`, `interface I { void a(string z); }`, []string{"parameter-added", "parameter-removed"}},
		{"in becomes out", `interface I { void a(int x); }`, `interface I { void a(out int x); }`, []string{"parameter-added", "parameter-removed"}},
		{"result", `interface I { int a(); }`, `interface I { string a(); }`, []string{"return-type-changed"}},
		{"result from nothing", `interface I { void a(); }`, `interface I { int a(); }`, []string{"return-type-changed"}},
		{"optional result", `interface I { int a(); }`, `interface I { optional(1) int a(); }`, []string{"optional-changed"}},
		{"tag of a result", `interface I { optional(1) int a(); }`, `interface I { optional(2) int a(); }`, []string{"tag-changed"}},
		{"throws", `exception E {} exception F {} interface I { void a() throws E; }`, `exception E {} exception F {} interface I { void a() throws F; }`,
			[]string{"exception-added", "exception-dropped"}},
		{"throws a derived one", `exception E {} exception F extends E {} interface I { void a() throws E; }`,
			`exception E {} exception F extends E {} interface I { void a() throws E, F; }`, []string{"exception-refined"}},

		{"optional parameters", `interface I { void a(optional(1) int x, optional(2) int y); }`, `interface I { void a(optional(2) int y, optional(3) int z); }`,
			[]string{"optional-added", "optional-removed"}},
		{"optional to required", `class C { optional(1) int a; }`, `class C { int a; }`, []string{"optional-changed"}},
		{"required to optional", `class C { int a; }`, `class C { optional(1) int a; }`, []string{"optional-changed"}},
		{"tag", `class C { optional(1) int a; }`, `class C { optional(2) int a; }`, []string{"tag-changed"}},
		{"tag reused", `class C { optional(1) int a; }`, `class C { optional(1) string b; }`, []string{"tag-reused"}},
		{"optional renamed", `class C { optional(1) int a; }`, `class C { optional(1) int b; }`, []string{"member-renamed"}},
		{"optional type", `class C { optional(1) int a; }`, `class C { optional(1) string a; }`, []string{"member-type-changed"}},

		{"members", `struct S { int a; int b; }`, `struct S { int b; int a; }`, []string{"member-order-changed"}},
		{"member added", `class C { int a; }`, `class C { int a; int b; }`, []string{"member-added"}},
		{"member removed", `exception E { int a; int b; }`, `exception E { int b; }`, []string{"member-removed"}},
		{"member type", `struct S { int a; }`, `struct S { float a; }`, []string{"member-type-changed"}},
		{"member name", `struct S { int a; }`, `struct S { int b; }`, []string{"member-renamed"}},
		{"class base", `class B {} class C extends B {}`, `class B {} class C {}`, []string{"class-base-changed"}},
		{"exception base", `exception B {} exception C {}`, `exception B {} exception C extends B {}`, []string{"exception-base-changed"}},
		{"compact id", `class C(4) {}`, `class C(5) {}`, []string{"compact-id-changed"}},
		{"compact id gone", `class C(4) {}`, `class C {}`, []string{"compact-id-changed"}},
		{"preserve-slice", `["preserve-slice"] class C {}`, `class C {}`, []string{"preserve-slice-removed"}},
		{"default", `class C { int a = 1; }`, `class C { int a = 2; }`, []string{"default-changed"}},

		{"enumerators", `enum E { a, b }`, `enum E { a, c = 5 }`, []string{"enumerator-removed", "enumerator-added"}},
		{"enumerator renamed", `enum E { a, b }`, `enum E { a, c }`, []string{"enumerator-renamed"}},
		{"enumerator moved", `enum E { a, b }`, `enum E { b, a }`, []string{"enumerator-value-changed", "enumerator-value-changed"}},
		{"enum grows", `enum E { a }`, `enum E { a, b = 1000 }`, []string{"enum-size-changed", "enumerator-added"}},

		{"elements", `sequence<int> Q;`, `sequence<long> Q;`, []string{"element-type-changed"}},
		{"dictionary", `dictionary<int, int> D;`, `dictionary<string, bool> D;`, []string{"key-type-changed", "value-type-changed"}},
		{"another name of the same", `sequence<int> Q; struct S { Q a; }`, `sequence<int> Q; sequence<int> R; struct S { R a; }`, []string{"definition-added"}},
		{"another struct of the same form", `struct A { int x; } struct B { int x; } struct S { A a; }`, `struct A { int x; } struct B { int x; } struct S { B a; }`,
			[]string{"type-renamed"}},
		{"another proxy", `interface I {} interface J {} struct S { I* a; }`, `interface I {} interface J {} struct S { J* a; }`, []string{"member-type-changed"}},
		{"constant", `const int K = 1;`, `const int K = 2;`, []string{"constant-changed"}},
		{"constant's type", `const int K = 1;`, `const long K = 1;`, []string{"constant-changed"}},
		{"Go name", `struct S { int a; }`, `["go:identifier:T"] struct S { int a; }`, []string{"go-name-changed"}},
		{"deprecated", `interface I { void a(); }`, `interface I { ["deprecate:use b"] void a(); }`, []string{"deprecated"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, after := load(t, "module M { "+test.old+" }"), load(t, "module M { "+test.new+" }")
			changes := breaking.Compare(before, after, breaking.Options{})
			assert.ElementsMatch(t, test.want, ids(changes))
			for _, c := range changes {
				covered[c.Rule] = true
				assert.NotEmpty(t, c.Reason)
				assert.True(t, c.Old.IsValid() || c.New.IsValid(), c.Message)
			}
			assert.Empty(t, breaking.Compare(before, before, breaking.Options{}), "nothing changes against itself")
			assert.Empty(t, breaking.Compare(before, after, breaking.Options{Ignore: test.want}))
		})
	}
	for _, r := range breaking.Rules() {
		assert.True(t, covered[r.ID], "no test for the rule %s", r.ID)
	}
}

func TestPrint(t *testing.T) {
	changes := breaking.Compare(load(t, "module M { struct S { int a; } }"), load(t, "module M\n{\n  struct S { long a; }\n}"), breaking.Options{})
	var text, js strings.Builder
	require.NoError(t, breaking.Print(&text, changes))
	assert.Equal(t, `<embedded>/t.ice:3:19: wire: member a of struct ::M::S had the type int and has long [member-type-changed]
    the other side decodes it as another type
    it was in <embedded>/t.ice:1:27
`, text.String())
	require.NoError(t, breaking.WriteJSON(&js, changes))
	assert.JSONEq(t, `{"rule":"member-type-changed","level":"wire","message":"member a of struct ::M::S had the type int and has long",
		"reason":"the other side decodes it as another type","old":{"file":"<embedded>/t.ice","line":1,"col":27},"new":{"file":"<embedded>/t.ice","line":3,"col":19}}`, js.String())
}

func TestOptions(t *testing.T) {
	require.NoError(t, breaking.Options{Ignore: []string{"member-renamed"}}.Validate())
	require.ErrorContains(t, breaking.Options{Ignore: []string{"member-rename"}}.Validate(), `no rule "member-rename"`)
	for _, l := range []breaking.Level{breaking.Safe, breaking.Source, breaking.Wire} {
		again, err := breaking.ParseLevel(l.String())
		require.NoError(t, err)
		assert.Equal(t, l, again)
	}
	_, err := breaking.ParseLevel("bytes")
	require.ErrorContains(t, err, "use wire, source or safe")
}

func TestOMEROAgainstItself(t *testing.T) {
	model, _, err := parser.Load(parser.Options{Embedded: definitions.FS}, "omero")
	require.NoError(t, err)
	assert.Empty(t, breaking.Compare(model, model, breaking.Options{}))
}

func FuzzCompare(f *testing.F) {
	f.Add("module M { class C(1) { optional(2) int a = 3; } interface I { idempotent C a(int b, out string c) throws E; } exception E {} }",
		"module M { enum C { a, b = 7 } sequence<C> S; dictionary<C, S> D; struct T { D d; } const C k = a; }")
	f.Fuzz(func(t *testing.T, before, after string) {
		models := []*slice.Model{}
		for _, text := range []string{before, after} {
			model, diags, err := parser.Load(parser.Options{Embedded: fstest.MapFS{"t.ice": {Data: []byte(text)}}}, "t.ice")
			if err != nil || diags.HasErrors() {
				return
			}
			models = append(models, model)
		}
		breaking.Compare(models[0], models[1], breaking.Options{})
		assert.Empty(t, breaking.Compare(models[0], models[0], breaking.Options{}))
	})
}
