package pixels

import (
	"fmt"
	"math"
)

// strip is how many bytes are looked at at a time.
const strip = 1 << 20

// eachValue calls visit with every value of a rectangle of a plane. Only a
// strip of the plane is in memory at a time.
func (b *Buffer) eachValue(z, c, t, x, y, w, h int, visit func(v float64)) error {
	if _, err := b.full.PlaneOffset(z, c, t); err != nil {
		return err
	}
	if err := b.checkTile(x, y, w, h); err != nil {
		return err
	}
	width := int64(w) * int64(b.Type.Bytes)
	if err := checkSize(width); err != nil {
		return err
	}
	rows := int(max(1, min(int64(h), strip/width)))
	p := make([]byte, int64(rows)*width)
	for i := 0; i < h; i += rows {
		rows := min(rows, h-i)
		p := p[:int64(rows)*width]
		if err := b.tile(p, z, c, t, x, y+i, w, rows); err != nil {
			return err
		}
		for j := range rows * w {
			visit(b.Type.Value(p, j))
		}
	}
	return nil
}

// PlaneMinMax is the smallest and the largest value of a plane. Values that are
// not numbers do not count; if there is no other, both are 0.
func (b *Buffer) PlaneMinMax(z, c, t int) (low, high float64, err error) {
	low, high = math.Inf(1), math.Inf(-1)
	err = b.eachValue(z, c, t, 0, 0, b.X, b.Y, func(v float64) {
		low, high = lower(low, v), higher(high, v)
	})
	if low > high {
		low, high = 0, 0
	}
	return low, high, err
}

// lower and higher ignore what is not a number, which min and max do not.
func lower(a, v float64) float64 {
	if v < a {
		return v
	}
	return a
}

func higher(a, v float64) float64 {
	if v > a {
		return v
	}
	return a
}

// ChannelMinMax is the smallest and the largest value of a channel, in all
// planes and at all times.
func (b *Buffer) ChannelMinMax(c int) (low, high float64, err error) {
	if err := in("C", c, b.C); err != nil {
		return 0, 0, err
	}
	low, high = math.Inf(1), math.Inf(-1)
	for t := range b.T {
		for z := range b.Z {
			err := b.eachValue(z, c, t, 0, 0, b.X, b.Y, func(v float64) {
				low, high = lower(low, v), higher(high, v)
			})
			if err != nil {
				return 0, 0, err
			}
		}
	}
	if low > high {
		low, high = 0, 0
	}
	return low, high, nil
}

// MostBins is how many bins a histogram has at most.
const MostBins = 1 << 20

// Histogram counts the values of a rectangle of a plane in bins of equal width
// between low and high. Values out of that range are not counted, and the last
// bin has the value high.
func (b *Buffer) Histogram(z, c, t, x, y, w, h, bins int, low, high float64) ([]int32, error) {
	if bins < 1 || bins > MostBins {
		return nil, fmt.Errorf("a histogram of %d bins: there can be 1 to %d: %w", bins, MostBins, ErrBounds)
	}
	counts := make([]int32, bins)
	width := (high - low) / float64(bins)
	err := b.eachValue(z, c, t, x, y, w, h, func(v float64) {
		if !(v >= low && v <= high) {
			return
		}
		i := 0
		if width > 0 {
			i = min(int((v-low)/width), bins-1)
		}
		counts[i]++
	})
	return counts, err
}
