package definitions_test

import (
	"io/fs"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/slice/definitions"
)

// ZeroC's own compilers accept every file that ships, with no other include
// folder than ours. OMERO's classes have operations, which 3.7 warns of.
func TestCompilersAcceptTheDefinitions(t *testing.T) {
	files, err := fs.Glob(definitions.FS, "*/*.ice")
	require.NoError(t, err)
	deeper, err := fs.Glob(definitions.FS, "*/*/*.ice")
	require.NoError(t, err)
	files = append(files, deeper...)
	require.Greater(t, len(files), 232)

	for _, compiler := range []string{"slice2cpp", "slice2py", "slice2java"} {
		t.Run(compiler, func(t *testing.T) {
			peer.Require(t, compiler)
			args := []string{"--underscore", "-I.", "--output-dir", t.TempDir()}
			out, err := exec.CommandContext(t.Context(), compiler, append(args, files...)...).CombinedOutput()
			require.NoError(t, err, "%s", out)
			assert.NotContains(t, string(out), "error:")
		})
	}
}
