package render

import (
	"fmt"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// The planes that can be drawn: the constants of omero::romio.
const (
	XY = 0
	ZY = 1
	XZ = 2
)

// Plane says what is drawn.
type Plane struct {
	Slice   int
	X, Y, Z int // the one that is across the slice counts
	T       int
	// Region is a part of an XY plane, or nil for all of it.
	Region *Region
	// Stride is how many pixels are left out between two.
	Stride int
}

// Region is a rectangle in a plane.
type Region struct{ X, Y, Width, Height int }

// ErrPlane is what errors wrap that are about a plane.
var ErrPlane = fmt.Errorf("plane: %w", pixels.ErrBounds)

// Size is how large the picture of a plane is.
func (p Plane) Size(b *pixels.Buffer) (w, h int, err error) {
	_, _, w, h, err = p.area(b)
	if err != nil {
		return 0, 0, err
	}
	if int64(w)*int64(h) > pixels.MostBytes/4 {
		return 0, 0, fmt.Errorf("a picture of %d x %d is too large; ask for a region or a lower resolution: %w", w, h, pixels.ErrLarge)
	}
	return w, h, nil
}

func (p Plane) area(b *pixels.Buffer) (x, y, w, h int, err error) {
	switch p.Slice {
	case XY:
		w, h = b.X, b.Y
	case ZY:
		w, h = b.Z, b.Y
	case XZ:
		w, h = b.X, b.Z
	default:
		return 0, 0, 0, 0, fmt.Errorf("there is no slice %d: %w", p.Slice, ErrPlane)
	}
	if r := p.Region; r != nil {
		if p.Slice != XY {
			return 0, 0, 0, 0, fmt.Errorf("only XY planes have regions: %w", ErrPlane)
		}
		if r.X < 0 || r.Y < 0 || r.Width < 1 || r.Height < 1 || r.X > w-r.Width || r.Y > h-r.Height {
			return 0, 0, 0, 0, fmt.Errorf("the region of %d x %d at (%d, %d) is not in the plane of %d x %d: %w", r.Width, r.Height, r.X, r.Y, w, h, ErrPlane)
		}
		x, y, w, h = r.X, r.Y, r.Width, r.Height
	}
	if p.Stride < 0 || p.Stride >= max(w, h) {
		return 0, 0, 0, 0, fmt.Errorf("the stride %d is not in the plane of %d x %d: %w", p.Stride, w, h, ErrPlane)
	}
	return x, y, max(1, w/(p.Stride+1)), max(1, h/(p.Stride+1)), nil
}

// values reads the values of a channel in a plane.
func (p Plane) values(b *pixels.Buffer, c int) ([]byte, error) {
	x, y, w, h, err := p.area(b)
	if err != nil {
		return nil, err
	}
	step := p.Stride + 1
	span := func(n int) int { return (n-1)*step + 1 }
	offset, size, steps := [5]int{x, y, p.Z, c, p.T}, [5]int{span(w), span(h), 1, 1, 1}, [5]int{step, step, 1, 1, 1}
	switch p.Slice {
	case XZ:
		offset, size, steps = [5]int{0, p.Y, 0, c, p.T}, [5]int{span(w), 1, span(h), 1, 1}, [5]int{step, 1, step, 1, 1}
	case ZY:
		offset, size, steps = [5]int{p.X, 0, 0, c, p.T}, [5]int{1, span(h), span(w), 1, 1}, [5]int{1, step, step, 1, 1}
	}
	v, err := b.Hypercube(offset, size, steps)
	if err != nil || p.Slice != ZY {
		return v, err
	}
	// The cube has Y before Z; the picture has Z from left to right.
	turned, n := make([]byte, len(v)), b.Type.Bytes
	for i := range w {
		for j := range h {
			copy(turned[(j*w+i)*n:][:n], v[(i*h+j)*n:])
		}
	}
	return turned, nil
}
