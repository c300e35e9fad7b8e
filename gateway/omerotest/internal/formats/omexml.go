package formats

import (
	"encoding/xml"
	"math"
	"strings"
	"time"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// The parts of OME-XML that are read and written.

type omeXML struct {
	XMLName        xml.Name   `xml:"OME"`
	Namespace      string     `xml:"xmlns,attr,omitempty"`
	XSI            string     `xml:"xmlns:xsi,attr,omitempty"`
	SchemaLocation string     `xml:"xsi:schemaLocation,attr,omitempty"`
	Creator        string     `xml:"Creator,attr,omitempty"`
	Images         []imageXML `xml:"Image"`
}

type imageXML struct {
	ID          string    `xml:"ID,attr"`
	Name        string    `xml:"Name,attr,omitempty"`
	Acquired    string    `xml:"AcquisitionDate,omitempty"`
	Description string    `xml:"Description,omitempty"`
	Pixels      pixelsXML `xml:"Pixels"`
}

type pixelsXML struct {
	ID            string       `xml:"ID,attr"`
	Order         string       `xml:"DimensionOrder,attr"`
	Type          string       `xml:"Type,attr"`
	SizeX         int          `xml:"SizeX,attr"`
	SizeY         int          `xml:"SizeY,attr"`
	SizeZ         int          `xml:"SizeZ,attr"`
	SizeC         int          `xml:"SizeC,attr"`
	SizeT         int          `xml:"SizeT,attr"`
	BigEndian     *bool        `xml:"BigEndian,attr"`
	PhysicalX     float64      `xml:"PhysicalSizeX,attr,omitempty"`
	PhysicalXUnit string       `xml:"PhysicalSizeXUnit,attr,omitempty"`
	PhysicalY     float64      `xml:"PhysicalSizeY,attr,omitempty"`
	PhysicalYUnit string       `xml:"PhysicalSizeYUnit,attr,omitempty"`
	PhysicalZ     float64      `xml:"PhysicalSizeZ,attr,omitempty"`
	PhysicalZUnit string       `xml:"PhysicalSizeZUnit,attr,omitempty"`
	Increment     float64      `xml:"TimeIncrement,attr,omitempty"`
	IncrementUnit string       `xml:"TimeIncrementUnit,attr,omitempty"`
	Channels      []channelXML `xml:"Channel"`
	Data          []dataXML    `xml:"TiffData"`
	MetadataOnly  *struct{}    `xml:"MetadataOnly"`
}

type channelXML struct {
	ID         string  `xml:"ID,attr"`
	Name       string  `xml:"Name,attr,omitempty"`
	Samples    int     `xml:"SamplesPerPixel,attr,omitempty"`
	Color      *int32  `xml:"Color,attr"`
	Emission   float64 `xml:"EmissionWavelength,attr,omitempty"`
	Excitation float64 `xml:"ExcitationWavelength,attr,omitempty"`
}

type dataXML struct {
	IFD    *int `xml:"IFD,attr"`
	FirstZ int  `xml:"FirstZ,attr"`
	FirstC int  `xml:"FirstC,attr"`
	FirstT int  `xml:"FirstT,attr"`
	Count  *int `xml:"PlaneCount,attr"`
	UUID   *struct {
		File string `xml:"FileName,attr"`
	} `xml:"UUID"`
}

func isOMEXML(s string) bool {
	s = strings.TrimSpace(s)
	return strings.HasPrefix(s, "<") && strings.Contains(s[:min(len(s), 4096)], "<OME") && strings.HasSuffix(s, "OME>")
}

// micrometres are the units of length that are read, and how many micrometres
// they have.
var micrometres = map[string]float64{"": 1, "µm": 1, "um": 1, "nm": 1e-3, "mm": 1e3, "cm": 1e4, "m": 1e6, "Å": 1e-4, "pm": 1e-6, "in": 25400}

// seconds are the units of time.
var seconds = map[string]float64{"": 1, "s": 1, "ms": 1e-3, "µs": 1e-6, "min": 60, "h": 3600, "d": 86400}

func measure(v float64, unit string, units map[string]float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 0
	}
	return v * units[unit]
}

func readOMETIFF(pages []*page, description string) (*File, error) {
	var doc omeXML
	if err := xml.Unmarshal([]byte(description), &doc); err != nil {
		return nil, wrong("the OME-XML: %v", err)
	}
	if len(doc.Images) == 0 || len(doc.Images) > mostImages {
		return nil, wrong("the OME-XML has %d images", len(doc.Images))
	}
	layouts := make([]*layout, len(pages))
	for i, p := range pages {
		l, err := p.layout()
		if err != nil {
			return nil, err
		}
		layouts[i] = l
	}
	f := &File{Format: "OME-TIFF", Metadata: map[string]string{}}
	if doc.Creator != "" {
		f.Metadata["Creator"] = short(doc.Creator)
	}
	for n := range doc.Images {
		i, err := doc.Images[n].image(layouts)
		if err != nil {
			return nil, err
		}
		f.Images = append(f.Images, i)
	}
	return f, nil
}

