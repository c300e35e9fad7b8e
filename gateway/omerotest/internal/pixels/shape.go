package pixels

import (
	"errors"
	"fmt"
	"math/bits"
)

// The errors that those of this package wrap.
var (
	// ErrBounds is a coordinate that the pixels do not have.
	ErrBounds = errors.New("out of bounds")
	// ErrLength is a buffer that has too many or too few bytes.
	ErrLength = errors.New("wrong number of bytes")
	// ErrLarge is an answer that would not fit into a message.
	ErrLarge = errors.New("too large")
)

// MostBytes is how many bytes a read returns at most, so that the answer fits
// into an Ice message of OMERO's (250000 KiB).
const MostBytes = 250000*1024 - 64*1024

// most is how many bytes a set of pixels can have.
const most = 1 << 50

// Shape is the size of a set of pixels in all dimensions, with their type.
type Shape struct {
	X, Y, Z, C, T int
	Type          Type
}

// Check reports whether the sizes are possible: each at least 1, and all pixels
// together at most 1 PiB.
func (s Shape) Check() error {
	total := uint64(s.Type.Bytes)
	if total == 0 {
		return errors.New("pixels: no pixel type")
	}
	for _, d := range []struct {
		name string
		size int
	}{{"X", s.X}, {"Y", s.Y}, {"Z", s.Z}, {"C", s.C}, {"T", s.T}} {
		if d.size < 1 || d.size > 1<<31-1 {
			return fmt.Errorf("pixels: size%s is %d: it must be at least 1: %w", d.name, d.size, ErrBounds)
		}
		high, low := bits.Mul64(total, uint64(d.size))
		if total = low; high != 0 || total > most {
			return fmt.Errorf("pixels: %d x %d x %d x %d x %d pixels of type %s are more than %d bytes: %w",
				s.X, s.Y, s.Z, s.C, s.T, s.Type.Name, int64(most), ErrLarge)
		}
	}
	return nil
}

// RowSize is the bytes of a row; PlaneSize, StackSize, TimepointSize and
// TotalSize those of what their names say.
func (s Shape) RowSize() int64       { return int64(s.X) * int64(s.Type.Bytes) }
func (s Shape) PlaneSize() int64     { return s.RowSize() * int64(s.Y) }
func (s Shape) StackSize() int64     { return s.PlaneSize() * int64(s.Z) }
func (s Shape) TimepointSize() int64 { return s.StackSize() * int64(s.C) }
func (s Shape) TotalSize() int64     { return s.TimepointSize() * int64(s.T) }

// in checks one coordinate.
func in(name string, v, size int) error {
	if v < 0 || v >= size {
		return fmt.Errorf("%s '%d' greater than size%s '%d': %w", name, v, name, size, ErrBounds)
	}
	return nil
}

// RowOffset is where a row begins in the file.
func (s Shape) RowOffset(y, z, c, t int) (int64, error) {
	plane, err := s.PlaneOffset(z, c, t)
	if err = errors.Join(err, in("Y", y, s.Y)); err != nil {
		return 0, err
	}
	return plane + int64(y)*s.RowSize(), nil
}

// PlaneOffset is where a plane begins in the file.
func (s Shape) PlaneOffset(z, c, t int) (int64, error) {
	stack, err := s.StackOffset(c, t)
	if err = errors.Join(err, in("Z", z, s.Z)); err != nil {
		return 0, err
	}
	return stack + int64(z)*s.PlaneSize(), nil
}

// StackOffset is where the planes of a channel and a time begin in the file.
func (s Shape) StackOffset(c, t int) (int64, error) {
	if err := errors.Join(in("C", c, s.C), in("T", t, s.T)); err != nil {
		return 0, err
	}
	return int64(t)*s.TimepointSize() + int64(c)*s.StackSize(), nil
}

// TimepointOffset is where a time begins in the file.
func (s Shape) TimepointOffset(t int) (int64, error) { return s.StackOffset(0, t) }

// checkTile checks a rectangle of a plane.
func (s Shape) checkTile(x, y, w, h int) error {
	switch {
	case x < 0 || y < 0 || w < 1 || h < 1:
		return fmt.Errorf("a tile of %d x %d at (%d, %d) is not in the plane: %w", w, h, x, y, ErrBounds)
	case x > s.X-w || y > s.Y-h:
		return fmt.Errorf("a tile of %d x %d at (%d, %d) is not in the plane of %d x %d: %w", w, h, x, y, s.X, s.Y, ErrBounds)
	}
	return nil
}

func checkSize(n int64) error {
	if n > MostBytes {
		return fmt.Errorf("%d bytes are more than the %d that an answer can have; ask for less at a time: %w", n, MostBytes, ErrLarge)
	}
	return nil
}

// The limits that OMERO has by default (omero.pixeldata.max_plane_width and
// max_plane_height, and those of tiles): images with more pixels in a plane have
// resolution levels. Those of floating point never have
// (omero.pixeldata.max_plane_float_override).
const (
	MaxPlaneWidth  = 3192
	MaxPlaneHeight = 3192
	tileSize       = 256
)

// Large reports whether the image has resolution levels.
func (s Shape) Large() bool {
	return !s.Type.Float && int64(s.X)*int64(s.Y) > MaxPlaneWidth*MaxPlaneHeight
}

// Levels are the sizes of the resolution levels, the full size first. Each has
// half the width and height of the one before; the last fits into a tile. An
// image that is not [Shape.Large] has only the full size.
func (s Shape) Levels() []Shape {
	levels := []Shape{s}
	if !s.Large() {
		return levels
	}
	for s.X > tileSize || s.Y > tileSize {
		s.X, s.Y = (s.X+1)/2, (s.Y+1)/2
		levels = append(levels, s)
	}
	return levels
}

// TileSize is the size of the tiles that are best asked for.
func (s Shape) TileSize() (w, h int) { return min(tileSize, s.X), min(tileSize, s.Y) }
