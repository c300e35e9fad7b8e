package model_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/slice2go/slice2go/runtime/model"
)

func TestUnitSymbol(t *testing.T) {
	for name, want := range map[string]string{
		"MICROMETER": "µm", "METER": "m", "DECAMETER": "dam", "ANGSTROM": "Å", "SECOND": "s", "MILLISECOND": "ms", "HOUR": "h",
		"MEGAHERTZ": "MHz", "KILOVOLT": "kV", "MILLIWATT": "mW", "HECTOPASCAL": "hPa", "MILLIBAR": "mbar", "MILLITORR": "mTorr",
		"MMHG": "mm Hg", "KELVIN": "K", "PSI": "psi", "NONSENSE": "NONSENSE", "XYMETER": "XYMETER",
	} {
		assert.Equal(t, want, model.UnitSymbol(name), name)
	}
}

func TestFlags(t *testing.T) {
	var perm int64 = -1
	perm = model.Flags(perm).With(4<<8, false)
	assert.False(t, model.Flags(perm).Has(4<<8))
	assert.True(t, model.Flags(perm).Has(2<<8|1))
	assert.Equal(t, int64(-1), model.Flags(perm).With(4<<8, true))
	assert.True(t, model.IsSet([]bool{false, true}, 1))
	assert.False(t, model.IsSet([]bool{true}, -1) || model.IsSet([]bool{true}, 1))
}

func TestSetWhileRanging(t *testing.T) {
	b := &book{pagesLoaded: true}
	pages := []*page{{}, {}, {}}
	assert.NoError(t, b.set().Add(pages...))
	seen := 0
	for _, p := range b.pages {
		seen++
		assert.NoError(t, b.set().Remove(p))
	}
	assert.Equal(t, []int{3, 0}, []int{seen, b.set().Size()})
	assert.NoError(t, b.set().Add(nil), "a null element refers to nothing")
	assert.NoError(t, b.set().Clear())
}
