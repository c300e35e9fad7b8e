package formats

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// XML describes images as OME-XML. With planes it says that the pixels follow in
// the same file, a page for each plane, in the order XYZCT.
func XML(images []*Image, planes bool) ([]byte, error) {
	yes := true
	doc := omeXML{
		Namespace: "http://www.openmicroscopy.org/Schemas/OME/2016-06", XSI: "http://www.w3.org/2001/XMLSchema-instance",
		SchemaLocation: "http://www.openmicroscopy.org/Schemas/OME/2016-06 http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd",
		Creator:        "omerotest",
	}
	page := 0
	for n, i := range images {
		s := i.Shape
		if s.Type.Name == "bit" {
			s.Type = typeNamed("uint8") // a byte each, as they are kept
		}
		p := pixelsXML{
			ID: fmt.Sprintf("Pixels:%d", n), Order: "XYZCT", Type: s.Type.Name, SizeX: s.X, SizeY: s.Y, SizeZ: s.Z, SizeC: s.C, SizeT: s.T,
			BigEndian: &yes, PhysicalX: i.PhysicalX, PhysicalY: i.PhysicalY, PhysicalZ: i.PhysicalZ, Increment: i.Increment,
		}
		for c := range s.C {
			x := channelXML{ID: fmt.Sprintf("Channel:%d:%d", n, c), Samples: 1}
			if c < len(i.Channels) {
				channel := i.Channels[c]
				x.Name, x.Emission, x.Excitation = channel.Name, channel.Emission, channel.Excitation
				if channel.HasColor {
					x.Color = &channel.Color
				}
			}
			p.Channels = append(p.Channels, x)
		}
		if planes {
			first, count := page, s.Z*s.C*s.T
			for k := range count {
				ifd, one := first+k, 1
				p.Data = append(p.Data, dataXML{IFD: &ifd, FirstZ: k % s.Z, FirstC: k / s.Z % s.C, FirstT: k / s.Z / s.C, Count: &one})
			}
			page += count
		} else {
			p.MetadataOnly = &struct{}{}
		}
		x := imageXML{ID: fmt.Sprintf("Image:%d", n), Name: i.Name, Description: i.Description, Pixels: p}
		if !i.Acquired.IsZero() {
			x.Acquired = i.Acquired.UTC().Format("2006-01-02T15:04:05")
		}
		doc.Images = append(doc.Images, x)
	}
	text, err := xml.Marshal(doc)
	return append([]byte(xml.Header), text...), err
}

// WriteOMETIFF writes an image and its pixels as an OME-TIFF: big-endian,
// uncompressed, with a page for each plane; as a BigTIFF if it would not fit into
// 4 GB otherwise. It needs memory for a part of a plane only.
func WriteOMETIFF(w io.Writer, i *Image, from *pixels.Buffer) error {
	count := int64(from.Z) * int64(from.C) * int64(from.T)
	if count > mostPages || from.PlaneSize() > 1<<32-1 {
		return fmt.Errorf("%d planes of %d bytes are too much for an OME-TIFF: %w", count, from.PlaneSize(), pixels.ErrLarge)
	}
	text, err := XML([]*Image{i}, true)
	if err != nil {
		return err
	}
	text = append(text, 0)
	if len(text)%2 == 1 {
		text = append(text, 0)
	}
	t := &tiffWriter{w: w, text: text, image: from, big: from.TotalSize()+count*512+int64(len(text)) > 1<<32-1<<20}
	return t.write(int(count))
}

type tiffWriter struct {
	w     io.Writer
	text  []byte
	image *pixels.Buffer
	big   bool
}

// field is a tag to be written.
type field struct {
	tag, kind uint16
	count     int64
	value     int64
}

