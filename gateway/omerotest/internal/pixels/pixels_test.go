package pixels_test

import (
	"bytes"
	"crypto/sha1"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// memory is a file in memory.
type memory struct{ b []byte }

func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	if at >= int64(len(m.b)) {
		return 0, io.EOF
	}
	n := copy(p, m.b[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (m *memory) WriteAt(p []byte, at int64) (int, error) { return copy(m.b[at:], p), nil }

func (m *memory) Extend(n int64) error {
	if n > int64(len(m.b)) {
		m.b = append(m.b, make([]byte, n-int64(len(m.b)))...)
	}
	return nil
}

func named(t require.TestingT, name string) pixels.Type {
	typ, err := pixels.TypeNamed(name)
	require.NoError(t, err)
	return typ
}

func TestTypes(t *testing.T) {
	for _, typ := range pixels.Types {
		p := make([]byte, 3*typ.Bytes)
		values := []float64{0, 1, 1}
		if typ.Name != "bit" {
			values[2] = 100
		}
		if typ.Signed {
			values[1] = -3
		}
		for i, v := range values {
			typ.Put(p, i, v)
		}
		for i, v := range values {
			require.Equal(t, v, typ.Value(p, i), typ.Name)
		}
		typ.Put(p, 1, math.NaN())
		if !typ.Float {
			typ.Put(p, 0, math.Inf(1))
			require.Equal(t, typ.Max, typ.Value(p, 0), typ.Name)
			typ.Put(p, 0, math.Inf(-1))
			require.Equal(t, typ.Min, typ.Value(p, 0), typ.Name)
			require.Zero(t, typ.Value(p, 1))
		}
	}
	p := make([]byte, 2)
	named(t, "uint16").Put(p, 0, 258)
	require.Equal(t, []byte{1, 2}, p, "big-endian")
	_, err := pixels.TypeNamed("uint7")
	require.Error(t, err)
}

// TestRandomAccess writes tiles at random, and whatever is read must be what a
// plain array of values has.
func TestRandomAccess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := pixels.Shape{
			X: rapid.IntRange(1, 9).Draw(t, "X"), Y: rapid.IntRange(1, 9).Draw(t, "Y"), Z: rapid.IntRange(1, 3).Draw(t, "Z"),
			C: rapid.IntRange(1, 3).Draw(t, "C"), T: rapid.IntRange(1, 3).Draw(t, "T"),
			Type: rapid.SampledFrom(pixels.Types).Draw(t, "type"),
		}
		b, err := pixels.New(&memory{}, s)
		require.NoError(t, err)
		model := make([]byte, s.TotalSize())
		at := func(x, y, z, c, tt int) []byte {
			i := (((tt*s.C+c)*s.Z+z)*s.Y+y)*s.X + x
			return model[i*s.Type.Bytes:][:s.Type.Bytes]
		}
		coordinate := func(name string, size int) int { return rapid.IntRange(0, size-1).Draw(t, name) }
		for range rapid.IntRange(0, 6).Draw(t, "tiles") {
			x, y := coordinate("x", s.X), coordinate("y", s.Y)
			w, h := rapid.IntRange(1, s.X-x).Draw(t, "w"), rapid.IntRange(1, s.Y-y).Draw(t, "h")
			z, c, tt := coordinate("z", s.Z), coordinate("c", s.C), coordinate("t", s.T)
			n := w * h * s.Type.Bytes
			p := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "bytes")
			require.NoError(t, b.SetTile(p, z, c, tt, x, y, w, h))
			for i := range h {
				for j := range w {
					copy(at(x+j, y+i, z, c, tt), p[(i*w+j)*s.Type.Bytes:])
				}
			}
		}
		z, c, tt := coordinate("z", s.Z), coordinate("c", s.C), coordinate("t", s.T)
		var cut = func(x0, nx, sx, y0, ny, sy, z0, nz, sz, c0, nc, sc, t0, nt, st int) []byte {
			var want []byte
			for q := t0; q < t0+nt; q += st {
				for k := c0; k < c0+nc; k += sc {
					for l := z0; l < z0+nz; l += sz {
						for y := y0; y < y0+ny; y += sy {
							for x := x0; x < x0+nx; x += sx {
								want = append(want, at(x, y, l, k, q)...)
							}
						}
					}
				}
			}
			return want
		}
		same := func(want, got []byte, err error) {
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got))
		}
		got, err := b.Plane(z, c, tt)
		same(cut(0, s.X, 1, 0, s.Y, 1, z, 1, 1, c, 1, 1, tt, 1, 1), got, err)
		y := coordinate("row", s.Y)
		got, err = b.Row(y, z, c, tt)
		same(cut(0, s.X, 1, y, 1, 1, z, 1, 1, c, 1, 1, tt, 1, 1), got, err)
		x := coordinate("column", s.X)
		got, err = b.Column(x, z, c, tt)
		same(cut(x, 1, 1, 0, s.Y, 1, z, 1, 1, c, 1, 1, tt, 1, 1), got, err)
		got, err = b.Stack(c, tt)
		same(cut(0, s.X, 1, 0, s.Y, 1, 0, s.Z, 1, c, 1, 1, tt, 1, 1), got, err)
		got, err = b.Timepoint(tt)
		same(cut(0, s.X, 1, 0, s.Y, 1, 0, s.Z, 1, 0, s.C, 1, tt, 1, 1), got, err)
		got, err = b.Region(int(s.TotalSize()), 0)
		same(model, got, err)
		var offset, size, step [5]int
		for i, n := range []int{s.X, s.Y, s.Z, s.C, s.T} {
			offset[i] = rapid.IntRange(0, n-1).Draw(t, "offset")
			size[i] = rapid.IntRange(1, n-offset[i]).Draw(t, "size")
			step[i] = rapid.IntRange(1, 4).Draw(t, "step")
		}
		got, err = b.Hypercube(offset, size, step)
		same(cut(offset[0], size[0], step[0], offset[1], size[1], step[1], offset[2], size[2], step[2],
			offset[3], size[3], step[3], offset[4], size[4], step[4]), got, err)
		first := coordinate("first", s.X*s.Y)
		count := rapid.IntRange(0, s.X*s.Y-first).Draw(t, "count")
		got, err = b.PlaneRegion(z, c, tt, count, first)
		plane := cut(0, s.X, 1, 0, s.Y, 1, z, 1, 1, c, 1, 1, tt, 1, 1)
		same(plane[first*s.Type.Bytes:][:count*s.Type.Bytes], got, err)
		sum := sha1.Sum(model)
		got, err = b.Digest()
		same(sum[:], got, err)
	})
}

