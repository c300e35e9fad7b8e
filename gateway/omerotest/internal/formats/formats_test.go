package formats_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/formats"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
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

func read(t testing.TB, file []byte, name string) *formats.File {
	t.Helper()
	f, err := formats.Read(bytes.NewReader(file), int64(len(file)), name)
	require.NoError(t, err, name)
	return f
}

func pixelsOf(t testing.TB, i *formats.Image) *pixels.Buffer {
	t.Helper()
	b, err := pixels.New(&memory{}, i.Shape)
	require.NoError(t, err)
	require.NoError(t, i.Copy(b))
	return b
}

func planeOf(t testing.TB, b *pixels.Buffer, z, c, tt int) []byte {
	t.Helper()
	p, err := b.Plane(z, c, tt)
	require.NoError(t, err)
	return p
}

// The files in testdata were written by libtiff's tools (tiffcp) from pictures
// with these values.
func TestTIFFsOfLibtiff(t *testing.T) {
	files, err := filepath.Glob("testdata/*.tif")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 10)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			f := read(t, content, "x.tif")
			require.Equal(t, "TIFF", f.Format)
			require.Len(t, f.Images, 1)
			i := f.Images[0]
			require.Equal(t, "x.tif", i.Name)
			require.Equal(t, [2]int{100, 80}, [2]int{i.Shape.X, i.Shape.Y})
			b := pixelsOf(t, i)
			for tt := range b.T {
				for c := range b.C {
					p := planeOf(t, b, 0, c, tt)
					for n := range 100 * 80 {
						x, y := n%100, n/100
						want := (x*7 + y*13*(c+1) + x*y>>3) & 255
						if b.Type.Bytes == 2 {
							want = (x*701 + y*130 + x*y<<3) & 65535
						}
						if float64(want) != b.Type.Value(p, n) {
							t.Fatalf("channel %d at (%d, %d): %v and not %d", c, x, y, b.Type.Value(p, n), want)
						}
					}
				}
			}
			if strings.Contains(path, "2pages") {
				require.Equal(t, 2, b.T)
			}
			if strings.Contains(path, "rgb") {
				require.Equal(t, 3, b.C)
			}
		})
	}
}

// What is written as OME-TIFF is read back the same, with all that is said of it.
func TestOMETIFFThereAndBack(t *testing.T) {
	for _, typ := range pixels.Types {
		i := &formats.Image{
			Name: "Zelle <1> & ä", Description: "two\nlines", Acquired: time.Date(2026, 11, 25, 1, 2, 3, 0, time.UTC),
			PhysicalX: 0.5, PhysicalY: 0.25, PhysicalZ: 2, Increment: 1.5,
			Shape:    pixels.Shape{X: 7, Y: 5, Z: 2, C: 3, T: 2, Type: typ},
			Channels: []formats.Channel{{Name: "DAPI", Color: -1, HasColor: true, Emission: 450.5, Excitation: 360}, {}, {Name: "GFP"}},
		}
		m := &memory{}
		b, err := pixels.New(m, i.Shape)
		require.NoError(t, err)
		p := make([]byte, b.PlaneSize())
		for k := range 12 {
			for n := range 35 {
				typ.Put(p, n, float64((k*35+n)%2))
			}
			require.NoError(t, b.SetPlane(p, k%2, k/2%3, k/6))
		}
		var file bytes.Buffer
		require.NoError(t, formats.WriteOMETIFF(&file, i, b))
		f := read(t, file.Bytes(), "x.ome.tif")
		require.Equal(t, "OME-TIFF", f.Format)
		got := f.Images[0]
		want := *i
		if typ.Name == "bit" {
			want.Shape.Type, _ = pixels.TypeNamed("uint8")
		}
		require.Equal(t, want.Shape, got.Shape, typ.Name)
		require.Equal(t, []any{want.Name, want.Description, want.Acquired, want.PhysicalX, want.PhysicalY, want.PhysicalZ, want.Increment, want.Channels},
			[]any{got.Name, got.Description, got.Acquired, got.PhysicalX, got.PhysicalY, got.PhysicalZ, got.Increment, got.Channels}, typ.Name)
		back := &memory{}
		buffer, err := pixels.New(back, got.Shape)
		require.NoError(t, err)
		require.NoError(t, got.Copy(buffer))
		require.Equal(t, m.b, back.b, typ.Name)
	}
}

