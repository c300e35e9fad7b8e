package wire_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

// What Ice 3.8.2 and 3.8.3 mend in ZeroC's own runtimes, by their change log, that is of this package: each
// is right here. What they refuse is in TestDecodeErrors.

// "Fixed the unmarshaling of batch requests to reject a request count larger than the message can hold."
func TestBatchCount(t *testing.T) {
	for n, want := range map[int32]string{-1: "a batch of -1 requests", math.MinInt32: "a batch of", math.MaxInt32: "12 bytes announced", 3: "a batch of 3 requests of at least 12"} {
		e := wire.NewEncoder(nil, wire.Encoding10)
		e.Int(n)
		e.Blob(make([]byte, 2*12))
		d := wire.NewDecoder(e.Data(), wire.Encoding10)
		assert.Zero(t, d.BatchCount())
		require.ErrorContains(t, d.Err(), want)
	}
	d := wire.NewDecoder(append([]byte{2, 0, 0, 0}, make([]byte, 2*12)...), wire.Encoding10)
	assert.Equal(t, 2, d.BatchCount())
}

// "Fixed an integer overflow in the sequence-size validation performed while unmarshaling."
func TestCountsThatOverflow(t *testing.T) {
	for _, n := range []int32{math.MaxInt32, math.MaxInt32/8 + 1, math.MaxInt32/4 + 1, 1 << 30} {
		b := raw(1, 255, n)
		for _, read := range []func(d *wire.Decoder){
			func(d *wire.Decoder) { d.Doubles() },
			func(d *wire.Decoder) { d.Ints() },
			func(d *wire.Decoder) { d.Bytes() },
			func(d *wire.Decoder) { d.Bools() },
			func(d *wire.Decoder) { d.Strings() },
			func(d *wire.Decoder) { wire.ReadPlain[sample.Plain](d, 24) },
			func(d *wire.Decoder) { wire.ReadSeq(d, 1<<20, wire.ReadString) },
			func(d *wire.Decoder) { wire.ReadDict(d, math.MaxInt32, wire.ReadString, wire.ReadString) },
		} {
			d := wire.NewDecoder(b, wire.Encoding10)
			d.StartEncaps()
			read(d)
			require.ErrorIs(t, d.Err(), wire.ErrTruncated)
		}
	}
}

// "Fixed the unmarshaling of unknown optional values with tags greater than or equal to 30."
func TestUnknownOptionals(t *testing.T) {
	for _, tag := range []int{10, 29, 30, 31, 254, 255, 1 << 20} {
		for _, known := range []int{5, 1 << 21} { // in front and behind
			b := encode(t, wire.Encoding11, wire.CompactFormat, func(e *wire.Encoder) {
				write := map[int]func(){known: func() { e.Optional(known, wire.F4); e.Int(7) }}
				write[tag] = func() { e.Optional(tag, wire.OptVSize); e.String("unknown") }
				for _, t := range []int{min(tag, known), max(tag, known)} {
					write[t]()
				}
			})
			v := decode(t, b, func(d *wire.Decoder) int32 {
				require.True(t, d.Optional(known, wire.F4))
				return d.Int()
			})
			require.Equal(t, int32(7), v)
		}
	}
}

// Numbers go through bit by bit: the sign of zero, what a NaN carries, and subnormals.
func TestFloatBits(t *testing.T) {
	doubles := []uint64{1 << 63, 0x7ff8000000000001, 0x7ff0000000000001, 0xfff8dead00000000, 1, 0x7ff0000000000000, 0xfff0000000000000}
	floats := []uint32{1 << 31, 0x7fc00001, 0x7f800001, 0xffc0dead, 1, 0x7f800000, 0xff800000}
	b := encode(t, wire.Encoding11, wire.CompactFormat, func(e *wire.Encoder) {
		var seq64 []float64
		for _, x := range doubles {
			e.Double(math.Float64frombits(x))
			seq64 = append(seq64, math.Float64frombits(x))
		}
		e.Doubles(seq64)
		var seq32 []float32
		for _, x := range floats {
			e.Float(math.Float32frombits(x))
			seq32 = append(seq32, math.Float32frombits(x))
		}
		e.Floats(seq32)
	})
	decode(t, b, func(d *wire.Decoder) any {
		for _, x := range doubles {
			assert.Equal(t, x, math.Float64bits(d.Double()))
		}
		for i, v := range d.Doubles() {
			assert.Equal(t, doubles[i], math.Float64bits(v))
		}
		for _, x := range floats {
			assert.Equal(t, x, math.Float32bits(d.Float()))
		}
		for i, v := range d.Floats() {
			assert.Equal(t, floats[i], math.Float32bits(v))
		}
		return nil
	})
}

// A null among the instances of an unknown slice cannot be sent: a peer takes no null in an indirection table.
func TestUnknownSliceOfNull(t *testing.T) {
	kept, err := sample.Decode("echoValueSliced/x", goldenBytes(t)["1.1 echoValueSliced/kept"])
	require.NoError(t, err)
	slices := kept.(interface{ IceUnknownSlices() []*wire.UnknownSlice }).IceUnknownSlices()
	require.NotEmpty(t, slices)
	require.NotEmpty(t, slices[0].Instances)
	slices[0].Instances[0] = nil
	_, err = sample.Encode("echoValueSliced/x", wire.Encoding11, kept)
	require.ErrorContains(t, err, "refers to no instance")
}