// image makes an image of its description and the pages of the file.
func (x *imageXML) image(pages []*layout) (*Image, error) {
	p := &x.Pixels
	typ, err := pixels.TypeNamed(strings.TrimSpace(p.Type))
	if err != nil {
		return nil, wrong("the OME-XML has pixels of type %.40q", p.Type)
	}
	i := &Image{Name: short(x.Name), Description: short(x.Description), Order: p.Order}
	i.Shape = pixels.Shape{X: p.SizeX, Y: p.SizeY, Z: p.SizeZ, C: p.SizeC, T: p.SizeT, Type: typ}
	if err := i.Shape.Check(); err != nil {
		return nil, wrong("the OME-XML: %v", err)
	}
	if len(p.Order) != 5 || !strings.HasPrefix(p.Order, "XY") || strings.Trim(p.Order[2:], "ZCT") != "" || p.Order[2] == p.Order[3] || p.Order[3] == p.Order[4] || p.Order[2] == p.Order[4] {
		return nil, wrong("the OME-XML has the dimension order %.40q", p.Order)
	}
	if t, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(x.Acquired, "Z")); err == nil {
		i.Acquired = t
	}
	i.PhysicalX = measure(p.PhysicalX, p.PhysicalXUnit, micrometres)
	i.PhysicalY = measure(p.PhysicalY, p.PhysicalYUnit, micrometres)
	i.PhysicalZ = measure(p.PhysicalZ, p.PhysicalZUnit, micrometres)
	i.Increment = measure(p.Increment, p.IncrementUnit, seconds)
	samples := 1
	for _, c := range p.Channels {
		channel := Channel{Name: short(c.Name), Emission: max(0, c.Emission), Excitation: max(0, c.Excitation)}
		if c.Color != nil {
			channel.Color, channel.HasColor = *c.Color, true
		}
		n := max(1, c.Samples)
		if len(i.Channels)+n > p.SizeC {
			return nil, wrong("the OME-XML has more channels than %d", p.SizeC)
		}
		samples = n
		for range n {
			i.Channels = append(i.Channels, channel)
		}
	}
	if p.SizeC%samples != 0 {
		return nil, wrong("the OME-XML has %d channels of %d samples each", p.SizeC, samples)
	}
	planes, err := p.planes(pages, samples)
	if err != nil {
		return nil, err
	}
	i.copy = copyPlanes(func(z, c, t int) plane { return planes[[3]int{z, c, t}] })
	return i, nil
}

// planes finds the page of every plane.
func (p *pixelsXML) planes(pages []*layout, samples int) (map[[3]int]plane, error) {
	count := int64(p.SizeZ) * int64(p.SizeC/samples) * int64(p.SizeT)
	if count > mostPages {
		return nil, wrong("the OME-XML has %d planes", count)
	}
	planes := map[[3]int]plane{}
	data := p.Data
	if len(data) == 0 {
		data = []dataXML{{}}
	}
	for _, d := range data {
		if d.UUID != nil && d.UUID.File != "" && len(p.Data) > 0 && d.IFD == nil && d.Count == nil {
			return nil, wrong("the OME-TIFF refers to other files, such as %.200q", d.UUID.File)
		}
		page := 0
		n := len(pages)
		if d.IFD != nil {
			page, n = *d.IFD, 1
		}
		if d.Count != nil {
			n = *d.Count
		}
		first, ok := p.index(d.FirstZ, d.FirstC/samples, d.FirstT, samples)
		if !ok || page < 0 || page > len(pages) || n < 0 {
			return nil, wrong("a TiffData of the OME-XML has Z %d, C %d, T %d and page %d", d.FirstZ, d.FirstC, d.FirstT, page)
		}
		for k := 0; k < n && int64(first+k) < count && page+k < len(pages); k++ {
			z, c, t := p.at(first+k, samples)
			l := pages[page+k]
			if l.samples < samples {
				return nil, wrong("a page of the OME-TIFF has %d samples and not %d", l.samples, samples)
			}
			for s := range samples {
				planes[[3]int{z, c*samples + s, t}] = plane{l, s}
			}
		}
	}
	if len(planes) == 0 {
		return nil, wrong("the OME-TIFF has none of the planes of an image")
	}
	return planes, nil
}

// sizes are the sizes in the order of dimensions.
func (p *pixelsXML) sizes(samples int) [3]int {
	of := map[byte]int{'Z': p.SizeZ, 'C': p.SizeC / samples, 'T': p.SizeT}
	return [3]int{of[p.Order[2]], of[p.Order[3]], of[p.Order[4]]}
}

// index is the number of a plane in the order of dimensions.
func (p *pixelsXML) index(z, c, t, samples int) (int, bool) {
	at := map[byte]int{'Z': z, 'C': c, 'T': t}
	sizes := p.sizes(samples)
	n := 0
	for i := 2; i >= 0; i-- {
		v := at[p.Order[2+i]]
		if v < 0 || v >= sizes[i] {
			return 0, false
		}
		n = n*sizes[i] + v
	}
	return n, true
}

// at is the plane of a number.
func (p *pixelsXML) at(n, samples int) (z, c, t int) {
	sizes := p.sizes(samples)
	var v [3]int
	for i := range v {
		v[i], n = n%sizes[i], n/sizes[i]
	}
	for i, d := range p.Order[2:] {
		switch d {
		case 'Z':
			z = v[i]
		case 'C':
			c = v[i]
		case 'T':
			t = v[i]
		}
	}
	return z, c, t
}
