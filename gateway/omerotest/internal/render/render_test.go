package render_test

import (
	"bytes"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/render"
)

type memory struct{ b []byte }

func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	if n := copy(p, m.b[min(at, int64(len(m.b))):]); n < len(p) {
		return n, io.EOF
	}
	return len(p), nil
}
func (m *memory) WriteAt(p []byte, at int64) (int, error) { return copy(m.b[at:], p), nil }
func (m *memory) Extend(n int64) error {
	if n > int64(len(m.b)) {
		m.b = append(m.b, make([]byte, n-int64(len(m.b)))...)
	}
	return nil
}

// buffer makes pixels whose values value gives.
func buffer(t testing.TB, typ string, x, y, z, c int, value func(x, y, z, c int) float64) *pixels.Buffer {
	p, err := pixels.TypeNamed(typ)
	require.NoError(t, err)
	b, err := pixels.New(&memory{}, pixels.Shape{X: x, Y: y, Z: z, C: c, T: 1, Type: p})
	require.NoError(t, err)
	plane := make([]byte, b.PlaneSize())
	for k := range c {
		for l := range z {
			for i := range x * y {
				p.Put(plane, i, value(i%x, i/x, l, k))
			}
			require.NoError(t, b.SetPlane(plane, l, k, 0))
		}
	}
	return b
}

func settings(channels ...render.Channel) *render.Settings {
	for i := range channels {
		c := &channels[i]
		if c.Family == "" {
			c.Family = render.Linear
		}
		c.Coefficient = max(c.Coefficient, 1)
		c.Active, c.Alpha = true, 255
	}
	return &render.Settings{Model: render.RGB, Channels: channels, CodomainEnd: 255, BitResolution: 255}
}

// The expected values are computed by hand from the formulas of OMERO's
// Quantization_8_16_bit.
func TestQuantization(t *testing.T) {
	ramp := func(x, y, z, c int) float64 { return float64(x) }
	b := buffer(t, "uint8", 256, 1, 1, 1, ramp)
	grey := func(change func(s *render.Settings, c *render.Channel)) []byte {
		s := settings(render.Channel{Red: 255, Green: 255, Blue: 255, End: 255, Max: 255})
		change(s, &s.Channels[0])
		p, err := render.Draw(b, s, render.Plane{})
		require.NoError(t, err)
		return p.Red
	}
	for name, c := range map[string]struct {
		change func(s *render.Settings, c *render.Channel)
		want   map[int]byte
	}{
		"all":         {func(*render.Settings, *render.Channel) {}, map[int]byte{0: 0, 1: 1, 100: 100, 255: 255}},
		"window":      {func(_ *render.Settings, c *render.Channel) { c.Start, c.End = 100, 200 }, map[int]byte{0: 0, 99: 0, 100: 0, 150: 128, 199: 252, 200: 255, 255: 255}},
		"polynomial":  {func(_ *render.Settings, c *render.Channel) { c.Family, c.Coefficient = render.Polynomial, 2 }, map[int]byte{0: 0, 51: 10, 128: 64, 255: 255}},
		"logarithmic": {func(_ *render.Settings, c *render.Channel) { c.Family = render.Logarithmic }, map[int]byte{0: 0, 1: 0, 16: 128, 255: 255}},
		"exponential": {func(_ *render.Settings, c *render.Channel) { c.Family = render.Exponential }, map[int]byte{0: 0, 200: 0, 254: 94, 255: 255}},
		"steep":       {func(_ *render.Settings, c *render.Channel) { c.Family, c.Coefficient = render.Exponential, 4 }, map[int]byte{0: 0, 254: 0, 255: 255}},
		"1 bit":       {func(s *render.Settings, _ *render.Channel) { s.BitResolution = 1 }, map[int]byte{0: 0, 127: 0, 128: 255, 255: 255}},
		"codomain":    {func(s *render.Settings, _ *render.Channel) { s.CodomainStart, s.CodomainEnd = 50, 100 }, map[int]byte{0: 50, 51: 60, 255: 100}},
		"reverse":     {func(_ *render.Settings, c *render.Channel) { c.Reverse = true }, map[int]byte{0: 255, 1: 254, 255: 0}},
		"less noise":  {func(_ *render.Settings, c *render.Channel) { c.NoiseReduction = true }, map[int]byte{0: 20, 255: 245}},
		"outside":     {func(_ *render.Settings, c *render.Channel) { c.Start, c.End = -255, 510 }, map[int]byte{0: 85, 255: 170}},
		"greyscale":   {func(s *render.Settings, c *render.Channel) { s.Model = render.Greyscale; c.Red = 0 }, map[int]byte{0: 0, 77: 77}},
	} {
		got := grey(c.change)
		for v, want := range c.want {
			require.Equal(t, want, got[v], "%s: %d", name, v)
		}
	}
}