func (t *tiffWriter) write(planes int) error {
	head := []byte{'M', 'M', 0, 42, 0, 0, 0, 0}
	if t.big {
		head = []byte{'M', 'M', 0, 43, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	}
	at := int64(len(head)) + int64(len(t.text))
	t.putOffset(head[len(head)-t.offsetSize():], at)
	if _, err := t.w.Write(append(head, t.text...)); err != nil {
		return err
	}
	plane := t.image.PlaneSize()
	pad := plane % 2
	b := t.image
	for n := range planes {
		data := at + t.pageSize(n == 0)
		next := data + plane + pad
		if n == planes-1 {
			next = 0
		}
		if _, err := t.w.Write(t.page(n == 0, data, next)); err != nil {
			return err
		}
		if err := t.plane(n%b.Z, n/b.Z%b.C, n/b.Z/b.C); err != nil {
			return err
		}
		if _, err := t.w.Write(make([]byte, pad)); err != nil {
			return err
		}
		at = next
	}
	return nil
}

// plane writes the pixels of a plane, some rows at a time.
func (t *tiffWriter) plane(z, c, tt int) error {
	rows := int(max(1, min(int64(t.image.Y), band/t.image.RowSize())))
	for y := 0; y < t.image.Y; y += rows {
		p, err := t.image.Tile(z, c, tt, 0, y, t.image.X, min(rows, t.image.Y-y))
		if err != nil {
			return err
		}
		if _, err := t.w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

func (t *tiffWriter) offsetSize() int {
	if t.big {
		return 8
	}
	return 4
}

func (t *tiffWriter) putOffset(p []byte, v int64) {
	if t.big {
		binary.BigEndian.PutUint64(p, uint64(v))
	} else {
		binary.BigEndian.PutUint32(p, uint32(v))
	}
}

func (t *tiffWriter) fields(first bool, data int64) []field {
	format := int64(1)
	typ := t.image.Type
	switch {
	case typ.Complex:
		format = 6
	case typ.Float:
		format = 3
	case typ.Signed:
		format = 2
	}
	offsetKind := uint16(4)
	if t.big {
		offsetKind = 16
	}
	fields := []field{
		{tagSubfileType, 4, 1, 0}, {tagWidth, 4, 1, int64(t.image.X)}, {tagLength, 4, 1, int64(t.image.Y)}, {tagBits, 3, 1, int64(8 * typ.Bytes)},
		{tagCompression, 3, 1, 1}, {tagPhotometric, 3, 1, 1}, {tagStripOffsets, offsetKind, 1, data}, {tagSamples, 3, 1, 1},
		{tagRowsPerStrip, 4, 1, int64(t.image.Y)}, {tagStripByteCounts, offsetKind, 1, t.image.PlaneSize()}, {tagSampleFormat, 3, 1, format},
	}
	if first {
		start := int64(8)
		if t.big {
			start = 16
		}
		d := field{tagDescription, 2, int64(len(t.text)), start}
		fields = append(fields[:6], append([]field{d}, fields[6:]...)...)
	}
	return fields
}

func (t *tiffWriter) pageSize(first bool) int64 { return int64(len(t.page(first, 0, 0))) }

// page writes the tags of a page.
func (t *tiffWriter) page(first bool, data, next int64) []byte {
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.BigEndian, v) } // a Buffer does not fail
	fields := t.fields(first, data)
	if t.big {
		put(uint64(len(fields)))
	} else {
		put(uint16(len(fields)))
	}
	for _, f := range fields {
		put(f.tag)
		put(f.kind)
		value := make([]byte, t.offsetSize())
		if t.big {
			put(uint64(f.count))
		} else {
			put(uint32(f.count))
		}
		switch f.kind {
		case 3:
			binary.BigEndian.PutUint16(value, uint16(f.value))
		case 4:
			binary.BigEndian.PutUint32(value, uint32(f.value))
		default:
			t.putOffset(value, f.value)
		}
		b.Write(value)
	}
	end := make([]byte, t.offsetSize())
	t.putOffset(end, next)
	b.Write(end)
	return b.Bytes()
}
