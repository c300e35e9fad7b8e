package formats

import (
	"bufio"
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

func typeNamed(name string) pixels.Type {
	t, err := pixels.TypeNamed(name)
	if err != nil {
		panic(err) // all names are ours
	}
	return t
}

// checkSize refuses pictures that are too large to be read as a whole.
func checkSize(c image.Config, bytes int64) error {
	if c.Width < 1 || c.Height < 1 || int64(c.Width)*int64(c.Height) > mostInMemory/bytes {
		return wrong("a picture of %d x %d is too large to be read at once", c.Width, c.Height)
	}
	return nil
}

func readPNG(r io.ReadSeeker) (*File, error) {
	c, err := png.DecodeConfig(r)
	if err != nil {
		return nil, wrong("no PNG: %v", err)
	}
	if err := checkSize(c, 8); err != nil {
		return nil, err
	}
	decode := func() (image.Image, error) { return decodeAgain(r, png.Decode) }
	shape := pixels.Shape{X: c.Width, Y: c.Height, Z: 1, C: 3, T: 1, Type: typeNamed("uint8")}
	switch c.ColorModel {
	case color.GrayModel:
		shape.C = 1
	case color.Gray16Model:
		shape.C, shape.Type = 1, typeNamed("uint16")
	case color.NRGBAModel:
		shape.C = 4
	case color.NRGBA64Model:
		shape.C, shape.Type = 4, typeNamed("uint16")
	case color.RGBA64Model:
		shape.Type = typeNamed("uint16")
	}
	return raster("PNG", shape, decode), nil
}

func readJPEG(r io.ReadSeeker) (*File, error) {
	c, err := jpeg.DecodeConfig(r)
	if err != nil {
		return nil, wrong("no JPEG: %v", err)
	}
	// A progressive picture needs its coefficients in memory, 4 bytes for each of
	// up to 4 components.
	if err := checkSize(c, 16); err != nil {
		return nil, err
	}
	shape := pixels.Shape{X: c.Width, Y: c.Height, Z: 1, C: 3, T: 1, Type: typeNamed("uint8")}
	if c.ColorModel == color.GrayModel {
		shape.C = 1
	}
	return raster("JPEG", shape, func() (image.Image, error) { return decodeAgain(r, jpeg.Decode) }), nil
}

func decodeAgain(r io.ReadSeeker, decode func(io.Reader) (image.Image, error)) (image.Image, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	m, err := decode(r)
	if err != nil {
		return nil, wrong("%v", err)
	}
	return m, nil
}

func raster(format string, shape pixels.Shape, decode func() (image.Image, error)) *File {
	rgb := []Channel{{Color: -0x00ffff01, HasColor: true}, {Color: 0x00ff00ff, HasColor: true}, {Color: 0x0000ffff, HasColor: true}, {}}
	i := &Image{Shape: shape, copy: func(to *pixels.Buffer) error {
		m, err := decode()
		if err != nil {
			return err
		}
		return copyImage(to, m, 0)
	}}
	if shape.C >= 3 {
		i.Channels = rgb[:shape.C]
	}
	return &File{Format: format, Images: []*Image{i}, Metadata: map[string]string{}}
}

// copyImage writes a picture to the planes of a time.
func copyImage(to *pixels.Buffer, m image.Image, t int) error {
	b := m.Bounds()
	if b.Dx() != to.X || b.Dy() != to.Y {
		return wrong("the picture is %d x %d and not %d x %d", b.Dx(), b.Dy(), to.X, to.Y)
	}
	rows := make([][]byte, to.C)
	for c := range rows {
		rows[c] = make([]byte, to.RowSize())
	}
	for y := range to.Y {
		for x := range to.X {
			at := m.At(b.Min.X+x, b.Min.Y+y)
			var v [4]uint16
			if to.C == 1 {
				v[0] = color.Gray16Model.Convert(at).(color.Gray16).Y
			} else {
				n := color.NRGBA64Model.Convert(at).(color.NRGBA64)
				v = [4]uint16{n.R, n.G, n.B, n.A}
			}
			for c := range rows {
				if to.Type.Bytes == 2 {
					rows[c][2*x], rows[c][2*x+1] = byte(v[c]>>8), byte(v[c])
				} else {
					rows[c][x] = byte(v[c] >> 8)
				}
			}
		}
		for c := range rows {
			if err := to.SetRow(rows[c], y, 0, c, t); err != nil {
				return err
			}
		}
	}
	return nil
}

func readGIF(r io.ReadSeeker) (*File, error) {
	c, err := gif.DecodeConfig(r)
	if err != nil {
		return nil, wrong("no GIF: %v", err)
	}
	if err := checkSize(c, 8); err != nil {
		return nil, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	frames, area, err := scanGIF(bufio.NewReader(r))
	if err != nil {
		return nil, err
	}
	if frames < 1 || area > mostInMemory {
		return nil, wrong("a GIF of %d frames with %d pixels is too large, or empty", frames, area)
	}
	shape := pixels.Shape{X: c.Width, Y: c.Height, Z: 1, C: 3, T: frames, Type: typeNamed("uint8")}
	f := raster("GIF", shape, nil)
	f.Images[0].copy = func(to *pixels.Buffer) error {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return err
		}
		g, err := gif.DecodeAll(r)
		if err != nil {
			return wrong("%v", err)
		}
		if len(g.Image) != frames {
			return wrong("the GIF has %d frames and not %d", len(g.Image), frames)
		}
		return copyFrames(to, g)
	}
	return f, nil
}

// copyFrames draws the frames of a GIF one over the other. Each picture is a
// time.
func copyFrames(to *pixels.Buffer, g *gif.GIF) error {
	canvas := image.NewNRGBA(image.Rect(0, 0, to.X, to.Y))
	for t, frame := range g.Image {
		before := bytes.Clone(canvas.Pix)
		for y := frame.Rect.Min.Y; y < frame.Rect.Max.Y; y++ {
			for x := frame.Rect.Min.X; x < frame.Rect.Max.X; x++ {
				if c := color.NRGBAModel.Convert(frame.At(x, y)).(color.NRGBA); c.A > 0 {
					canvas.Set(x, y, c)
				}
			}
		}
		if err := copyImage(to, canvas, t); err != nil {
			return err
		}
		switch g.Disposal[t] {
		case gif.DisposalBackground:
			for y := frame.Rect.Min.Y; y < frame.Rect.Max.Y; y++ {
				for x := frame.Rect.Min.X; x < frame.Rect.Max.X; x++ {
					canvas.Set(x, y, color.NRGBA{})
				}
			}
		case gif.DisposalPrevious:
			canvas.Pix = before
		}
	}
	return nil
}

// scanGIF counts the frames of a GIF and their pixels without decompressing them.
func scanGIF(r *bufio.Reader) (frames int, area int64, err error) {
	head := make([]byte, 13)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, 0, wrong("the GIF ends in its header")
	}
	skip := func(n int) { _, e := r.Discard(n); err = errors.Join(err, e) }
	table := func(flags byte) {
		if flags&0x80 != 0 {
			skip(3 << (flags&7 + 1))
		}
	}
	blocks := func() {
		for err == nil {
			n, e := r.ReadByte()
			if err = errors.Join(err, e); n == 0 {
				return
			}
			skip(int(n))
		}
	}
	table(head[10])
	for err == nil {
		kind, e := r.ReadByte()
		switch {
		case e != nil || kind == 0x3b: // the end, or one without its mark
			return frames, area, nil
		case kind == 0x21:
			skip(1)
			blocks()
		case kind == 0x2c:
			d := make([]byte, 9)
			if _, e := io.ReadFull(r, d); e != nil {
				return 0, 0, wrong("the GIF ends in a frame")
			}
			frames++
			area += (int64(d[4]) | int64(d[5])<<8) * (int64(d[6]) | int64(d[7])<<8)
			table(d[8])
			skip(1)
			blocks()
		default:
			return 0, 0, wrong("the GIF has a block of unknown kind %#x", kind)
		}
	}
	return 0, 0, wrong("the GIF ends too early")
}