func TestTypesAreQuantized(t *testing.T) {
	for _, typ := range pixels.Types {
		low, high := 0.0, 1.0
		if typ.Name != "bit" {
			high = 100
		}
		if typ.Signed {
			low = -100
		}
		b := buffer(t, typ.Name, 2, 2, 1, 1, func(x, y, _, _ int) float64 {
			if typ.Float && y == 1 {
				return []float64{math.NaN(), math.Inf(1)}[x]
			}
			return []float64{low, high}[x]
		})
		p, err := render.Draw(b, settings(render.Channel{Red: 255, Start: low, End: high, Min: low, Max: high}), render.Plane{})
		require.NoError(t, err)
		require.Equal(t, []byte{0, 255, 0, 255}, p.Red, typ.Name)
	}
}

func TestColoursAreAdded(t *testing.T) {
	b := buffer(t, "uint8", 1, 1, 1, 3, func(_, _, _, c int) float64 { return []float64{200, 100, 255}[c] })
	s := settings(
		render.Channel{Red: 255, Blue: 128, End: 255, Max: 255},
		render.Channel{Red: 255, Green: 255, End: 255, Max: 255},
		render.Channel{Blue: 255, End: 255, Max: 255},
	)
	s.Channels[2].Alpha = 51
	p, err := render.Draw(b, s, render.Plane{})
	require.NoError(t, err)
	require.Equal(t, []byte{255, 100, 151}, []byte{p.Red[0], p.Green[0], p.Blue[0]})
	packed := p.Packed()
	require.Equal(t, uint32(0xffff6497), uint32(packed[0]))
	s.Channels[0].Table = render.Tables["green.lut"]
	s.Channels[1].Active, s.Channels[2].Active = false, false
	p, err = render.Draw(b, s, render.Plane{})
	require.NoError(t, err)
	packed = p.Packed()
	require.Equal(t, uint32(0xff00c800), uint32(packed[0]))
	s.Channels[0].Active = false
	p, err = render.Draw(b, s, render.Plane{})
	require.NoError(t, err)
	require.Equal(t, []int32{0}, p.Packed())
}

func TestPlanes(t *testing.T) {
	b := buffer(t, "uint8", 4, 3, 2, 1, func(x, y, z, _ int) float64 { return float64(100*z + 10*y + x) })
	s := settings(render.Channel{Red: 255, End: 255, Max: 255})
	for _, c := range []struct {
		plane render.Plane
		w, h  int
		want  []byte
	}{
		{render.Plane{Z: 1, Region: &render.Region{X: 1, Y: 2, Width: 3, Height: 1}}, 3, 1, []byte{121, 122, 123}},
		{render.Plane{Slice: render.XZ, Y: 1}, 4, 2, []byte{10, 11, 12, 13, 110, 111, 112, 113}},
		{render.Plane{Slice: render.ZY, X: 3}, 2, 3, []byte{3, 103, 13, 113, 23, 123}},
		{render.Plane{Stride: 1}, 2, 1, []byte{0, 2}},
	} {
		p, err := render.Draw(b, s, c.plane)
		require.NoError(t, err)
		require.Equal(t, []int{c.w, c.h}, []int{p.Width, p.Height})
		require.Equal(t, c.want, p.Red, "%+v", c.plane)
	}
	for _, bad := range []render.Plane{
		{Slice: 3}, {Slice: -1}, {Z: 2}, {T: 1}, {T: -1}, {Slice: render.XZ, Y: 3}, {Slice: render.ZY, X: 4}, {Stride: -1}, {Stride: 1 << 40},
		{Region: &render.Region{Width: 5, Height: 1}}, {Region: &render.Region{X: math.MaxInt, Width: 1, Height: 1}}, {Region: &render.Region{}},
		{Slice: render.XZ, Region: &render.Region{Width: 1, Height: 1}},
	} {
		_, err := render.Draw(b, s, bad)
		require.ErrorIs(t, err, pixels.ErrBounds, "%+v", bad)
	}
}

func TestProjection(t *testing.T) {
	b := buffer(t, "int8", 2, 1, 4, 1, func(x, _, z, _ int) float64 { return []float64{float64(z * 10), -float64(z) - 1}[x] })
	uint16, _ := pixels.TypeNamed("uint16")
	for _, c := range []struct {
		p    render.Projection
		to   pixels.Type
		want []float64
	}{
		{render.Projection{Kind: render.Maximum, End: 3, Stepping: 1}, b.Type, []float64{30, -1}},
		{render.Projection{Kind: render.Mean, End: 3, Stepping: 2}, b.Type, []float64{10, -2}},
		{render.Projection{Kind: render.Sum, Start: 1, End: 3, Stepping: 1}, uint16, []float64{60, 0}},
	} {
		v, err := c.p.Project(b, c.to, 0, 0)
		require.NoError(t, err)
		require.Equal(t, c.want, []float64{c.to.Value(v, 0), c.to.Value(v, 1)})
	}
	for _, bad := range []render.Projection{
		{End: 4, Stepping: 1}, {Start: -1, End: 1, Stepping: 1}, {Start: 2, End: 1, Stepping: 1}, {End: 1}, {End: 1, Stepping: 1, Kind: 3}, {End: 1, Stepping: -1},
	} {
		_, err := bad.Project(b, b.Type, 0, 0)
		require.ErrorIs(t, err, pixels.ErrBounds)
	}
	v, err := render.Projection{End: 3, Stepping: math.MaxInt}.Project(b, b.Type, 0, 0)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 255}, v)
}

