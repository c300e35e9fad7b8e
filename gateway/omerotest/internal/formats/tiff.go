package formats

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
)

// The tags that are read.
const (
	tagSubfileType     = 254
	tagWidth           = 256
	tagLength          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagDescription     = 270
	tagStripOffsets    = 273
	tagSamples         = 277
	tagRowsPerStrip    = 278
	tagStripByteCounts = 279
	tagXResolution     = 282
	tagYResolution     = 283
	tagPlanar          = 284
	tagResolutionUnit  = 296
	tagSoftware        = 305
	tagPredictor       = 317
	tagTileWidth       = 322
	tagTileLength      = 323
	tagTileOffsets     = 324
	tagTileByteCounts  = 325
	tagSampleFormat    = 339
)

// mostTag is how many bytes a tag's values can have: for the texts and the
// offsets of very large pages.
const mostTag = 64 << 20

func isTIFF(head []byte) bool {
	return has(head, "II*\x00") || has(head, "MM\x00*") || has(head, "II+\x00") || has(head, "MM\x00+")
}

// tiff is an open TIFF file.
type tiff struct {
	r     io.ReaderAt
	size  int64
	order binary.ByteOrder
	big   bool // BigTIFF
}

// entry is a tag of a page, whose values are not read yet.
type entry struct {
	kind   uint16
	count  uint64
	inline []byte // where the values are, or the offset to them
}

// page is what a page says of itself.
type page struct {
	file    *tiff
	entries map[uint16]entry
}

func openTIFF(r io.ReaderAt, size int64) (*tiff, int64, error) {
	t := &tiff{r: r, size: size, order: binary.LittleEndian}
	head, err := t.bytes(0, 8)
	if err != nil {
		return nil, 0, err
	}
	if head[0] == 'M' {
		t.order = binary.BigEndian
	}
	if t.order.Uint16(head[2:]) == 42 {
		return t, int64(t.order.Uint32(head[4:])), nil
	}
	t.big = true
	rest, err := t.bytes(8, 8)
	if err != nil {
		return nil, 0, err
	}
	if t.order.Uint16(head[4:]) != 8 {
		return nil, 0, wrong("a BigTIFF with offsets of %d bytes", t.order.Uint16(head[4:]))
	}
	return t, int64(t.order.Uint64(rest)), nil
}

// bytes reads a part of the file, which must have it.
func (t *tiff) bytes(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at > t.size-n {
		return nil, wrong("the TIFF has no %d bytes at %d", n, at)
	}
	p := make([]byte, n)
	if _, err := t.r.ReadAt(p, at); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return p, nil
}

// pages reads all pages from the first on.
func (t *tiff) pages(at int64) ([]*page, error) {
	var all []*page
	seen := map[int64]bool{}
	for at != 0 {
		if seen[at] || len(all) >= mostPages {
			return nil, wrong("the pages of the TIFF go in a circle")
		}
		seen[at] = true
		p, next, err := t.page(at)
		if err != nil {
			return nil, err
		}
		all, at = append(all, p), next
	}
	if len(all) == 0 {
		return nil, wrong("the TIFF has no pages")
	}
	return all, nil
}

func (t *tiff) page(at int64) (*page, int64, error) {
	countSize, entrySize, offsetSize := int64(2), int64(12), int64(4)
	if t.big {
		countSize, entrySize, offsetSize = 8, 20, 8
	}
	head, err := t.bytes(at, countSize)
	if err != nil {
		return nil, 0, err
	}
	n := uint64(t.order.Uint16(head))
	if t.big {
		n = t.order.Uint64(head)
	}
	if n > 4096 {
		return nil, 0, wrong("a page of the TIFF has %d tags", n)
	}
	body, err := t.bytes(at+countSize, int64(n)*entrySize+offsetSize)
	if err != nil {
		return nil, 0, err
	}
	p := &page{file: t, entries: map[uint16]entry{}}
	for i := range int64(n) {
		e := body[i*entrySize:][:entrySize]
		v := entry{kind: t.order.Uint16(e[2:]), count: uint64(t.order.Uint32(e[4:])), inline: e[8:12]}
		if t.big {
			v.count, v.inline = t.order.Uint64(e[4:]), e[12:20]
		}
		p.entries[t.order.Uint16(e)] = v
	}
	next := body[int64(n)*entrySize:]
	if t.big {
		return p, int64(t.order.Uint64(next)), nil
	}
	return p, int64(t.order.Uint32(next)), nil
}

// kindSizes are the sizes of TIFF's types.
var kindSizes = map[uint16]uint64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}

// raw are the bytes of a tag's values; nil if the page does not have it.
func (p *page) raw(tag uint16) ([]byte, uint16, error) {
	e, ok := p.entries[tag]
	if !ok {
		return nil, 0, nil
	}
	size := kindSizes[e.kind]
	if size == 0 || e.count > mostTag/size {
		return nil, 0, wrong("the tag %d of the TIFF has %d values of type %d", tag, e.count, e.kind)
	}
	n := size * e.count
	if n <= uint64(len(e.inline)) {
		return e.inline[:n], e.kind, nil
	}
	at := uint64(p.file.order.Uint32(e.inline))
	if p.file.big {
		at = p.file.order.Uint64(e.inline)
	}
	v, err := p.file.bytes(int64(at&math.MaxInt64), int64(n))
	return v, e.kind, err
}

// numbers are a tag's values as whole numbers.
func (p *page) numbers(tag uint16) ([]int64, error) {
	raw, kind, err := p.raw(tag)
	if err != nil || raw == nil {
		return nil, err
	}
	order, size := p.file.order, int(kindSizes[kind])
	var values []int64
	for ; len(raw) >= size; raw = raw[size:] {
		switch kind {
		case 1, 6, 7:
			values = append(values, int64(raw[0]))
		case 3, 8:
			values = append(values, int64(order.Uint16(raw)))
		case 4, 9, 13:
			values = append(values, int64(order.Uint32(raw)))
		case 16, 17, 18:
			v := order.Uint64(raw)
			if v > math.MaxInt64 {
				return nil, wrong("the tag %d of the TIFF has the value %d", tag, v)
			}
			values = append(values, int64(v))
		default:
			return nil, wrong("the tag %d of the TIFF has values of type %d", tag, kind)
		}
	}
	return values, nil
}

// number is a tag's only value, or or if the page does not have it.
func (p *page) number(tag uint16, or int64) (int64, error) {
	v, err := p.numbers(tag)
	if err != nil || len(v) == 0 {
		return or, err
	}
	return v[0], nil
}

// text is a tag's text.
func (p *page) text(tag uint16) (string, error) {
	raw, kind, err := p.raw(tag)
	if err != nil || kind != 2 && kind != 1 && kind != 7 {
		return "", err
	}
	s, _, _ := strings.Cut(string(raw), "\x00")
	return strings.ToValidUTF8(s, "�"), nil
}

// rational is a tag's value as a fraction.
func (p *page) rational(tag uint16) float64 {
	raw, kind, err := p.raw(tag)
	if err != nil || kind != 5 || len(raw) < 8 {
		return 0
	}
	over := p.file.order.Uint32(raw[4:])
	if over == 0 {
		return 0
	}
	return float64(p.file.order.Uint32(raw)) / float64(over)
}