// tiffOf makes a little-endian TIFF of pages, each with its tags and pixels.
func tiffOf(pages ...map[uint16]any) []byte {
	out := []byte{'I', 'I', 42, 0, 0, 0, 0, 0}
	link := 4
	for _, tags := range pages {
		var entries [][]byte
		for tag := uint16(0); tag < 400; tag++ {
			v, ok := tags[tag]
			if !ok {
				continue
			}
			e := binary.LittleEndian.AppendUint16(nil, tag)
			switch v := v.(type) {
			case int:
				e = binary.LittleEndian.AppendUint32(append(e, 4, 0, 1, 0, 0, 0), uint32(v))
			case string:
				e = binary.LittleEndian.AppendUint32(append(e, 2, 0), uint32(len(v)+1))
				e = binary.LittleEndian.AppendUint32(e, uint32(len(out)))
				out = append(append(out, v...), 0, 0, 0, 0, 0)
			case []byte: // the only strip
				offset := len(out)
				out = append(out, v...)
				n := binary.LittleEndian.AppendUint32(append(binary.LittleEndian.AppendUint16(nil, 279), 4, 0, 1, 0, 0, 0), uint32(len(v)))
				e = binary.LittleEndian.AppendUint32(append(e, 4, 0, 1, 0, 0, 0), uint32(offset))
				entries = append(entries, e)
				e = n
			}
			entries = append(entries, e)
		}
		if len(out)%2 == 1 {
			out = append(out, 0)
		}
		binary.LittleEndian.PutUint32(out[link:], uint32(len(out)))
		out = binary.LittleEndian.AppendUint16(out, uint16(len(entries)))
		for _, e := range entries {
			out = append(out, e...)
		}
		link = len(out)
		out = append(out, 0, 0, 0, 0)
	}
	return out
}

func page(w, h, bits, format int, data []byte, more ...any) map[uint16]any {
	p := map[uint16]any{256: w, 257: h, 258: bits, 262: 1, 273: data, 277: 1, 278: h, 339: format}
	for i := 0; i < len(more); i += 2 {
		p[uint16(more[i].(int))] = more[i+1]
	}
	return p
}

func TestOtherTIFFs(t *testing.T) {
	float := page(2, 1, 32, 3, []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0})
	b := pixelsOf(t, read(t, tiffOf(float), "x").Images[0])
	p := planeOf(t, b, 0, 0, 0)
	require.Equal(t, []float64{1, -2}, []float64{b.Type.Value(p, 0), b.Type.Value(p, 1)})

	bits := page(10, 2, 1, 1, []byte{0xa0, 0x40, 0xff, 0xc0}, 262, 0)
	b = pixelsOf(t, read(t, tiffOf(bits), "x").Images[0])
	require.Equal(t, "bit", b.Type.Name)
	require.Equal(t, []byte{0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, planeOf(t, b, 0, 0, 0))

	var stack []map[uint16]any
	for i := range 12 {
		stack = append(stack, page(1, 1, 8, 1, []byte{byte(i)}))
	}
	stack[0][270] = "ImageJ=1.53\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\n"
	i := read(t, tiffOf(stack...), "x").Images[0]
	require.Equal(t, [3]int{3, 2, 2}, [3]int{i.Shape.Z, i.Shape.C, i.Shape.T})
	require.Equal(t, []byte{1*6 + 2*2 + 1}, planeOf(t, pixelsOf(t, i), 2, 1, 1))

	two := tiffOf(page(1, 1, 8, 1, []byte{1}), page(2, 1, 8, 1, []byte{2, 3}), page(1, 1, 8, 1, []byte{9}, 254, 1))
	f := read(t, two, "x.tif")
	require.Len(t, f.Images, 2)
	require.Equal(t, "x.tif [1]", f.Images[1].Name)
	require.Equal(t, []byte{2, 3}, planeOf(t, pixelsOf(t, f.Images[1]), 0, 0, 0))
}