func TestEncodings(t *testing.T) {
	b := buffer(t, "uint8", 40, 20, 1, 1, func(x, _, _, _ int) float64 { return float64(x / 20 * 200) })
	p, err := render.Draw(b, settings(render.Channel{Green: 255, End: 200, Max: 200}), render.Plane{})
	require.NoError(t, err)
	file, err := p.PNG()
	require.NoError(t, err)
	m, err := png.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	_, g, _, _ := m.At(30, 5).RGBA()
	require.EqualValues(t, 0xffff, g)
	file, err = p.JPEG(render.DefaultQuality)
	require.NoError(t, err)
	m, err = jpeg.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, 40, m.Bounds().Dx())
	_, err = p.JPEG(1.5)
	require.ErrorIs(t, err, render.ErrSettings)

	w, h := render.LongestSide(p.Width, p.Height, 10)
	require.Equal(t, [2]int{10, 5}, [2]int{w, h})
	w, h = render.LongestSide(1, 1000, 10)
	require.Equal(t, [2]int{1, 10}, [2]int{w, h})
	small, err := p.Scale(10, 5)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 0, 0, 0, 0, 255, 255, 255, 255, 255}, small.Green[:10])
	odd, err := p.Scale(3, 3)
	require.NoError(t, err)
	require.Equal(t, byte(128), odd.Green[1])
	large, err := small.Scale(20, 5)
	require.NoError(t, err)
	require.Equal(t, byte(255), large.Green[10])
	_, err = p.Scale(0, 5)
	require.ErrorIs(t, err, pixels.ErrBounds)
	_, err = p.Scale(5, 1<<30)
	require.ErrorIs(t, err, pixels.ErrBounds)
}

func TestWindow(t *testing.T) {
	b := buffer(t, "uint16", 100, 100, 1, 1, func(x, y, _, _ int) float64 {
		if x == 0 && y < 5 {
			return 10000 // few are bright
		}
		return float64((x*100 + y) % 2000)
	})
	low, high, err := b.ChannelMinMax(0)
	require.NoError(t, err)
	start, end, err := render.Window(b, 0, 0, 0, low, high)
	require.NoError(t, err)
	require.Zero(t, start)
	require.InDelta(t, 2000+125, end, 1)
	start, end, err = render.Window(b, 0, 0, 0, 3, 7)
	require.NoError(t, err)
	require.Equal(t, []float64{3, 7}, []float64{start, end})
}

func TestParseTable(t *testing.T) {
	raw := make([]byte, 768)
	for i := range 256 {
		raw[i], raw[512+i] = byte(i), byte(255-i)
	}
	want, err := render.ParseTable(raw)
	require.NoError(t, err)
	require.Equal(t, [3]byte{10, 0, 245}, want[10])
	header := append(append([]byte("ICOL"), make([]byte, 28)...), raw...)
	got, err := render.ParseTable(header)
	require.NoError(t, err)
	require.Equal(t, want, got)
	_, err = render.ParseTable([]byte("1 2 3\n"))
	require.Error(t, err)
	_, err = render.ParseTable(make([]byte, 1<<20))
	require.Error(t, err)
}

func FuzzParseTable(f *testing.F) {
	f.Add([]byte("0 1 2 3\n4 5 6\n"))
	f.Add(make([]byte, 768))
	f.Fuzz(func(t *testing.T, file []byte) { _, _ = render.ParseTable(file) })
}

func FuzzDraw(f *testing.F) {
	f.Add(0, 0, 0, 0, 0, 1, 1, 0, 0.0, 255.0, 1.0, uint8(0))
	f.Add(2, 1, 1, 1, -1, 1<<40, -5, 3, math.Inf(-1), math.NaN(), 1e300, uint8(3))
	f.Fuzz(func(t *testing.T, slice, z, tt, x, y, w, h, stride int, start, end, k float64, family uint8) {
		b := buffer(t, "float", 5, 4, 2, 1, func(x, y, _, _ int) float64 { return float64(x*y) * start })
		s := settings(render.Channel{Red: 255, Start: start, End: end, Min: start, Max: end, Family: render.Families[family%4], NoiseReduction: family > 100})
		s.Channels[0].Coefficient = k
		if p, err := render.Draw(b, s, render.Plane{Slice: slice, X: x, Y: y, Z: z, T: tt, Stride: stride}); err == nil {
			require.Len(t, p.Red, p.Width*p.Height)
		}
		_, _ = render.Draw(b, s, render.Plane{Slice: slice, X: x, Y: y, Z: z, T: tt, Stride: stride, Region: &render.Region{X: x, Y: y, Width: w, Height: h}})
	})
}
