package interop

import (
	"encoding/hex"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

// TestWireEdges sends numbers and texts at the edges through Ice and back. Ice for Python stands on Ice for C++; what it
// does with a text that is not UTF-8 is its own.
func TestWireEdges(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	c := startCodec(t)
	nan := math.Float64frombits
	for name, v := range map[string]*sample.Primitives{
		"negative zero":   {F: float32(math.Copysign(0, -1)), D: math.Copysign(0, -1)},
		"infinity":        {F: float32(math.Inf(1)), D: math.Inf(-1)},
		"not a number":    {F: float32(math.NaN()), D: math.NaN()},
		"NaN that says":   {D: nan(0x7ff8dead0000beef)},
		"subnormal":       {F: math.SmallestNonzeroFloat32, D: math.SmallestNonzeroFloat64},
		"largest":         {F: math.MaxFloat32, D: math.MaxFloat64, L: math.MaxInt64, I: math.MaxInt32, S: math.MaxInt16, Y: 255},
		"least":           {L: math.MinInt64, I: math.MinInt32, S: math.MinInt16},
		"zero in a text":  {T: "a\x00b"},
		"last characters": {T: "\uffff\U0010ffff\ufffd"},
	} {
		for _, encoding := range encodings {
			t.Run(name+" "+encoding.String(), func(t *testing.T) {
				ours, err := sample.Encode("echoPrimitives/x", encoding, v)
				require.NoError(t, err)
				back, err := c.echo("echoPrimitives/x", encoding, ours)
				require.NoError(t, err)
				assert.Equal(t, hex.EncodeToString(ours), hex.EncodeToString(back))
			})
		}
	}
	for _, text := range []string{"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80"} {
		ours, err := sample.Encode("echoPrimitives/x", encodings[1], &sample.Primitives{T: text})
		require.NoError(t, err)
		_, err = c.echo("echoPrimitives/x", encodings[1], ours)
		var no *refused
		require.ErrorAs(t, err, &no, "%q", text)
	}
}
