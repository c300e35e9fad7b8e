package corpus

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
	"github.com/slice2go/slice2go/slice/definitions"
)

const guardsDir = "../../testdata/guards"

// guardOrders are the orders in which the files of testdata/guards are given:
// sorted, the other way round, and some at random, whole and in part.
func guardOrders(t *testing.T) [][]string {
	var files []string
	for _, pattern := range []string{"*.ice", "sub/*.ice"} {
		found, err := filepath.Glob(filepath.Join(guardsDir, pattern))
		require.NoError(t, err)
		files = append(files, found...)
	}
	require.Greater(t, len(files), 20)
	backwards := slices.Clone(files)
	slices.Reverse(backwards)
	orders := [][]string{files, backwards}
	random := rand.New(rand.NewPCG(13, 11))
	for n := range 30 {
		order := slices.Clone(files)
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		if n%3 > 0 {
			order = order[:2+random.IntN(6)]
		}
		orders = append(orders, order)
	}
	return orders
}

// TestGuards compiles many files in one run, each with another include guard and
// with text outside of it. What slice2cpp says of a file that includes them all in
// the same order is what is to be said of the run.
func TestGuards(t *testing.T) {
	peer.Require(t, "slice2cpp")
	sub := filepath.Join(guardsDir, "sub")
	var whole []string
	for n, order := range guardOrders(t) {
		var text strings.Builder
		for _, file := range order {
			abs, err := filepath.Abs(file)
			require.NoError(t, err)
			fmt.Fprintf(&text, "#include <%s>\n", abs)
		}
		dir := t.TempDir()
		umbrella := filepath.Join(dir, "Umbrella.ice")
		require.NoError(t, os.WriteFile(umbrella, []byte(text.String()), 0o666))
		output, err := exec.Command("slice2cpp", "-I"+guardsDir, "-I"+sub, "--output-dir", dir, umbrella).CombinedOutput()
		require.NoError(t, err, "%s", output)

		model, diags, err := parser.Load(parser.Options{IncludeDirs: []string{guardsDir, sub}, Embedded: definitions.FS}, order...)
		require.NoError(t, err)
		var said bytes.Buffer
		require.NoError(t, (&slice.Printer{Out: &said}).Print(diags))
		assert.Empty(t, said.String(), "%v", order)
		if n == 0 {
			whole = definedIn(model)
		}
		if len(order) == len(guardOrders(t)[0]) {
			assert.Equal(t, whole, definedIn(model), "%v", order)
		}
	}
}

// definedIn are the names of all definitions of a model, sorted.
func definedIn(m *slice.Model) []string {
	var out []string
	for _, f := range m.Files {
		for _, d := range f.Defs {
			out = append(out, d.Decl().ScopedName())
		}
	}
	slices.Sort(out)
	return out
}
