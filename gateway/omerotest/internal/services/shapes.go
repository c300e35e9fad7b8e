package services

import (
	"context"
	"image"
	_ "image/gif" // masks come as any picture
	_ "image/jpeg"
	_ "image/png"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
)

// Which points a shape covers, and what the pixels there are like.

// addShapes sorts a region's shapes by their planes. It returns false if none is
// of the classes that the options want.
func addShapes(result *omero.RoiResult, roi *omero.Roi, opts *omero.RoiOptions) bool {
	wanted := 0
	for _, s := range roi.ShapesSeq {
		if isNil(s) || opts != nil && len(opts.Shapes) > 0 && !slices.ContainsFunc(opts.Shapes, func(name string) bool { return simpleName(name) == classOf(s) }) {
			continue
		}
		wanted++
		z, t := int32(-1), int32(-1) // on no particular plane
		if v := s.AsShape().TheZ; v != nil {
			z = v.Val
		}
		if v := s.AsShape().TheT; v != nil {
			t = v.Val
		}
		result.ByZ[z], result.ByT[t] = append(result.ByZ[z], s), append(result.ByT[t], s)
	}
	return wanted > 0 || opts == nil || len(opts.Shapes) == 0
}

// area is the points that a shape covers: those of a rectangle that a function lets through.
type area struct {
	bounds image.Rectangle
	in     func(x, y int) bool
}

func (a area) size() int64 { return int64(a.bounds.Dx()) * int64(a.bounds.Dy()) }

func (a area) each(fn func(x, y int)) {
	for y := a.bounds.Min.Y; y < a.bounds.Max.Y; y++ {
		for x := a.bounds.Min.X; x < a.bounds.Max.X; x++ {
			if a.in(x, y) {
				fn(x, y)
			}
		}
	}
}

// rectangle makes the bounds of what is from one point to another. Numbers that
// no picture has are cut off.
func rectangle(x0, y0, x1, y1 float64) image.Rectangle {
	limit := func(v float64) int {
		const most = 1 << 24
		if math.IsNaN(v) {
			return 0
		}
		return int(max(-most, min(most, v)))
	}
	return image.Rect(limit(math.Floor(x0)), limit(math.Floor(y0)), limit(math.Ceil(x1)), limit(math.Ceil(y1)))
}

// areaOf finds out what a shape covers. Transformations are not applied, as in
// OMERO's statistics.
func areaOf(shape omero.AnyShape) (area, error) {
	all := func(int, int) bool { return true }
	switch s := shape.(type) {
	case *omero.Rectangle:
		x, y, w, h := s.X.GetValue(), s.Y.GetValue(), s.Width.GetValue(), s.Height.GetValue()
		return area{rectangle(x, y, x+w, y+h), all}, nil
	case *omero.Ellipse:
		x, y, rx, ry := s.X.GetValue(), s.Y.GetValue(), s.RadiusX.GetValue(), s.RadiusY.GetValue()
		return area{rectangle(x-rx, y-ry, x+rx+1, y+ry+1), func(px, py int) bool {
			dx, dy := (float64(px)-x)/rx, (float64(py)-y)/ry
			return dx*dx+dy*dy <= 1
		}}, nil
	case *omero.Point:
		x, y := math.Floor(s.X.GetValue()), math.Floor(s.Y.GetValue())
		return area{rectangle(x, y, x+1, y+1), all}, nil
	case *omero.Label:
		x, y := math.Floor(s.X.GetValue()), math.Floor(s.Y.GetValue())
		return area{rectangle(x, y, x+1, y+1), all}, nil
	case *omero.Line:
		return lineArea([]float64{s.X1.GetValue(), s.Y1.GetValue(), s.X2.GetValue(), s.Y2.GetValue()}), nil
	case *omero.Polyline:
		points, err := parsePoints(s.Points.GetValue())
		return lineArea(points), err
	case *omero.Polygon:
		points, err := parsePoints(s.Points.GetValue())
		return polygonArea(points), err
	case *omero.Mask:
		return maskArea(s), nil
	}
	return area{}, ApiUsage("the points of a shape of class %s cannot be found out", classOf(shape))
}

