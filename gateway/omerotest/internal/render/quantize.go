package render

import (
	"math"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// decile is how much of 0 to 255 noise reduction takes at each end.
const decile = 10

// quantizer maps the values of a channel to 0 to 255.
type quantizer struct {
	typ        pixels.Type
	start, end float64
	// low and high are the window without what noise reduction leaves out.
	low, high        float64
	slope, intercept float64
	curve            func(v float64) float64 // from and to 0 to 1, more or less
	resolution, cd   float64                 // the steps, and what they are worth
	cdStart, cdEnd   float64
	reverse          bool
	ends             float64 // cdStart + cdEnd of the settings
	table            []uint8 // for the integer types of at most 16 bits
}

func newQuantizer(s *Settings, c *Channel, typ pixels.Type) *quantizer {
	q := &quantizer{typ: typ, start: c.Start, end: c.End, reverse: c.Reverse}
	q.cdStart, q.cdEnd = float64(s.CodomainStart), float64(s.CodomainEnd)
	q.ends = q.cdStart + q.cdEnd
	q.resolution = float64(s.BitResolution)
	q.cd = (q.cdEnd - q.cdStart) / q.resolution
	q.curve = curve(c.Family, c.Coefficient)
	q.decile(c)
	if !typ.Float && typ.Bytes <= 2 {
		q.table = make([]uint8, int(typ.Max-typ.Min)+1)
		for i := range q.table {
			q.table[i] = q.compute(float64(i) + typ.Min)
		}
	}
	return q
}

// decile computes the line that maps the window to 0 to 255, or to a little less
// with noise reduction.
func (q *quantizer) decile(c *Channel) {
	low, high := math.Min(c.Min, c.Start), math.Max(c.Max, c.End)
	width, from, to, base := c.End-c.Start, 0.0, 255.0, c.Start
	if c.NoiseReduction {
		part := (c.Max - c.Min) / decile
		low, high = low+part, high-part
		from, to = decile, 255-2*decile
		first, last := math.Max(c.Start, low), math.Min(c.End, high)
		base, width = first, last-first
		q.cdStart, q.cdEnd = math.Max(q.cdStart, decile), math.Min(q.cdEnd, 255-decile)
	}
	q.low, q.high = low, high
	if width > 0 {
		q.slope = to / width
	}
	q.intercept = q.slope*base - from
}

// curve is a family's map of 0 to 255 onto 0 to 1.
func curve(family string, k float64) func(float64) float64 {
	switch family {
	case Polynomial:
		top := math.Pow(255, k)
		return func(v float64) float64 { return math.Pow(math.Max(v, 0), k) / top }
	case Logarithmic:
		// The logarithm of what is below 1 counts as that of 1.
		top := math.Log(255)
		return func(v float64) float64 { return math.Log(math.Max(v, 1)) / top }
	case Exponential:
		// (e^(v^k) - 1) / (e^(255^k) - 1), written so that it does not overflow.
		top := math.Pow(255, k)
		bottom := math.Exp(-top)
		return func(v float64) float64 {
			return (math.Exp(math.Pow(math.Max(v, 0), k)-top) - bottom) / (1 - bottom)
		}
	}
	return func(v float64) float64 { return v / 255 }
}

// compute maps a value.
func (q *quantizer) compute(x float64) uint8 {
	var v float64
	switch {
	case !(x >= q.start): // what is not a number, too
		v = q.cdStart
	case x >= q.end:
		v = q.cdEnd
	default:
		switch {
		case x <= q.low && q.low != q.start:
			v = q.cdStart
		case x > q.high:
			v = q.cdEnd
		default:
			v = q.slope*x - q.intercept
		}
		v = math.Floor(q.resolution*q.curve(v) + 0.5)
		v = math.Floor(q.cd*v + q.cdStart + 0.5)
	}
	if q.reverse {
		v = q.ends - v
	}
	return uint8(math.Min(math.Max(v, 0), 255))
}

// value maps pixel number i of p.
func (q *quantizer) value(p []byte, i int) uint8 {
	v := q.typ.Value(p, i)
	if q.table != nil {
		// A "bit" may be any byte.
		return q.table[min(int(v-q.typ.Min), len(q.table)-1)]
	}
	return q.compute(v)
}
