package formats

import (
	"io"
	"strconv"
	"strings"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// plane is where a plane's pixels are in the file.
type plane struct {
	layout *layout
	sample int
}

func readTIFF(r io.ReaderAt, size int64) (*File, error) {
	t, first, err := openTIFF(r, size)
	if err != nil {
		return nil, err
	}
	pages, err := t.pages(first)
	if err != nil {
		return nil, err
	}
	description, err := pages[0].text(tagDescription)
	if err != nil {
		return nil, err
	}
	if isOMEXML(description) {
		return readOMETIFF(pages, description)
	}
	return plainTIFF(pages, description)
}

// plainTIFF makes images of pages. Pages of one size and type, one after the
// other, are the times of an image, as Bio-Formats has it, unless ImageJ says
// otherwise. Smaller versions of other pages are left out.
func plainTIFF(pages []*page, description string) (*File, error) {
	f := &File{Format: "TIFF", Metadata: map[string]string{}}
	if software, err := pages[0].text(tagSoftware); err == nil && software != "" {
		f.Metadata["Software"] = short(software)
	}
	var group []*layout
	finish := func() error {
		if len(group) == 0 {
			return nil
		}
		if len(f.Images) >= mostImages {
			return wrong("the TIFF has more than %d images", mostImages)
		}
		f.Images = append(f.Images, stackOf(group, f.Images == nil, description))
		group = nil
		return nil
	}
	for _, p := range pages {
		kind, err := p.number(tagSubfileType, 0)
		if err != nil {
			return nil, err
		}
		if kind&1 != 0 && len(pages) > 1 {
			continue
		}
		l, err := p.layout()
		if err != nil {
			return nil, err
		}
		if len(group) > 0 && (l.width != group[0].width || l.height != group[0].height || l.samples != group[0].samples || l.typ.Name != group[0].typ.Name) {
			if err := finish(); err != nil {
				return nil, err
			}
		}
		group = append(group, l)
	}
	if err := finish(); err != nil {
		return nil, err
	}
	if len(f.Images) == 0 {
		return nil, wrong("the TIFF has only smaller versions of images")
	}
	return f, nil
}

// stackOf makes an image of pages of one size.
func stackOf(pages []*layout, first bool, description string) *Image {
	l := pages[0]
	i := &Image{Shape: pixels.Shape{X: l.width, Y: l.height, Z: 1, C: l.samples, T: len(pages), Type: l.typ}}
	i.PhysicalX, i.PhysicalY = resolution(l.page)
	pageOf := func(z, c, t int) (int, int) { return t, c }
	if first {
		if z, c, t, ok := imageJ(description, len(pages)); ok && l.samples == 1 {
			i.Shape.Z, i.Shape.C, i.Shape.T, i.Order = z, c, t, "XYCZT"
			pageOf = func(zz, cc, tt int) (int, int) { return (tt*z+zz)*c + cc, 0 }
		} else {
			i.Description = short(description)
		}
	}
	i.copy = copyPlanes(func(z, c, t int) plane {
		n, sample := pageOf(z, c, t)
		return plane{pages[n], sample}
	})
	return i
}

func copyPlanes(at func(z, c, t int) plane) func(*pixels.Buffer) error {
	return func(to *pixels.Buffer) error {
		for t := range to.T {
			for c := range to.C {
				for z := range to.Z {
					p := at(z, c, t)
					if p.layout == nil {
						continue // the file does not have it
					}
					if err := p.layout.copy(to, p.sample, z, c, t); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
}

// imageJ reads what ImageJ writes into the description of its TIFF files.
func imageJ(description string, pages int) (z, c, t int, ok bool) {
	if !strings.HasPrefix(description, "ImageJ=") {
		return 0, 0, 0, false
	}
	sizes := map[string]int{"slices": 1, "channels": 1, "frames": 1}
	for line := range strings.SplitSeq(description, "\n") {
		key, value, _ := strings.Cut(line, "=")
		if _, known := sizes[key]; known {
			n, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil || n < 1 || n > pages {
				return 0, 0, 0, false
			}
			sizes[key] = n
		}
	}
	z, c, t = sizes["slices"], sizes["channels"], sizes["frames"]
	return z, c, t, int64(z)*int64(c)*int64(t) == int64(pages)
}

// resolution is the size of a pixel in micrometres, if the page says so.
func resolution(p *page) (x, y float64) {
	unit, err := p.number(tagResolutionUnit, 2)
	per := map[int64]float64{2: 25400, 3: 10000}[unit]
	if err != nil || per == 0 {
		return 0, 0
	}
	size := func(tag uint16) float64 {
		if r := p.rational(tag); r > 0 {
			return per / r
		}
		return 0
	}
	return size(tagXResolution), size(tagYResolution)
}

func short(s string) string {
	if len(s) > 10_000 {
		return strings.ToValidUTF8(s[:10_000], "")
	}
	return s
}