func TestOMEXMLOfOthers(t *testing.T) {
	description := `<?xml version="1.0"?><!-- made --><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2013-06">
	<Image ID="Image:0"><AcquisitionDate>2026-01-02T03:04:05Z</AcquisitionDate><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="1" SizeY="1" SizeZ="2" SizeC="2" SizeT="1" PhysicalSizeX="500" PhysicalSizeXUnit="nm">
	<Channel ID="Channel:0:0"/><TiffData FirstZ="1" FirstC="1" IFD="0"/><TiffData IFD="1" PlaneCount="2"/></Pixels></Image></OME>`
	first := page(1, 1, 8, 1, []byte{10})
	first[270] = description
	i := read(t, tiffOf(first, page(1, 1, 8, 1, []byte{20}), page(1, 1, 8, 1, []byte{30})), "x.ome.tiff").Images[0]
	require.Equal(t, 0.5, i.PhysicalX)
	require.Equal(t, 2026, i.Acquired.Year())
	b := pixelsOf(t, i)
	require.Equal(t, []byte{20, 0, 30, 10}, append(append(planeOf(t, b, 0, 0, 0), planeOf(t, b, 1, 0, 0)...), append(planeOf(t, b, 0, 1, 0), planeOf(t, b, 1, 1, 0)...)...))

	for _, change := range [][2]string{
		{`SizeX="1"`, `SizeX="2"`}, {`SizeX="1"`, `SizeX="-1"`}, {`SizeX="1"`, `SizeX="2000000000" SizeY="2000000000"`}, {"uint8", "uint9"}, {"XYCZT", "XYCCT"},
		{`SizeZ="2"`, `SizeZ="2000000000"`}, {`FirstZ="1"`, `FirstZ="9"`}, {`IFD="0"`, `IFD="-1"`}, {"</Image>", ""}, {`PlaneCount="2"`, `PlaneCount="-2"`},
	} {
		first[270] = strings.Replace(description, change[0], change[1], 1)
		file := tiffOf(first, page(1, 1, 8, 1, []byte{20}), page(1, 1, 8, 1, []byte{30}))
		f, err := formats.Read(bytes.NewReader(file), int64(len(file)), "x")
		if err == nil {
			b, err2 := pixels.New(&memory{}, f.Images[0].Shape)
			require.NoError(t, err2)
			err = f.Images[0].Copy(b)
		}
		require.ErrorIs(t, err, formats.ErrFormat, "%v", change)
	}
}

func TestRasters(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	m.Set(1, 1, color.NRGBA{200, 100, 50, 255})
	m.Set(2, 0, color.NRGBA{10, 20, 30, 128})
	var file bytes.Buffer
	require.NoError(t, png.Encode(&file, m))
	f := read(t, file.Bytes(), "x.png")
	require.Equal(t, "PNG", f.Format)
	b := pixelsOf(t, f.Images[0])
	require.Equal(t, 4, b.C)
	require.Equal(t, []byte{200, 100, 50, 255, 128}, []byte{planeOf(t, b, 0, 0, 0)[4], planeOf(t, b, 0, 1, 0)[4], planeOf(t, b, 0, 2, 0)[4], planeOf(t, b, 0, 3, 0)[4], planeOf(t, b, 0, 3, 0)[2]})

	grey := image.NewGray16(image.Rect(0, 0, 2, 1))
	grey.Set(1, 0, color.Gray16{Y: 0x1234})
	file.Reset()
	require.NoError(t, png.Encode(&file, grey))
	b = pixelsOf(t, read(t, file.Bytes(), "x.png").Images[0])
	require.Equal(t, []byte{0, 0, 0x12, 0x34}, planeOf(t, b, 0, 0, 0))

	red := image.NewRGBA(image.Rect(0, 0, 16, 8))
	for i := range red.Pix {
		red.Pix[i] = []byte{255, 0, 0, 255}[i%4]
	}
	file.Reset()
	require.NoError(t, jpeg.Encode(&file, red, &jpeg.Options{Quality: 100}))
	b = pixelsOf(t, read(t, file.Bytes(), "x.jpg").Images[0])
	require.Equal(t, [3]int{16, 8, 3}, [3]int{b.X, b.Y, b.C})
	require.InDelta(t, 254, int(planeOf(t, b, 0, 0, 0)[0]), 2)
	require.InDelta(t, 0, int(planeOf(t, b, 0, 1, 0)[0]), 2)
}

