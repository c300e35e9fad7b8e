package render

import (
	"fmt"
	"image"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// Picture is a picture with a byte each of red, green and blue for every pixel.
type Picture struct {
	Width, Height    int
	Red, Green, Blue []byte
	// Blank has nothing drawn on it, because no channel is active.
	Blank bool
}

// Draw makes a picture of a plane.
func Draw(b *pixels.Buffer, s *Settings, p Plane) (*Picture, error) {
	w, h, err := p.Size(b)
	if err != nil {
		return nil, err
	}
	return draw(b, s, w, h, func(c int) ([]byte, error) { return p.values(b, c) })
}

// DrawProjection makes a picture of a projection of the planes of a time.
func DrawProjection(b *pixels.Buffer, s *Settings, pr Projection, t int) (*Picture, error) {
	w, h, err := Plane{Slice: XY}.Size(b)
	if err != nil {
		return nil, err
	}
	return draw(b, s, w, h, func(c int) ([]byte, error) { return pr.Project(b, b.Type, c, t) })
}

func draw(b *pixels.Buffer, s *Settings, w, h int, values func(c int) ([]byte, error)) (*Picture, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if len(s.Channels) != b.C {
		return nil, fmt.Errorf("there are %d channels in the settings and %d in the pixels: %w", len(s.Channels), b.C, ErrSettings)
	}
	p := &Picture{Width: w, Height: h, Red: make([]byte, w*h), Green: make([]byte, w*h), Blue: make([]byte, w*h), Blank: true}
	for i := range s.Channels {
		c := &s.Channels[i]
		if !c.Active {
			continue
		}
		v, err := values(i)
		if err != nil {
			return nil, err
		}
		p.Blank = false
		q := newQuantizer(s, c, b.Type)
		if s.Model == Greyscale {
			// The first active channel is the picture.
			for j := range p.Red {
				g := q.value(v, j)
				p.Red[j], p.Green[j], p.Blue[j] = g, g, g
			}
			break
		}
		p.add(q, c.colors(), v)
	}
	return p, nil
}

// add adds a channel.
func (p *Picture) add(q *quantizer, t *Table, v []byte) {
	for j := range p.Red {
		c := &t[q.value(v, j)]
		p.Red[j] = add(p.Red[j], c[0])
		p.Green[j] = add(p.Green[j], c[1])
		p.Blue[j] = add(p.Blue[j], c[2])
	}
}

func add(a, b byte) byte { return byte(min(255, int(a)+int(b))) }

// colors are the channel's colours for the values 0 to 255.
func (c *Channel) colors() *Table {
	if c.Table != nil {
		return c.Table
	}
	t := &Table{}
	part := func(color, v int) byte {
		// Cut twice, as OMERO does.
		return byte(float64(int(float64(color)/255*float64(v))) * float64(c.Alpha) / 255)
	}
	for v := range t {
		t[v] = [3]byte{part(c.Red, v), part(c.Green, v), part(c.Blue, v)}
	}
	return t
}

// Packed is the picture with an int for each pixel: alpha, red, green and blue
// from the highest byte down. Alpha is 255, or 0 if nothing was drawn.
func (p *Picture) Packed() []int32 {
	packed := make([]int32, len(p.Red))
	if p.Blank {
		return packed
	}
	for i := range packed {
		v := 0xff000000 | uint32(p.Red[i])<<16 | uint32(p.Green[i])<<8 | uint32(p.Blue[i])
		packed[i] = int32(v)
	}
	return packed
}

// Image is the picture as Go's image packages take it.
func (p *Picture) Image() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i := range p.Red {
		m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = p.Red[i], p.Green[i], p.Blue[i], 255
	}
	return m
}
