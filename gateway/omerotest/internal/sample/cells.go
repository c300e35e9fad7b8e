package sample

import (
	"math"
	"math/rand/v2"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// cell is one that grows, divides and is stained: a blob of light.
type cell struct {
	x, y, z, radius float64
	divides         float64 // the time at which it does
	angle           float64 // at which the halves part
}

// culture is the cells of an image.
type culture struct {
	shape  pixels.Shape
	cells  []cell
	noise  *rand.Rand
	planes [][]byte
}

// newCulture seeds a number of cells. The same seed gives the same cells.
func newCulture(seed uint64, shape pixels.Shape, n int) *culture {
	r := rand.New(rand.NewPCG(seed, 0x0ce11))
	c := &culture{shape: shape, noise: r}
	for range n {
		c.cells = append(c.cells, cell{
			x: (0.1 + 0.8*r.Float64()) * float64(shape.X), y: (0.1 + 0.8*r.Float64()) * float64(shape.Y),
			z: r.Float64() * float64(shape.Z), radius: (0.05 + 0.03*r.Float64()) * float64(min(shape.X, shape.Y)),
			divides: (0.3 + r.Float64()) * float64(shape.T), angle: r.Float64() * math.Pi,
		})
	}
	return c
}

// at are the places of a cell, or of its daughters, at a time.
func (c cell) at(t int) [][2]float64 {
	apart := min(max(0, float64(t)-c.divides+0.5), 1.5) * c.radius
	if apart == 0 {
		return [][2]float64{{c.x, c.y}}
	}
	dx, dy := math.Cos(c.angle)*apart, math.Sin(c.angle)*apart
	return [][2]float64{{c.x + dx, c.y + dy}, {c.x - dx, c.y - dy}}
}

// plane paints one. Channel 0 is the nuclei, the others are what is around them.
func (c *culture) plane(z, channel, t int) []byte {
	light := make([]float64, c.shape.X*c.shape.Y)
	for i := range light {
		light[i] = 0.03 + 0.01*c.noise.Float64()
	}
	for _, one := range c.cells {
		depth := 1.0
		if c.shape.Z > 1 {
			depth = math.Exp(-math.Pow(float64(z)-one.z, 2) / 4)
		}
		radius, ring := one.radius*0.5, 0.0
		if channel > 0 {
			radius, ring = one.radius*0.6, one.radius*0.6
		}
		for _, place := range one.at(t) {
			c.shine(light, place, radius, ring, depth)
		}
	}
	out := make([]byte, c.shape.PlaneSize())
	full := 250.0
	if c.shape.Type.Bytes > 1 {
		full = 4000
	}
	for i, v := range light {
		c.shape.Type.Put(out, i, min(v, 1)*full)
	}
	return out
}

// shine adds a spot of light, or a ring.
func (c *culture) shine(light []float64, place [2]float64, radius, ring, strength float64) {
	reach := int(3*radius + ring)
	for y := max(0, int(place[1])-reach); y < min(c.shape.Y, int(place[1])+reach+1); y++ {
		for x := max(0, int(place[0])-reach); x < min(c.shape.X, int(place[0])+reach+1); x++ {
			d := math.Hypot(float64(x)-place[0], float64(y)-place[1]) - ring
			light[y*c.shape.X+x] += 0.8 * strength * math.Exp(-d*d/(2*radius*radius))
		}
	}
}

// paint makes all planes, in the order in which they are kept.
func (c *culture) paint() {
	for t := range c.shape.T {
		for channel := range c.shape.C {
			for z := range c.shape.Z {
				c.planes = append(c.planes, c.plane(z, channel, t))
			}
		}
	}
}

// window is the least and the greatest value of a channel.
func (c *culture) window(channel int) (low, high float64, err error) {
	low, high = math.Inf(1), math.Inf(-1)
	for t := range c.shape.T {
		for z := range c.shape.Z {
			plane := c.planes[(t*c.shape.C+channel)*c.shape.Z+z]
			for i := range c.shape.X * c.shape.Y {
				v := c.shape.Type.Value(plane, i)
				low, high = min(low, v), max(high, v)
			}
		}
	}
	return low, high, nil
}

// mask covers the nuclei at the first time, in the middle.
func (c *culture) mask() *omero.Mask {
	m := omero.NewMask()
	m.X, m.Y = omero.NewRDouble(0), omero.NewRDouble(0)
	m.Width, m.Height = omero.NewRDouble(float64(c.shape.X)), omero.NewRDouble(float64(c.shape.Y))
	m.TheZ, m.TheT, m.TheC = omero.NewRInt(int32(c.shape.Z/2)), omero.NewRInt(0), omero.NewRInt(0)
	m.Bytes = make([]byte, (c.shape.X*c.shape.Y+7)/8)
	plane := c.planes[c.shape.Z/2]
	_, high, _ := c.window(0)
	for i := range c.shape.X * c.shape.Y {
		if c.shape.Type.Value(plane, i) > high/3 {
			m.Bytes[i/8] |= 0x80 >> (i % 8)
		}
	}
	return m
}