func TestGIF(t *testing.T) {
	palette := color.Palette{color.Transparent, color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}}
	g := &gif.GIF{Config: image.Config{Width: 3, Height: 1, ColorModel: palette}}
	for i := range 3 {
		frame := image.NewPaletted(image.Rect(i, 0, i+1, 1), palette)
		frame.Pix[0] = byte(1 + i%2)
		g.Image, g.Delay, g.Disposal = append(g.Image, frame), append(g.Delay, 1), append(g.Disposal, gif.DisposalNone)
	}
	var file bytes.Buffer
	require.NoError(t, gif.EncodeAll(&file, g))
	b := pixelsOf(t, read(t, file.Bytes(), "x.gif").Images[0])
	require.Equal(t, 3, b.T)
	require.Equal(t, []byte{255, 0, 255}, planeOf(t, b, 0, 0, 2))
	require.Equal(t, []byte{0, 255, 0}, planeOf(t, b, 0, 2, 1))
	for n := range file.Len() {
		cut := file.Bytes()[:n]
		if f, err := formats.Read(bytes.NewReader(cut), int64(n), "x.gif"); err == nil {
			b, err := pixels.New(&memory{}, f.Images[0].Shape)
			require.NoError(t, err)
			_ = f.Images[0].Copy(b)
		}
	}
}

func TestOthersAreRefused(t *testing.T) {
	for _, file := range []string{"", "x", "%PDF-1.7 ...", "RIFF....WEBP", strings.Repeat("text ", 100)} {
		_, err := formats.Read(strings.NewReader(file), int64(len(file)), "x.lif")
		require.ErrorIs(t, err, formats.ErrUnknown)
		require.ErrorContains(t, err, "x.lif")
	}
	for _, file := range []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0", "GIF89a", "II*\x00", "II*\x00\x08\x00\x00\x00\x00\x00", "MM\x00+\x00\x08\x00\x00"} {
		_, err := formats.Read(strings.NewReader(file), int64(len(file)), "x")
		require.ErrorIs(t, err, formats.ErrFormat, "%q", file)
	}
}

// Files that promise more than they have are refused before memory is spent.
func TestBombs(t *testing.T) {
	refused := func(name string, file []byte) {
		t.Helper()
		f, err := formats.Read(bytes.NewReader(file), int64(len(file)), name)
		if err == nil {
			var b *pixels.Buffer
			if b, err = pixels.New(&counting{}, f.Images[0].Shape); err == nil {
				err = f.Images[0].Copy(b)
			}
		}
		require.ErrorIs(t, err, formats.ErrFormat, name)
	}
	refused("large", tiffOf(page(1<<30, 1<<30, 8, 1, []byte{1})))
	refused("many rows", tiffOf(page(30000, 30000, 8, 1, []byte{1})))
	refused("zip", tiffOf(page(60000, 60000, 8, 1, []byte{0x78, 0x9c, 1}, 259, 8)))
	refused("tile", tiffOf(page(10, 10, 8, 1, []byte{1}, 322, 1<<30, 323, 1<<30)))
	refused("samples", tiffOf(page(10, 10, 8, 1, []byte{1}, 277, 1<<30)))
	refused("short", tiffOf(page(100, 100, 8, 1, []byte{1, 2, 3})))
	refused("compression", tiffOf(page(1, 1, 8, 1, []byte{1}, 259, 7)))
	refused("half float", tiffOf(page(1, 1, 16, 3, []byte{1, 2})))
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(make([]byte, 1000))
	_ = w.Close()
	refused("ends early", tiffOf(page(100, 100, 8, 1, z.Bytes(), 259, 8)))
	loop := tiffOf(page(1, 1, 8, 1, []byte{1}))
	copy(loop[len(loop)-4:], loop[4:8])
	refused("loop", loop)
	head := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x02\x00\x00\x00")
	refused("png", append(head, 0x9d, 0x8e, 0x86, 0x1c))
}

// counting is a file that forgets what is written.
type counting struct{}

func (counting) ReadAt(p []byte, _ int64) (int, error)  { clear(p); return len(p), nil }
func (counting) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
func (counting) Extend(int64) error                     { return nil }

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.tif")
	for _, path := range files {
		content, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(content)
	}
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00;"))
	ome := page(1, 1, 8, 1, []byte{10})
	ome[270] = `<OME><Image><Pixels DimensionOrder="XYCZT" Type="uint8" SizeX="1" SizeY="1" SizeZ="2" SizeC="2" SizeT="1"><TiffData IFD="0" PlaneCount="2"/></Pixels></Image></OME>`
	f.Add(tiffOf(ome, page(1, 1, 8, 1, []byte{1})))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := formats.Read(bytes.NewReader(file), int64(len(file)), "x")
		if err != nil {
			return
		}
		for _, i := range got.Images[:min(3, len(got.Images))] {
			if i.Shape.TotalSize() > 1<<20 {
				continue
			}
			b, err := pixels.New(counting{}, i.Shape)
			require.NoError(t, err)
			_ = i.Copy(b)
		}
	})
}
