package render

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"image/png"
	"math"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// DefaultQuality is the compression level that OMERO starts with.
const DefaultQuality = 0.85

// mostJPEG is the largest side that a JPEG file can have.
const mostJPEG = 65535

// JPEG is the picture as a JPEG file, with a quality from 0 to 1.
func (p *Picture) JPEG(quality float32) ([]byte, error) {
	if err := CheckQuality(quality); err != nil {
		return nil, err
	}
	if p.Width > mostJPEG || p.Height > mostJPEG {
		return nil, fmt.Errorf("a JPEG cannot be %d x %d: %w", p.Width, p.Height, pixels.ErrLarge)
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, p.Image(), &jpeg.Options{Quality: max(1, int(math.Round(float64(quality)*100)))})
	return b.Bytes(), err
}

// CheckQuality checks a compression level.
func CheckQuality(quality float32) error {
	if !(quality >= 0 && quality <= 1) {
		return fmt.Errorf("the compression level %v is not between 0 and 1: %w", quality, ErrSettings)
	}
	return nil
}

// PNG is the picture as a PNG file.
func (p *Picture) PNG() ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, p.Image())
	return b.Bytes(), err
}

// LongestSide is the size of a thumbnail whose longer side is that long, with the
// proportions of the image.
func LongestSide(w, h, longest int) (int, int) {
	if w > h {
		return longest, max(1, int(float32(longest)/float32(w)*float32(h)))
	}
	return max(1, int(float32(longest)/float32(h)*float32(w))), longest
}

// MostThumbnail is how large the sides of a thumbnail can be.
const MostThumbnail = 4096

// Scale makes the picture larger or smaller. Every new pixel is the mean of what
// it covers of the old ones.
func (p *Picture) Scale(w, h int) (*Picture, error) {
	if w < 1 || h < 1 || w > MostThumbnail || h > MostThumbnail {
		return nil, fmt.Errorf("a thumbnail of %d x %d: the sides must be 1 to %d: %w", w, h, MostThumbnail, pixels.ErrBounds)
	}
	out := &Picture{Width: w, Height: h, Blank: p.Blank}
	columns, rows := spans(p.Width, w), spans(p.Height, h)
	for _, band := range []struct {
		from []byte
		to   *[]byte
	}{{p.Red, &out.Red}, {p.Green, &out.Green}, {p.Blue, &out.Blue}} {
		// First to the new width, then to the new height.
		narrow := make([]float64, w*p.Height)
		for y := range p.Height {
			line := band.from[y*p.Width:][:p.Width]
			for x, s := range columns {
				var sum float64
				for i, weight := range s.weights {
					sum += weight * float64(line[s.first+i])
				}
				narrow[y*w+x] = sum
			}
		}
		*band.to = make([]byte, w*h)
		for y, s := range rows {
			for x := range w {
				var sum float64
				for i, weight := range s.weights {
					sum += weight * narrow[(s.first+i)*w+x]
				}
				(*band.to)[y*w+x] = byte(sum + 0.5)
			}
		}
	}
	return out, nil
}

// span is what one new pixel has of the old ones.
type span struct {
	first   int
	weights []float64
}

func spans(from, to int) []span {
	all := make([]span, to)
	ratio := float64(from) / float64(to)
	for i := range all {
		a, b := float64(i)*ratio, float64(i+1)*ratio
		first := min(int(a), from-1)
		last := max(first, min(from-1, int(math.Ceil(b))-1))
		s := span{first: first}
		for j := first; j <= last; j++ {
			s.weights = append(s.weights, (math.Min(b, float64(j+1))-math.Max(a, float64(j)))/ratio)
		}
		all[i] = s
	}
	return all
}
