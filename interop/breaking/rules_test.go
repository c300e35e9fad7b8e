package breaking

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
	diff "github.com/slice2go/slice2go/slice/breaking"
)

// proof is one change of Slice definitions, with Python for both sides. What is
// empty in the new version is as in the old one.
type proof struct {
	rule            string
	old, new        string
	serve, serveNew string
	call, callNew   string
	typ, typNew     string // of the proxy; I if empty
	clients         string // more definitions, that only clients have
}

// echo returns what it gets, as text.
const echo = "class S(M.I):\n def a(self, *args): return show(args[:-1])"

// give returns what an expression says.
func give(value string) string {
	return "class S(M.I):\n def a(self, *args): return " + value
}

// raise raises it.
func raise(value string) string {
	return "class S(M.I):\n def a(self, *args): raise " + value
}

var proofs = []proof{
	{rule: "interface-removed", old: `interface I { string a(); }`, new: `interface J { string a(); }`,
		serve: give("'x'"), serveNew: "class S(M.J):\n def a(self, *args): return 'x'", call: "M.IPrx.checkedCast(base) is None", callNew: "M.JPrx.checkedCast(base) is None", typNew: "J"},
	{rule: "class-removed", old: `class C { int x; } interface I { string a(Object o); }`, new: `interface I { string a(Object o); }`,
		serve: echo, call: "p.a(M.C(4))", callNew: "None"},
	{rule: "exception-removed", old: `exception E { int x; } interface I { void a() throws E; }`, new: `interface I { void a(); }`,
		serve: raise("M.E(4)"), serveNew: give("None"), call: "p.a()"},
	{rule: "kind-changed", old: `struct T { int x; } interface I { string a(T t); }`, new: `class T { int x; } interface I { string a(T t); }`,
		serve: echo, call: "p.a(M.T(4))"},
	{rule: "operation-removed", old: `interface I { string a(); }`, new: `interface I { string b(); }`,
		serve: give("'x'"), serveNew: "class S(M.I):\n def b(self, *args): return 'x'", call: "p.a()", callNew: "p.b()"},
	{rule: "operation-added", old: `interface I { string a(); }`, new: `interface I { string a(); void b(); }`, serve: give("'x'"), call: "p.a()"},
	{rule: "mode-changed", old: `interface I { string a(); }`, new: `interface I { idempotent string a(); }`, serve: give("'x'"), call: "p.a()"},
	{rule: "parameter-added", old: `interface I { string a(int x); }`, new: `interface I { string a(int x, int y); }`, serve: echo, call: "p.a(1)", callNew: "p.a(1, 2)"},
	{rule: "parameter-removed", old: `interface I { string a(int x, int y); }`, new: `interface I { string a(int x); }`, serve: echo, call: "p.a(1, 2)", callNew: "p.a(1)"},
	{rule: "parameter-type-changed", old: `interface I { string a(int x); }`, new: `interface I { string a(float x); }`, serve: echo, call: "p.a(1)"},
	{rule: "parameter-order-changed", old: `interface I { string a(int x, short y); }`, new: `interface I { string a(short y, int x); }`, serve: echo, call: "p.a(1, 2)"},
	{rule: "parameter-renamed", old: `interface I { string a(int x); }`, new: `interface I { string a(int y); }`, serve: echo, call: "p.a(1)"},
	{rule: "return-type-changed", old: `interface I { int a(); }`, new: `interface I { float a(); }`, serve: give("1"), call: "p.a()"},
	{rule: "exception-dropped", old: `exception E { int x; } interface I { string a() throws E; }`, new: `exception E { int x; } interface I { string a(); }`, serve: give("'x'"), call: "p.a()"},
	{rule: "exception-added", old: `exception E { int x; } interface I { string a(); }`, new: `exception E { int x; } interface I { string a() throws E; }`,
		serve: give("'x'"), serveNew: raise("M.E(1)"), call: "p.a()"},
	{rule: "exception-refined", old: `exception E { int x; } exception F extends E { int y; } interface I { ["format:sliced"] void a() throws E; }`,
		new:   `exception E { int x; } exception F extends E { int y; } interface I { ["format:sliced"] void a() throws E, F; }`,
		serve: raise("M.F(1, 2)"), call: "p.a()"},
	{rule: "base-removed", old: `interface B { string a(); } interface I extends B {}`, new: `interface B { string a(); } interface I {}`,
		serve: give("'x'"), call: "M.BPrx.uncheckedCast(p).a()"},
	{rule: "base-added", old: `interface B { string c(); } interface I { string a(); }`, new: `interface B { string c(); } interface I extends B { string a(); }`, serve: give("'x'"), call: "p.a()"},
	{rule: "optional-added", old: `interface I { string a(int x); }`, new: `interface I { string a(int x, optional(1) int y); }`,
		serve: "class S(M.I):\n def a(self, x, *args): return show(x)", call: "p.a(1)"},
	{rule: "optional-added", old: `class C { int x; } interface I { string a(C c); }`, new: `class C { int x; optional(1) int y; } interface I { string a(C c); }`,
		serve: "class S(M.I):\n def a(self, c, current): return show(c.x)", call: "p.a(M.C(1))", callNew: "p.a(M.C(1, 2))"},
	{rule: "optional-removed", old: `interface I { string a(int x, optional(1) int y); }`, new: `interface I { string a(int x); }`,
		serve: "class S(M.I):\n def a(self, x, *args): return show(x)", call: "p.a(1, 2)", callNew: "p.a(1)"},
	{rule: "optional-changed", old: `interface I { string a(optional(1) int x); }`, new: `interface I { string a(int x); }`, serve: echo, call: "p.a(1)"},
	{rule: "tag-changed", old: `interface I { string a(optional(1) int x); }`, new: `interface I { string a(optional(2) int x); }`, serve: echo, call: "p.a(1)"},
	{rule: "tag-reused", old: `interface I { string a(optional(1) int x); }`, new: `interface I { string a(optional(1) float y); }`, serve: echo, call: "p.a(1)"},
	{rule: "member-added", old: `struct T { int x; } interface I { string a(T t); }`, new: `struct T { int x; int y; } interface I { string a(T t); }`,
		serve: echo, call: "p.a(M.T(1))", callNew: "p.a(M.T(1, 2))"},
	{rule: "member-added", old: `class T { int x; } interface I { string a(T t); }`, new: `class T { int x; int y; } interface I { string a(T t); }`,
		serve: echo, call: "p.a(M.T(1))", callNew: "p.a(M.T(1, 2))"},
	{rule: "member-removed", old: `exception E { int x; int y; } interface I { void a() throws E; }`, new: `exception E { int x; } interface I { void a() throws E; }`,
		serve: raise("M.E(1, 2)"), serveNew: raise("M.E(1)"), call: "p.a()"},
	{rule: "member-type-changed", old: `struct T { int x; } interface I { string a(T t); }`, new: `struct T { float x; } interface I { string a(T t); }`, serve: echo, call: "p.a(M.T(1))"},
	{rule: "member-order-changed", old: `struct T { int x; short y; } interface I { string a(T t); }`, new: `struct T { short y; int x; } interface I { string a(T t); }`,
		serve: echo, call: "p.a(M.T(x=1, y=2))"},
	{rule: "member-renamed", old: `struct T { int x; } interface I { string a(T t); }`, new: `struct T { int y; } interface I { string a(T t); }`, serve: echo, call: "p.a(M.T(1))"},
	{rule: "class-base-changed", old: `class B { int x; } class C extends B { int y; } interface I { string a(C c); }`, new: `class B { int x; } class C { int y; } interface I { string a(C c); }`,
		serve: echo, call: "p.a(M.C(1, 2))", callNew: "p.a(M.C(2))"},
	{rule: "exception-base-changed", old: `exception B { int x; } exception C extends B { int y; } interface I { void a() throws C; }`,
		new:   `exception B { int x; } exception C { int y; } interface I { void a() throws C; }`,
		serve: raise("M.C(1, 2)"), serveNew: raise("M.C(2)"), call: "p.a()"},
	{rule: "compact-id-changed", old: `class C(4) { int x; } interface I { string a(C c); }`, new: `class C(5) { int x; } interface I { string a(C c); }`, serve: echo, call: "p.a(M.C(1))"},
	{rule: "preserve-slice-removed", old: `["preserve-slice"] class B { int x; } interface I { ["format:sliced"] B a(B b); }`, new: `class B { int x; } interface I { ["format:sliced"] B a(B b); }`,
		clients: `class D extends B { int y; }`, serve: "class S(M.I):\n def a(self, b, current): return b", call: "p.a(M.D(1, 2))"},
	{rule: "enumerator-removed", old: `enum E { x, y } interface I { string a(E e); }`, new: `enum E { x } interface I { string a(E e); }`, serve: echo, call: "p.a(M.E.y)", callNew: "p.a(M.E.x)"},
	{rule: "enumerator-added", old: `enum E { x } interface I { E a(); }`, new: `enum E { x, y } interface I { E a(); }`, serve: give("M.E.x"), serveNew: give("M.E.y"), call: "p.a()"},
	{rule: "enumerator-value-changed", old: `enum E { x, y } interface I { string a(E e); }`, new: `enum E { y, x } interface I { string a(E e); }`,
		serve: "class S(M.I):\n def a(self, e, current): return e.name", call: "p.a(M.E.x)"},
	{rule: "enumerator-renamed", old: `enum E { x, y } interface I { string a(E e); }`, new: `enum E { x, z } interface I { string a(E e); }`,
		serve: echo, call: "p.a(M.E.y)", callNew: "p.a(M.E.z)"},
	{rule: "enum-size-changed", old: `enum E { x = 1 } interface I { string a(E e); }`, new: `enum E { x = 1, y = 1000 } interface I { string a(E e); }`,
		serve: echo, call: "p.ice_encodingVersion(Ice.Encoding_1_0).a(M.E.x)"},
	{rule: "element-type-changed", old: `sequence<int> Q; interface I { string a(Q q); }`, new: `sequence<short> Q; interface I { string a(Q q); }`, serve: echo, call: "p.a([1, 2])"},
	{rule: "key-type-changed", old: `dictionary<int, int> D; interface I { string a(D d); }`, new: `dictionary<short, int> D; interface I { string a(D d); }`, serve: echo, call: "p.a({1: 2})"},
	{rule: "value-type-changed", old: `dictionary<int, int> D; interface I { string a(D d); }`, new: `dictionary<int, float> D; interface I { string a(D d); }`, serve: echo, call: "p.a({1: 2})"},
	{rule: "default-changed", old: `class C { int x = 1; } interface I { string a(C c); }`, new: `class C { int x = 2; } interface I { string a(C c); }`, serve: echo, call: "p.a(M.C(5))"},
	{rule: "type-renamed", old: `struct A { int x; } struct B { int x; } interface I { string a(A s); }`, new: `struct A { int x; } struct B { int x; } interface I { string a(B s); }`,
		serve: "class S(M.I):\n def a(self, s, current): return show(s.x)", call: "p.a(M.A(1))", callNew: "p.a(M.B(1))"},
	{rule: "deprecated", old: `interface I { string a(); }`, new: `interface I { ["deprecate:x"] string a(); }`, serve: give("'x'"), call: "p.a()"},
}