// parsePoints reads "x,y x,y", also in the form that old clients wrote:
// "points[x,y x,y] ...".
func parsePoints(text string) ([]float64, error) {
	if _, after, ok := strings.Cut(text, "points["); ok {
		text, _, _ = strings.Cut(after, "]")
	}
	var points []float64
	for number := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == ';' }) {
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, Validation("the points %q cannot be read", firstLine(text))
		}
		points = append(points, v)
	}
	if len(points) < 2 || len(points)%2 != 0 {
		return nil, Validation("the points %q are no pairs of numbers", firstLine(text))
	}
	return points, nil
}

// boundsOf is the rectangle around points.
func boundsOf(points []float64) image.Rectangle {
	if len(points) < 2 {
		return image.Rectangle{}
	}
	x0, y0, x1, y1 := points[0], points[1], points[0], points[1]
	for i := 0; i+1 < len(points); i += 2 {
		x0, x1, y0, y1 = min(x0, points[i]), max(x1, points[i]), min(y0, points[i+1]), max(y1, points[i+1])
	}
	return rectangle(x0, y0, x1+1, y1+1)
}

// lineArea covers the points within half a pixel of lines.
func lineArea(points []float64) area {
	return area{boundsOf(points), func(x, y int) bool {
		for i := 0; i+3 < len(points); i += 2 {
			if distance(float64(x), float64(y), points[i], points[i+1], points[i+2], points[i+3]) <= 0.5 {
				return true
			}
		}
		return false
	}}
}

// distance is that of a point from a line with two ends.
func distance(x, y, x1, y1, x2, y2 float64) float64 {
	dx, dy := x2-x1, y2-y1
	t := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		t = max(0, min(1, ((x-x1)*dx+(y-y1)*dy)/length))
	}
	return math.Hypot(x-(x1+t*dx), y-(y1+t*dy))
}

// polygonArea covers what is inside of lines that close themselves.
func polygonArea(points []float64) area {
	return area{boundsOf(points), func(px, py int) bool {
		x, y, inside := float64(px), float64(py), false
		for i, j := 0, len(points)-2; i+1 < len(points); j, i = i, i+2 {
			if (points[i+1] > y) != (points[j+1] > y) &&
				x < (points[j]-points[i])*(y-points[i+1])/(points[j+1]-points[i+1])+points[i] {
				inside = !inside
			}
		}
		return inside
	}}
}

// maskArea covers the bits of a mask that are set: one a pixel, rows without a gap,
// the highest bit of a byte first.
func maskArea(m *omero.Mask) area {
	x, y, w, h := m.X.GetValue(), m.Y.GetValue(), m.Width.GetValue(), m.Height.GetValue()
	bounds := rectangle(x, y, x+w, y+h)
	return area{bounds, func(px, py int) bool {
		bit := (py-bounds.Min.Y)*bounds.Dx() + px - bounds.Min.X
		return bit/8 < len(m.Bytes) && m.Bytes[bit/8]&(0x80>>(bit%8)) != 0
	}}
}

// mostMask bounds the picture that a mask is uploaded as.
const mostMask = 64 << 20

// maskOf makes a mask of a picture: of what is not like its top left corner.
func maskOf(r io.ReadSeeker) (*omero.Mask, error) {
	config, _, err := image.DecodeConfig(r)
	if err != nil {
		return nil, ApiUsage("the mask is no picture: %v", err)
	}
	if int64(config.Width)*int64(config.Height) > mostMask {
		return nil, ApiUsage("the mask has more than %d pixels", mostMask)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, Internal("the mask cannot be read again: %v", err)
	}
	picture, _, err := image.Decode(r)
	if err != nil {
		return nil, ApiUsage("the mask is no picture: %v", err)
	}
	b := picture.Bounds()
	r0, g0, b0, a0 := picture.At(b.Min.X, b.Min.Y).RGBA()
	var covered image.Rectangle
	set := func(x, y int) bool {
		cr, cg, cb, ca := picture.At(x, y).RGBA()
		return cr != r0 || cg != g0 || cb != b0 || ca != a0
	}
	area{b, set}.each(func(x, y int) { covered = covered.Union(image.Rect(x, y, x+1, y+1)) })
	if covered.Empty() {
		return nil, ApiUsage("the mask covers nothing: all of the picture has one colour")
	}
	mask := omero.NewMask()
	mask.X, mask.Y = omero.NewRDouble(float64(covered.Min.X-b.Min.X)), omero.NewRDouble(float64(covered.Min.Y-b.Min.Y))
	mask.Width, mask.Height = omero.NewRDouble(float64(covered.Dx())), omero.NewRDouble(float64(covered.Dy()))
	mask.Bytes = make([]byte, (covered.Dx()*covered.Dy()+7)/8)
	area{covered, set}.each(func(x, y int) {
		bit := (y-covered.Min.Y)*covered.Dx() + x - covered.Min.X
		mask.Bytes[bit/8] |= 0x80 >> (bit % 8)
	})
	return mask, nil
}