func TestWholeWrites(t *testing.T) {
	s := pixels.Shape{X: 3, Y: 2, Z: 2, C: 2, T: 2, Type: named(t, "uint8")}
	b, err := pixels.New(&memory{}, s)
	require.NoError(t, err)
	fill := func(n int64, v byte) []byte { return bytes.Repeat([]byte{v}, int(n)) }
	require.NoError(t, b.SetTimepoint(fill(s.TimepointSize(), 1), 1))
	require.NoError(t, b.SetStack(fill(s.StackSize(), 2), 1, 0))
	require.NoError(t, b.SetPlane(fill(s.PlaneSize(), 3), 1, 0, 0))
	require.NoError(t, b.SetRow(fill(s.RowSize(), 4), 1, 1, 0, 0))
	require.NoError(t, b.SetRegion([]byte{5, 5}, s.TotalSize()-2))
	all, err := b.Region(int(s.TotalSize()), 0)
	require.NoError(t, err)
	want := append(fill(6, 0), fill(3, 3)...)
	want = append(append(append(want, fill(3, 4)...), fill(12, 2)...), fill(22, 1)...)
	require.Equal(t, append(want, 5, 5), all)

	require.ErrorIs(t, b.SetPlane(fill(5, 0), 0, 0, 0), pixels.ErrLength)
	require.ErrorIs(t, b.SetStack(fill(5, 0), 0, 0), pixels.ErrLength)
	require.ErrorIs(t, b.SetTimepoint(fill(99, 0), 0), pixels.ErrLength)
	require.ErrorIs(t, b.SetRegion([]byte{1}, s.TotalSize()), pixels.ErrBounds)
}

func TestBounds(t *testing.T) {
	s := pixels.Shape{X: 4, Y: 3, Z: 2, C: 2, T: 2, Type: named(t, "int16")}
	b, err := pixels.New(&memory{}, s)
	require.NoError(t, err)
	huge := math.MaxInt32
	for name, try := range map[string]func() error{
		"z":         func() error { _, err := b.Plane(2, 0, 0); return err },
		"negative":  func() error { _, err := b.Plane(0, -1, 0); return err },
		"t":         func() error { _, err := b.Timepoint(huge); return err },
		"c":         func() error { _, err := b.Stack(-huge, 0); return err },
		"row":       func() error { _, err := b.Row(3, 0, 0, 0); return err },
		"column":    func() error { _, err := b.Column(4, 0, 0, 0); return err },
		"tile":      func() error { _, err := b.Tile(0, 0, 0, 0, 0, huge, huge); return err },
		"tile x":    func() error { _, err := b.Tile(0, 0, 0, huge, 0, 1, 1); return err },
		"tile w":    func() error { _, err := b.Tile(0, 0, 0, 0, 0, 0, 1); return err },
		"set tile":  func() error { return b.SetTile(nil, 0, 0, 0, 1, 1, 4, 1) },
		"region":    func() error { _, err := b.Region(huge, 0); return err },
		"region at": func() error { _, err := b.Region(1, math.MaxInt64); return err },
		"region <0": func() error { _, err := b.Region(-1, 0); return err },
		"plane":     func() error { _, err := b.PlaneRegion(0, 0, 0, huge, huge); return err },
		"cube": func() error {
			_, err := b.Hypercube([5]int{}, [5]int{4, 3, 2, 2, 3}, [5]int{1, 1, 1, 1, 1})
			return err
		},
		"step": func() error {
			_, err := b.Hypercube([5]int{}, [5]int{4, 3, 2, 2, 2}, [5]int{1, 1, 0, 1, 1})
			return err
		},
		"histogram": func() error { _, err := b.Histogram(0, 0, 0, 0, 0, 4, 3, huge, 0, 1); return err },
		"level":     func() error { _, err := b.Level(1); return err },
	} {
		require.ErrorIs(t, try(), pixels.ErrBounds, name)
	}
	_, err = pixels.New(&memory{}, pixels.Shape{X: huge, Y: huge, Z: huge, C: huge, T: huge, Type: s.Type})
	require.ErrorIs(t, err, pixels.ErrLarge)
	_, err = pixels.New(&memory{}, pixels.Shape{X: 0, Y: 1, Z: 1, C: 1, T: 1, Type: s.Type})
	require.ErrorIs(t, err, pixels.ErrBounds)
	large, err := pixels.New(&memory{}, pixels.Shape{X: 100000, Y: 100000, Z: 1, C: 1, T: 1, Type: s.Type})
	require.NoError(t, err)
	_, err = large.Plane(0, 0, 0)
	require.ErrorIs(t, err, pixels.ErrLarge)
}