// unproved are the rules that are about Go or about values that no call changes.
var unproved = map[string]bool{"definition-removed": true, "definition-added": true, "constant-changed": true, "go-name-changed": true}

func TestRulesAreTrue(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	levels := map[string]diff.Level{}
	for _, r := range diff.Rules() {
		levels[r.ID] = r.Level
	}
	same := talk(t, false, false)
	newServer, newClient := talk(t, false, true), talk(t, true, false)
	proved := map[string]bool{}
	for i, p := range proofs {
		name := fmt.Sprintf("Case%d", i)
		require.NotEmpty(t, same[name])
		proved[p.rule] = true
		var found []string
		for _, c := range diff.Compare(model(t, p.old), model(t, p.new), diff.Options{}) {
			found = append(found, c.Rule)
		}
		assert.Contains(t, found, p.rule)
		outcome := fmt.Sprintf("%s: the same version gets %s, an old client and a new server %s, a new client and an old server %s",
			p.rule, same[name], newServer[name], newClient[name])
		t.Log(outcome)
		if levels[p.rule] == diff.Wire {
			assert.False(t, newServer[name] == same[name] && newClient[name] == same[name], "the wire does not break. %s", outcome)
		} else {
			assert.True(t, newServer[name] == same[name] && newClient[name] == same[name], "the wire breaks. %s", outcome)
		}
	}
	for id := range levels {
		assert.True(t, proved[id] || unproved[id], "no proof of the rule %s", id)
	}
}

