package gen_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gen"
)

// TestClassOperations makes proxies and servants of the classes that have
// operations, and of none where the configuration calls them local.
func TestClassOperations(t *testing.T) {
	m := load(t, "ByValue.ice")
	const path = "byvalue/byvalue.go"
	remote := string(generate(t, m, "", goldenModule).Files[path])
	local := string(generate(t, m, "packages: [{module: ByValue, path: "+goldenModule+"/byvalue, classOperations: local}]", goldenModule).Files[path])
	for _, name := range []string{"ClerkPrx", "ChiefPrx", "CounterPrx", "ClerkOperations", "SquarePrx"} {
		assert.Contains(t, remote, "type "+name+" interface {")
		assert.NotContains(t, local, name)
	}
	for _, text := range []string{remote, local} {
		assert.NotContains(t, text, "PlainPrx", "a class without operations")
		assert.True(t, strings.Contains(text, "type ShapePrx interface"))
	}
	_, err := gen.ParseConfig([]byte("packages:\n  - module: A\n    classOperations: remote\n"))
	require.ErrorContains(t, err, `3:22: packages[0].classOperations: "remote" is not known; leave it out or say "local"`)
}

// TestPreserved keeps the field of the runtime that preserves slices apart from a
// base of that name.
func TestPreserved(t *testing.T) {
	out, diags := generateText(t, `module M { class Preserved { int i; } ["preserve-slice"] class C extends Preserved { int k; } }`, "")
	require.Empty(t, diags.Sorted())
	assert.Contains(t, string(out.Files["m/t.go"]), "type C struct {\n\tCBase\n\twire.Preserved\n")
}
