package definitions_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
)

// onTheWire are the metadata that change what is sent, or what a server does.
func onTheWire(metadata []string) (kept []string) {
	for _, m := range metadata {
		if m == "nonmutating" || m == "preserve-slice" || strings.HasPrefix(m, "format:") {
			kept = append(kept, m)
		}
	}
	return kept
}

// What we define of Ice's own interfaces is on the wire what Debian's files
// define: type ids, order of members and parameters, modes, exceptions,
// optional tags, compact ids, formats. Nothing is left out, be it local, and each
// file that may be included there is here.
func TestIceIsWhatDebianDefines(t *testing.T) {
	peer.Require(t, "ice-slice")
	for _, folder := range []string{"Ice", "Glacier2", "IceBT", "IceBox", "IceGrid", "IceIAP", "IcePatch2", "IceSSL", "IceStorm"} {
		ours, theirs := byName(compile(t, folder), folder), byName(compileIn(t, peer.SliceDir, folder), folder)
		require.NotEmpty(t, ours)
		files, err := filepath.Glob(filepath.Join(peer.SliceDir, folder, "*.ice"))
		require.NoError(t, err)
		for _, f := range files {
			assert.FileExists(t, filepath.Join(folder, filepath.Base(f)))
		}
		for name := range theirs {
			assert.Contains(t, ours, name, "left out")
		}
		for name, d := range ours {
			if assert.Contains(t, theirs, name, "Debian does not define it") {
				assert.Equal(t, describe(theirs[name]), describe(d))
			}
		}
	}
}

// byName gives the definitions that the files of one folder make, with only
// such metadata as matters here.
func byName(model *slice.Model, folder string) map[string]slice.Def {
	found := map[string]slice.Def{}
	for _, f := range model.Files {
		if !strings.HasPrefix(f.Name, folder+"/") {
			continue
		}
		for _, d := range f.Defs {
			if _, module := d.(*slice.Module); module {
				continue
			}
			found[d.Decl().ScopedName()] = d
			d.Decl().Metadata = onTheWire(d.Decl().Metadata)
			var ops []*slice.Operation
			var all []*slice.Member
			switch d := d.(type) {
			case *slice.Interface:
				ops = d.Operations
			case *slice.Class:
				ops, all = d.Operations, d.Members
			case *slice.Exception:
				all = d.Members
			case *slice.Struct:
				all = d.Members
			}
			for _, o := range ops {
				o.Metadata = onTheWire(o.Metadata)
			}
			for _, m := range all {
				m.Metadata = onTheWire(m.Metadata)
			}
		}
	}
	return found
}

// compile compiles the files that ship in one folder.
func compile(t *testing.T, folder string) *slice.Model {
	t.Helper()
	return compileIn(t, ".", folder)
}

// compileIn compiles a folder below root, from which its files are included.
func compileIn(t *testing.T, root, folder string) *slice.Model {
	t.Helper()
	model, diagnostics, err := parser.Load(parser.Options{IncludeDirs: []string{root}}, filepath.Join(root, folder))
	require.NoError(t, err)
	for _, d := range diagnostics.Sorted() {
		require.NotEqual(t, slice.Error, d.Severity, "%s: %s", d.Pos, d.Message)
	}
	return model
}
