package pixels

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
)

// File is where pixels are kept.
type File interface {
	io.ReaderAt
	io.WriterAt
	// Extend makes the file at least so long, with zeros.
	Extend(length int64) error
}

// Buffer reads and writes pixels. Its methods may be called by any number of
// goroutines, as far as those of its file may.
type Buffer struct {
	Shape
	file File
	// full is the shape of the pixels in the file, of which every step-th in X and
	// Y is in this buffer.
	full Shape
	step int
}

// New makes a buffer of pixels in a file. Of a file that is too short, what is
// missing is zeros.
func New(file File, shape Shape) (*Buffer, error) {
	if err := shape.Check(); err != nil {
		return nil, err
	}
	return &Buffer{Shape: shape, file: file, full: shape, step: 1}, nil
}

// Level returns the same pixels at a lower resolution. Level 0 is the full one.
// What has less than the full resolution cannot be written.
func (b *Buffer) Level(level int) (*Buffer, error) {
	levels := b.full.Levels()
	if level < 0 || level >= len(levels) {
		return nil, fmt.Errorf("there is no resolution level %d of %d: %w", level, len(levels), ErrBounds)
	}
	return &Buffer{Shape: levels[level], file: b.file, full: b.full, step: 1 << level}, nil
}

// read fills p from a place in the file.
func (b *Buffer) read(p []byte, offset int64) error {
	n, err := b.file.ReadAt(p, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	clear(p[n:])
	return nil
}

// write puts p at a place in the file, which gets its full length.
func (b *Buffer) write(p []byte, offset int64) error {
	if b.step != 1 {
		return fmt.Errorf("only the full resolution can be written: %w", ErrBounds)
	}
	if err := b.file.Extend(b.full.TotalSize()); err != nil {
		return err
	}
	_, err := b.file.WriteAt(p, offset)
	return err
}

func wrongLength(got int, want int64) error {
	return fmt.Errorf("%d bytes are given for %d: %w", got, want, ErrLength)
}

// Region reads bytes of the file, whatever they are.
func (b *Buffer) Region(size int, offset int64) ([]byte, error) {
	if size < 0 || offset < 0 || offset > b.full.TotalSize()-int64(size) {
		return nil, fmt.Errorf("%d bytes at %d are not in the pixels' %d bytes: %w", size, offset, b.full.TotalSize(), ErrBounds)
	}
	if err := checkSize(int64(size)); err != nil {
		return nil, err
	}
	p := make([]byte, size)
	return p, b.read(p, offset)
}

// SetRegion writes bytes to the file, whatever they are.
func (b *Buffer) SetRegion(p []byte, offset int64) error {
	if offset < 0 || offset > b.full.TotalSize()-int64(len(p)) {
		return fmt.Errorf("%d bytes at %d are not in the pixels' %d bytes: %w", len(p), offset, b.full.TotalSize(), ErrBounds)
	}
	return b.write(p, offset)
}

// Tile reads a rectangle of a plane, row by row.
func (b *Buffer) Tile(z, c, t, x, y, w, h int) ([]byte, error) {
	if _, err := b.full.PlaneOffset(z, c, t); err != nil {
		return nil, err
	}
	if err := b.checkTile(x, y, w, h); err != nil {
		return nil, err
	}
	size := int64(w) * int64(h) * int64(b.Type.Bytes)
	if err := checkSize(size); err != nil {
		return nil, err
	}
	p := make([]byte, size)
	return p, b.tile(p, z, c, t, x, y, w, h)
}

// tile fills p with a tile that was checked.
func (b *Buffer) tile(p []byte, z, c, t, x, y, w, h int) error {
	plane, err := b.full.PlaneOffset(z, c, t)
	if err != nil {
		return err
	}
	width := w * b.Type.Bytes
	if b.step == 1 && w == b.X {
		return b.read(p, plane+int64(y)*b.full.RowSize())
	}
	var line []byte
	if b.step > 1 {
		line = make([]byte, min(int64(w*b.step), int64(b.full.X-x*b.step))*int64(b.Type.Bytes))
	}
	for i := range h {
		row := p[i*width:][:width]
		offset := plane + int64(y+i)*int64(b.step)*b.full.RowSize() + int64(x)*int64(b.step)*int64(b.Type.Bytes)
		if b.step == 1 {
			if err := b.read(row, offset); err != nil {
				return err
			}
			continue
		}
		if err := b.read(line, offset); err != nil {
			return err
		}
		for j := range w {
			copy(row[j*b.Type.Bytes:][:b.Type.Bytes], line[j*b.step*b.Type.Bytes:])
		}
	}
	return nil
}

// SetTile writes a rectangle of a plane.
func (b *Buffer) SetTile(p []byte, z, c, t, x, y, w, h int) error {
	plane, err := b.PlaneOffset(z, c, t)
	if err != nil {
		return err
	}
	if err := b.checkTile(x, y, w, h); err != nil {
		return err
	}
	width := int64(w) * int64(b.Type.Bytes)
	if int64(len(p)) != width*int64(h) {
		return wrongLength(len(p), width*int64(h))
	}
	if w == b.X {
		return b.write(p, plane+int64(y)*b.RowSize())
	}
	for i := range h {
		offset := plane + int64(y+i)*b.RowSize() + int64(x)*int64(b.Type.Bytes)
		if err := b.write(p[int64(i)*width:][:width], offset); err != nil {
			return err
		}
	}
	return nil
}

// Plane reads a plane.
func (b *Buffer) Plane(z, c, t int) ([]byte, error) { return b.Tile(z, c, t, 0, 0, b.X, b.Y) }

// SetPlane writes a plane.
func (b *Buffer) SetPlane(p []byte, z, c, t int) error {
	return b.SetTile(p, z, c, t, 0, 0, b.X, b.Y)
}

// PlaneRegion reads count pixels of a plane, from pixel number first on.
func (b *Buffer) PlaneRegion(z, c, t, count, first int) ([]byte, error) {
	plane, err := b.full.PlaneOffset(z, c, t)
	if err != nil {
		return nil, err
	}
	if pixels := int64(b.full.X) * int64(b.full.Y); count < 0 || first < 0 || int64(first) > pixels-int64(count) {
		return nil, fmt.Errorf("%d pixels from number %d on are not in a plane of %d: %w", count, first, pixels, ErrBounds)
	}
	size := int64(count) * int64(b.Type.Bytes)
	if err := checkSize(size); err != nil {
		return nil, err
	}
	p := make([]byte, size)
	return p, b.read(p, plane+int64(first)*int64(b.Type.Bytes))
}

// Row reads a row of a plane.
func (b *Buffer) Row(y, z, c, t int) ([]byte, error) {
	if err := in("Y", y, b.Y); err != nil {
		return nil, err
	}
	return b.Tile(z, c, t, 0, y, b.X, 1)
}

// SetRow writes a row of a plane.
func (b *Buffer) SetRow(p []byte, y, z, c, t int) error {
	if err := in("Y", y, b.Y); err != nil {
		return err
	}
	return b.SetTile(p, z, c, t, 0, y, b.X, 1)
}

// Column reads a column of a plane.
func (b *Buffer) Column(x, z, c, t int) ([]byte, error) {
	if err := in("X", x, b.X); err != nil {
		return nil, err
	}
	return b.Tile(z, c, t, x, 0, 1, b.Y)
}

// Stack reads all planes of a channel and a time.
func (b *Buffer) Stack(c, t int) ([]byte, error) {
	return b.Hypercube([5]int{0, 0, 0, c, t}, [5]int{b.X, b.Y, b.Z, 1, 1}, [5]int{1, 1, 1, 1, 1})
}

// SetStack writes all planes of a channel and a time.
func (b *Buffer) SetStack(p []byte, c, t int) error {
	offset, err := b.StackOffset(c, t)
	if err != nil {
		return err
	}
	if int64(len(p)) != b.StackSize() {
		return wrongLength(len(p), b.StackSize())
	}
	return b.write(p, offset)
}

// Timepoint reads all planes of a time.
func (b *Buffer) Timepoint(t int) ([]byte, error) {
	return b.Hypercube([5]int{0, 0, 0, 0, t}, [5]int{b.X, b.Y, b.Z, b.C, 1}, [5]int{1, 1, 1, 1, 1})
}

// SetTimepoint writes all planes of a time.
func (b *Buffer) SetTimepoint(p []byte, t int) error {
	offset, err := b.TimepointOffset(t)
	if err != nil {
		return err
	}
	if int64(len(p)) != b.TimepointSize() {
		return wrongLength(len(p), b.TimepointSize())
	}
	return b.write(p, offset)
}

// Hypercube reads a block in all dimensions (X, Y, Z, C, T), of which it takes
// every step-th pixel.
func (b *Buffer) Hypercube(offset, size, step [5]int) ([]byte, error) {
	sizes := [5]int{b.X, b.Y, b.Z, b.C, b.T}
	var count [5]int
	total := int64(b.Type.Bytes)
	for i, name := range []string{"X", "Y", "Z", "C", "T"} {
		if step[i] < 1 || size[i] < 1 || offset[i] < 0 || offset[i] > sizes[i]-size[i] {
			return nil, fmt.Errorf("%s from %d on, %d of them in steps of %d, are not in size%s '%d': %w",
				name, offset[i], size[i], step[i], name, sizes[i], ErrBounds)
		}
		count[i] = (size[i]-1)/step[i] + 1
		total *= int64(count[i])
		if err := checkSize(total); err != nil {
			return nil, err
		}
	}
	p := make([]byte, 0, total)
	row := make([]byte, int64(size[0])*int64(b.Type.Bytes))
	if err := checkSize(int64(len(row))); err != nil {
		return nil, err
	}
	for t := range count[4] {
		for c := range count[3] {
			for z := range count[2] {
				if step[0] == 1 && step[1] == 1 {
					tile := p[len(p) : len(p)+count[0]*count[1]*b.Type.Bytes]
					if err := b.tile(tile, offset[2]+z*step[2], offset[3]+c*step[3], offset[4]+t*step[4], offset[0], offset[1], size[0], size[1]); err != nil {
						return nil, err
					}
					p = p[:len(p)+len(tile)]
					continue
				}
				for y := range count[1] {
					if err := b.tile(row, offset[2]+z*step[2], offset[3]+c*step[3], offset[4]+t*step[4], offset[0], offset[1]+y*step[1], size[0], 1); err != nil {
						return nil, err
					}
					for x := range count[0] {
						p = append(p, row[x*step[0]*b.Type.Bytes:][:b.Type.Bytes]...)
					}
				}
			}
		}
	}
	return p, nil
}

// Digest is the SHA-1 of all pixels at full resolution.
func (b *Buffer) Digest() ([]byte, error) {
	h := sha1.New()
	p := make([]byte, min(b.full.TotalSize(), 1<<20))
	for offset := int64(0); offset < b.full.TotalSize(); offset += int64(len(p)) {
		p = p[:min(int64(len(p)), b.full.TotalSize()-offset)]
		if err := b.read(p, offset); err != nil {
			return nil, err
		}
		h.Write(p)
	}
	return h.Sum(nil), nil
}