func TestLevels(t *testing.T) {
	s := pixels.Shape{X: 4001, Y: 3000, Z: 1, C: 1, T: 1, Type: named(t, "uint16")}
	b, err := pixels.New(&memory{}, s)
	require.NoError(t, err)
	levels := s.Levels()
	require.Len(t, levels, 5)
	require.Equal(t, [2]int{251, 188}, [2]int{levels[4].X, levels[4].Y})
	p := make([]byte, s.PlaneSize())
	for i := range s.X * s.Y {
		s.Type.Put(p, i, float64((i%s.X)/16+(i/s.X)/16*256))
	}
	require.NoError(t, b.SetPlane(p, 0, 0, 0))
	small, err := b.Level(4)
	require.NoError(t, err)
	plane, err := small.Plane(0, 0, 0)
	require.NoError(t, err)
	require.Len(t, plane, 251*188*2)
	require.Equal(t, float64(250+187*256), s.Type.Value(plane, 251*188-1))
	tile, err := small.Tile(0, 0, 0, 249, 100, 2, 2)
	require.NoError(t, err)
	require.Equal(t, float64(250+101*256), s.Type.Value(tile, 3))
	require.ErrorIs(t, small.SetPlane(plane, 0, 0, 0), pixels.ErrBounds)
	require.Len(t, pixels.Shape{X: 3000, Y: 3000, Type: s.Type}.Levels(), 1)
	require.False(t, pixels.Shape{X: 9000, Y: 9000, Type: named(t, "float")}.Large())
}

func TestStatistics(t *testing.T) {
	s := pixels.Shape{X: 2, Y: 2, Z: 2, C: 2, T: 1, Type: named(t, "float")}
	b, err := pixels.New(&memory{}, s)
	require.NoError(t, err)
	p := make([]byte, s.PlaneSize())
	for i, v := range []float64{-1.5, math.NaN(), 2, 8} {
		s.Type.Put(p, i, v)
	}
	require.NoError(t, b.SetPlane(p, 1, 1, 0))
	low, high, err := b.PlaneMinMax(1, 1, 0)
	require.NoError(t, err)
	require.Equal(t, []float64{-1.5, 8}, []float64{low, high})
	low, high, err = b.ChannelMinMax(0)
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0}, []float64{low, high})
	counts, err := b.Histogram(1, 1, 0, 0, 0, 2, 2, 4, 0, 8)
	require.NoError(t, err)
	require.Equal(t, []int32{0, 1, 0, 1}, counts)
}

func FuzzCoordinates(f *testing.F) {
	f.Add(0, 0, 0, 0, 0, 1, 1)
	f.Add(-1, 1<<31, 1<<62, 5, 5, 1<<40, -1<<63)
	f.Fuzz(func(t *testing.T, z, c, tt, x, y, w, h int) {
		s := pixels.Shape{X: 40, Y: 30, Z: 2, C: 2, T: 2, Type: pixels.Types[4]}
		b, err := pixels.New(&memory{}, s)
		require.NoError(t, err)
		p, err := b.Tile(z, c, tt, x, y, w, h)
		if err == nil {
			require.Len(t, p, w*h*2)
			require.NoError(t, b.SetTile(p, z, c, tt, x, y, w, h))
		}
		_, _ = b.Hypercube([5]int{x, y, z, c, tt}, [5]int{w, h, z, c, tt}, [5]int{h, w, x, y, z})
		_, _ = b.PlaneRegion(z, c, tt, w, h)
		_, _ = b.Region(w, int64(h))
		_, _ = b.Histogram(z, c, tt, x, y, w, h, w, float64(x), float64(y))
		_, _ = pixels.New(&memory{}, pixels.Shape{X: x, Y: y, Z: z, C: c, T: tt, Type: s.Type})
	})
}
