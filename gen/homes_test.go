package gen_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gen"
	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
	"github.com/slice2go/slice2go/slice/definitions"
)

// homeConfigs are the configurations of the packages that other modules'
// definitions find without being told.
var homeConfigs = []string{
	"../runtime/ice/slice2go.yaml",
	"../generated/glacier2/slice2go.yaml",
	"../generated/icegrid/slice2go.yaml",
	"../generated/icemx/slice2go.yaml",
	"../generated/icestorm/slice2go.yaml",
	"../generated/omero/slice2go.yaml",
}

// TestHomes holds homes.yaml against the configurations of our own packages,
// and against the definitions for the classes that others derive from.
func TestHomes(t *testing.T) {
	m, diags, err := parser.Load(parser.Options{Embedded: definitions.FS}, "Ice", "Glacier2", "IceGrid", "IceStorm", "omero")
	require.NoError(t, err)
	require.False(t, diags.HasErrors())
	var want gen.Config
	for _, name := range homeConfigs {
		cfg, err := gen.ReadConfig(name)
		require.NoError(t, err)
		for _, p := range cfg.Packages {
			p.Open = open(m, p)
			want.Packages = append(want.Packages, p)
		}
	}
	const file = "homes.yaml"
	if *update {
		text, err := yaml.Marshal(&want)
		require.NoError(t, err)
		head := "# What is known of our own packages where other modules refer to them. Written by\n# go test ./gen -run TestHomes -update\n"
		require.NoError(t, os.WriteFile(file, append([]byte(head), text...), 0o666))
	}
	text, err := os.ReadFile(filepath.Clean(file))
	require.NoError(t, err)
	got, err := gen.ParseConfig(text)
	require.NoError(t, err)
	assert.Equal(t, want.Packages, got.Packages, "go test ./gen -run TestHomes -update writes it anew")
}

// open lists the classes of the package that are referred to as AnyC.
func open(m *slice.Model, p gen.Package) []string {
	var out []string
	for _, f := range m.Files {
		for _, d := range f.Defs {
			c, ok := d.(*slice.Class)
			if !ok || c.Local || c.TopModule().Name != p.Module {
				continue
			}
			name := strings.TrimPrefix(c.ScopedName(), "::")
			if len(c.Derived) > 0 && !slices.Contains(p.Concrete, name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}
