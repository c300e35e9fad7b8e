package render

import (
	"fmt"
	"math"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// The kinds of projection: omero::constants::projection::ProjectionType.
const (
	Maximum = iota
	Mean
	Sum
)

// Projection makes one plane of many.
type Projection struct {
	Kind int
	// Start and End are the first and the last plane, Stepping how far it is from
	// one to the next.
	Start, End, Stepping int
}

// Check reports what is wrong with a projection of pixels.
func (p Projection) Check(b *pixels.Buffer) error {
	switch {
	case p.Kind < Maximum || p.Kind > Sum:
		return fmt.Errorf("there is no projection %d: %w", p.Kind, pixels.ErrBounds)
	case p.Stepping < 1:
		return fmt.Errorf("stepping: %d <= 0: %w", p.Stepping, pixels.ErrBounds)
	case p.Start < 0:
		return fmt.Errorf("start: %d < 0: %w", p.Start, pixels.ErrBounds)
	case p.End < p.Start || p.End >= b.Z:
		return fmt.Errorf("end: %d is not in [%d, %d]: %w", p.End, p.Start, b.Z-1, pixels.ErrBounds)
	}
	return nil
}

// Project projects the planes of a channel and a time to one of type to. Sums
// and means out of the type's range become its nearest value.
func (p Projection) Project(b *pixels.Buffer, to pixels.Type, c, t int) ([]byte, error) {
	if err := p.Check(b); err != nil {
		return nil, err
	}
	n := int64(b.X) * int64(b.Y)
	if n > pixels.MostBytes/16 || n*int64(to.Bytes) > pixels.MostBytes {
		return nil, fmt.Errorf("planes of %d x %d are too large to be projected: %w", b.X, b.Y, pixels.ErrLarge)
	}
	values := make([]float64, n)
	planes := 0
	for z := p.Start; z <= p.End; z += p.Stepping {
		v, err := b.Plane(z, c, t)
		if err != nil {
			return nil, err
		}
		for i := range values {
			x := b.Type.Value(v, i)
			switch {
			case p.Kind != Maximum:
				values[i] += x
			case planes == 0:
				values[i] = x
			default:
				values[i] = math.Max(values[i], x)
			}
		}
		planes++
		if z > p.End-p.Stepping {
			break // z cannot overflow
		}
	}
	out := make([]byte, n*int64(to.Bytes))
	for i, v := range values {
		if p.Kind == Mean {
			v /= float64(planes)
		}
		to.Put(out, i, v)
	}
	return out, nil
}
