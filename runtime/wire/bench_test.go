package wire_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/bench"
)

// The jobs that are measured beside Ice C++ and Ice Java by interop's TestWireBench.

const benchImages = 1000

func encode(t testing.TB, v wire.Version, f wire.Format, write func(*wire.Encoder)) []byte {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartEncaps(v, f)
	write(e)
	e.EndEncaps()
	require.NoError(t, e.Err())
	return e.Data()
}

func decode[T any](t testing.TB, b []byte, read func(*wire.Decoder) T) T {
	d := wire.NewDecoder(b, wire.Encoding10)
	d.StartEncaps()
	r := read(d)
	require.NoError(t, d.End())
	require.Zero(t, d.Remaining())
	return r
}

func writeImages(list []*bench.Image) func(*wire.Encoder) {
	return func(e *wire.Encoder) {
		wire.WriteValues(e, list)
		e.PendingValues()
	}
}

func readImages(d *wire.Decoder) []*bench.Image {
	r := wire.ReadValues[*bench.Image](d)
	d.PendingValues()
	return r
}

func TestImages(t *testing.T) {
	for _, f := range formats {
		t.Run(f.String(), func(t *testing.T) {
			list := bench.Images(20)
			b := encode(t, f.version, f.format, writeImages(list))
			got := decode(t, b, readImages)
			require.Equal(t, list, got)
			require.Equal(t, b, encode(t, f.version, f.format, writeImages(got)))
		})
	}
}

type encodingFormat struct {
	version wire.Version
	format  wire.Format
}

func (f encodingFormat) String() string {
	return f.version.String() + map[wire.Format]string{wire.CompactFormat: "", wire.SlicedFormat: "-sliced"}[f.format]
}

var formats = []encodingFormat{
	{wire.Encoding10, wire.CompactFormat},
	{wire.Encoding11, wire.CompactFormat},
	{wire.Encoding11, wire.SlicedFormat},
}

// measure measures encoding and decoding of n elements, in each format.
func measure[T any](b *testing.B, n int, formats []encodingFormat, write func(*wire.Encoder), read func(*wire.Decoder) T) {
	for _, f := range formats {
		data := encode(b, f.version, f.format, write)
		per := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elem")
		}
		b.Run(fmt.Sprintf("encode/%v", f), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				e := wire.AcquireEncoder()
				e.StartEncaps(f.version, f.format)
				write(e)
				e.EndEncaps()
				if e.Err() != nil || e.Len() != len(data) {
					b.Fatal(e.Err())
				}
				e.Release()
			}
			per(b)
		})
		b.Run(fmt.Sprintf("decode/%v", f), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				d := wire.AcquireDecoder(data)
				d.StartEncaps()
				read(d)
				if err := d.End(); err != nil {
					b.Fatal(err)
				}
				d.Release()
			}
			per(b)
		})
	}
}

func BenchmarkImages(b *testing.B) {
	measure(b, benchImages, formats, writeImages(bench.Images(benchImages)), readImages)
}

func BenchmarkPoints(b *testing.B) {
	points := bench.Points(100_000)
	measure(b, len(points), formats[1:2], func(e *wire.Encoder) { wire.WritePlain(e, points, 24) },
		func(d *wire.Decoder) []bench.Point { return wire.ReadPlain[bench.Point](d, 24) })
}

func BenchmarkBytes(b *testing.B) {
	data := make([]byte, 16<<20)
	measure(b, len(data), formats[1:2], func(e *wire.Encoder) { e.Bytes(data) }, (*wire.Decoder).Bytes)
}

func BenchmarkStrings(b *testing.B) {
	list := bench.Strings(10_000)
	measure(b, len(list), formats[1:2], func(e *wire.Encoder) { e.Strings(list) }, (*wire.Decoder).Strings)
}

func BenchmarkContext(b *testing.B) {
	context := map[string]string{"omero.group": "-1", "omero.session.uuid": "8f6e4c0e-7d4a-4a43-8a1f-4d3f8a0c9c1b", "omero.client.uuid": "x"}
	measure(b, 1, formats[:1], func(e *wire.Encoder) { wire.WriteContext(e, context) }, wire.ReadContext)
}