// stats measures the pixels below a shape, channel by channel.
func (r *roiService) stats(ctx context.Context, s omero.AnyShape, p *omero.Pixels, z, t int32, channels omero.IntegerArray) (*omero.ShapeStats, error) {
	source := r.session.Server.Pixels
	if source == nil {
		return nil, Resource("this server has no pixels")
	}
	covered, err := areaOf(s)
	if err != nil {
		return nil, err
	}
	covered.bounds = covered.bounds.Intersect(image.Rect(0, 0, int(p.SizeX.GetValue()), int(p.SizeY.GetValue())))
	if len(channels) == 0 {
		for c := range p.SizeC.GetValue() {
			channels = append(channels, c)
		}
	}
	stats := &omero.ShapeStats{ShapeId: s.GetId().GetValue()}
	for _, c := range channels {
		if c < 0 || c >= p.SizeC.GetValue() {
			return nil, ApiUsage("the image has no channel %d", c)
		}
		m := measure{min: math.Inf(1), max: math.Inf(-1)}
		for _, plane := range planes(s.AsShape(), p, z, t) {
			values, width, _, err := source.Plane(ctx, p.Id.GetValue(), int(plane[0]), int(c), int(plane[1]))
			if err != nil {
				return nil, err
			}
			covered.each(func(x, y int) { m.add(values[y*width+x]) })
		}
		m.into(stats, int64(c))
	}
	return stats, nil
}

// planes are those that a shape is on, as pairs of Z and T.
func planes(s *omero.Shape, p *omero.Pixels, z, t int32) (list [][2]int32) {
	span := func(own *omero.RInt, asked, size int32) []int32 {
		if own != nil {
			asked = own.Val
		}
		if asked >= 0 {
			if asked < size {
				return []int32{asked}
			}
			return nil
		}
		var all []int32
		for i := range size {
			all = append(all, i)
		}
		return all
	}
	for _, oneT := range span(s.TheT, t, p.SizeT.GetValue()) {
		for _, oneZ := range span(s.TheZ, z, p.SizeZ.GetValue()) {
			list = append(list, [2]int32{oneZ, oneT})
		}
	}
	return list
}

// measure sums up values.
type measure struct {
	n                     int64
	min, max, sum, square float64
}

func (m *measure) add(v float64) {
	m.n++
	m.min, m.max = min(m.min, v), max(m.max, v)
	m.sum += v
	m.square += v * v
}

func (m *measure) into(s *omero.ShapeStats, channel int64) {
	mean, deviation := 0.0, 0.0
	if m.n > 0 {
		mean = m.sum / float64(m.n)
	} else {
		m.min, m.max = 0, 0
	}
	if m.n > 1 {
		deviation = math.Sqrt(max(0, (m.square-m.sum*m.sum/float64(m.n))/float64(m.n-1)))
	}
	s.ChannelIds, s.PointsCount = append(s.ChannelIds, channel), append(s.PointsCount, m.n)
	s.Min, s.Max, s.Sum = append(s.Min, m.min), append(s.Max, m.max), append(s.Sum, m.sum)
	s.Mean, s.StdDev = append(s.Mean, mean), append(s.StdDev, deviation)
}

// combine makes one statistic of several, as if their shapes were one.
func combine(list omero.ShapeStatsList) *omero.ShapeStats {
	all := &omero.ShapeStats{ShapeId: -1}
	if len(list) == 0 {
		return all
	}
	for c, channel := range list[0].ChannelIds {
		m := measure{min: math.Inf(1), max: math.Inf(-1)}
		for _, s := range list {
			n := float64(s.PointsCount[c])
			if n == 0 {
				continue
			}
			m.n += s.PointsCount[c]
			m.min, m.max, m.sum = min(m.min, s.Min[c]), max(m.max, s.Max[c]), m.sum+s.Sum[c]
			m.square += s.StdDev[c]*s.StdDev[c]*(n-1) + s.Sum[c]*s.Sum[c]/n
		}
		m.into(all, channel)
	}
	return all
}