func model(t *testing.T, text string) *slice.Model {
	t.Helper()
	m, diags, err := parser.Load(parser.Options{Embedded: fstest.MapFS{"t.ice": {Data: []byte("module M { " + text + " }")}}}, "t.ice")
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), text)
	return m
}

// talk has clients of one version call servers of one, and returns what they got.
func talk(t *testing.T, newClient, newServer bool) map[string]string {
	t.Helper()
	var serving, calling []map[string]string
	for i, p := range proofs {
		or := func(useNew bool, o, n string) string {
			if useNew && n != "" {
				return n
			}
			return o
		}
		name := fmt.Sprintf("Case%d", i)
		serving = append(serving, map[string]string{"name": name, "slice": or(newServer, p.old, p.new), "serve": or(newServer, p.serve, p.serveNew)})
		typ := or(newClient, p.typ, p.typNew)
		if typ == "" {
			typ = "I"
		}
		calling = append(calling, map[string]string{"name": name, "slice": or(newClient, p.old, p.new) + " " + p.clients, "call": or(newClient, p.call, p.callNew), "type": typ})
	}
	script := filepath.Join(peer.Root(t), "interop", "peers", "python", "breaking.py")
	file := func(cases any) string {
		data, err := json.Marshal(cases)
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "cases.json")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	server := peer.Start(t, peer.PythonCommand(t, script, file(serving)))
	client := peer.Start(t, peer.PythonCommand(t, script, "--port", server.Value("port"), file(calling)))
	results := map[string]string{}
	for i := range proofs {
		name := fmt.Sprintf("Case%d", i)
		results[name] = client.Value("result " + name)
	}
	return results
}
