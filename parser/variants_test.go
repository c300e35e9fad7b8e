package parser

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/slice/definitions"
)

// TestOMEROIsParsedOnce holds that include guards alone make no file be parsed
// twice with a definition in it.
func TestOMEROIsParsedOnce(t *testing.T) {
	p := &preprocessor{macros: newMacros(), loader: &loader{
		opts: Options{Embedded: definitions.FS}, byID: map[string]*source{}, byName: map[string]*source{}, found: map[string]string{},
	}}
	srcs, err := p.expand([]string{"omero"})
	require.NoError(t, err)
	for _, s := range srcs {
		p.unit(s)
	}
	for _, s := range p.sources {
		whole := 0
		for _, v := range s.variants {
			if len(v.segments) > 0 {
				whole++
			}
		}
		assert.Equal(t, 1, whole, s.file.Name)
	}
}
