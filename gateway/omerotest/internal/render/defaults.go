package render

import (
	"math"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// Window proposes a channel's window from one of its planes: OMERO leaves out
// the percent of the values that are farthest from where most are.
//
// It counts the values in bins. If the first bin has more than the last, the
// window ends where 99 % of the values in the bins between them are below;
// otherwise it starts where 99 % are above. Channels with a range of less than
// the number of bins have all of it.
func Window(b *pixels.Buffer, z, c, t int, low, high float64) (start, end float64, err error) {
	const bins = 2 * decile
	if !(high-low >= bins) || math.IsInf(high-low, 0) {
		return low, math.Max(low, high), nil
	}
	w, h := b.X, b.Y
	counts, err := b.Histogram(z, c, t, 0, 0, w, h, bins, low, high)
	if err != nil {
		return 0, 0, err
	}
	size := (high - low) / bins
	start, end = low, high
	total := 0.0
	for _, n := range counts[1 : bins-1] {
		total += float64(n)
	}
	sum := 0.0
	if counts[0] >= counts[bins-1] {
		for i := 1; i < bins-1; i++ {
			if sum += float64(counts[i]); sum/total > 0.99 {
				return start, math.Min(high, low+float64(i+1)*size+size/4), nil
			}
		}
		return start, end, nil
	}
	for i := bins - 2; i > 0; i-- {
		if sum += float64(counts[i]); sum/total > 0.99 {
			return math.Max(low, low+float64(i)*size-size/4), end, nil
		}
	}
	return start, end, nil
}

// DefaultColor is the colour of a channel that has none: red, green and blue for
// the first three, then red again; grey for an image with one.
func DefaultColor(c, channels int) (r, g, b int) {
	if channels == 1 {
		return 255, 255, 255
	}
	switch c {
	case 1:
		return 0, 255, 0
	case 2:
		return 0, 0, 255
	}
	return 255, 0, 0
}

// WavelengthColor is the colour of a channel whose light has a wavelength in nm:
// blue up to 500, green up to 560, red up to 700. It reports false for others.
func WavelengthColor(nm float64) (r, g, b int, ok bool) {
	switch {
	case nm >= 400 && nm < 500:
		return 0, 0, 255, true
	case nm >= 500 && nm < 560:
		return 0, 255, 0, true
	case nm >= 560 && nm <= 700:
		return 255, 0, 0, true
	}
	return 0, 0, 0, false
}
