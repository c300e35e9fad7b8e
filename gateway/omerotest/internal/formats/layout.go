package formats

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// layout says how the pixels of a page are in the file.
type layout struct {
	page          *page
	width, height int
	samples       int
	typ           pixels.Type
	compression   int64
	predictor     int64
	planar        bool // each sample has strips or tiles of its own
	white         bool // 0 is white
	lowFirst      bool // the lowest bit of a byte is its first
	chunkW        int  // the size of a strip or tile
	chunkH        int
	offsets       []int64
	lengths       []int64
}

func (p *page) layout() (*layout, error) {
	l := &layout{page: p}
	var failed error
	number := func(tag uint16, or, most int64) int64 {
		v, err := p.number(tag, or)
		if err == nil && (v < 0 || v > most) {
			err = wrong("the tag %d of the TIFF is %d", tag, v)
		}
		if failed = errors.Join(failed, err); failed != nil {
			return or
		}
		return v
	}
	l.width, l.height = int(number(tagWidth, 0, 1<<31-1)), int(number(tagLength, 0, 1<<31-1))
	l.samples = int(number(tagSamples, 1, 1000))
	l.compression, l.predictor = number(tagCompression, 1, 1<<16), number(tagPredictor, 1, 1<<16)
	l.planar = number(tagPlanar, 1, 2) == 2
	l.white = number(tagPhotometric, 1, 1<<16) == 0
	l.lowFirst = number(tagFillOrder, 1, 2) == 2
	depth, format := int64(1), number(tagSampleFormat, 1, 6)
	all, err := p.numbers(tagBits)
	if failed = errors.Join(failed, err); failed != nil {
		return nil, failed
	}
	for i, b := range all {
		if depth = b; i > 0 && b != all[0] {
			return nil, wrong("the samples of the TIFF have different sizes: %d and %d bits", all[0], b)
		}
	}
	if l.width < 1 || l.height < 1 || l.samples < 1 {
		return nil, wrong("a page of the TIFF is %d x %d with %d samples", l.width, l.height, l.samples)
	}
	if l.typ, err = sampleType(depth, format); err != nil {
		return nil, err
	}
	switch l.compression {
	case 1, 5, 8, 32773, 32946:
	default:
		return nil, wrong("the compression %d of TIFF is not supported; none, LZW, deflate and PackBits are", l.compression)
	}
	if l.predictor != 1 && (l.predictor != 2 || l.typ.Float) {
		return nil, wrong("the predictor %d of TIFF is not supported with %s", l.predictor, l.typ.Name)
	}
	return l, l.chunks(number, &failed)
}

// sampleType is the pixel type of TIFF's numbers.
func sampleType(depth, format int64) (pixels.Type, error) {
	names := map[[2]int64]string{
		{8, 1}: "uint8", {16, 1}: "uint16", {32, 1}: "uint32", {8, 2}: "int8", {16, 2}: "int16", {32, 2}: "int32",
		{32, 3}: "float", {64, 3}: "double", {64, 6}: "complex", {128, 6}: "double-complex", {1, 1}: "bit",
	}
	if format == 4 { // undefined
		format = 1
	}
	name, ok := names[[2]int64{depth, format}]
	if !ok {
		return pixels.Type{}, wrong("samples of %d bits in format %d are not supported", depth, format)
	}
	return typeNamed(name), nil
}

// chunks finds the strips or tiles.
func (l *layout) chunks(number func(tag uint16, or, most int64) int64, failed *error) error {
	offsets, lengths := uint16(tagStripOffsets), uint16(tagStripByteCounts)
	l.chunkW, l.chunkH = l.width, int(min(number(tagRowsPerStrip, int64(l.height), 1<<32), int64(l.height)))
	if _, tiled := l.page.entries[tagTileWidth]; tiled {
		offsets, lengths = tagTileOffsets, tagTileByteCounts
		l.chunkW, l.chunkH = int(number(tagTileWidth, 0, 1<<20)), int(number(tagTileLength, 0, 1<<20))
	}
	if *failed != nil {
		return *failed
	}
	if l.chunkW < 1 || l.chunkH < 1 {
		return wrong("the strips or tiles of the TIFF are %d x %d", l.chunkW, l.chunkH)
	}
	var err error
	if l.offsets, err = l.page.numbers(offsets); err != nil {
		return err
	}
	if l.lengths, err = l.page.numbers(lengths); err != nil {
		return err
	}
	if l.lengths == nil && l.compression == 1 && len(l.offsets) == 1 {
		l.lengths = []int64{l.rowBytes(l.chunkW) * int64(l.chunkH)}
	}
	across, down := (int64(l.width)-1)/int64(l.chunkW)+1, (int64(l.height)-1)/int64(l.chunkH)+1
	want := across * down
	if l.planar {
		want *= int64(l.samples)
	}
	if int64(len(l.offsets)) < want || len(l.lengths) < len(l.offsets) {
		return wrong("the TIFF has %d strips or tiles and not %d", min(len(l.offsets), len(l.lengths)), want)
	}
	return nil
}

// rowBytes is how long a row of a chunk is in the file.
func (l *layout) rowBytes(width int) int64 {
	n := int64(width)
	if !l.planar {
		n *= int64(l.samples)
	}
	if l.typ.Name == "bit" {
		return (n + 7) / 8
	}
	return n * int64(l.typ.Bytes)
}

// copy writes one sample of the page to a plane.
func (l *layout) copy(to *pixels.Buffer, sample, z, c, t int) error {
	if l.width != to.X || l.height != to.Y || l.typ.Name != to.Type.Name || sample >= l.samples {
		return wrong("a page of the TIFF is %d x %d of type %s and not %d x %d of type %s", l.width, l.height, l.typ.Name, to.X, to.Y, to.Type.Name)
	}
	across := (l.width-1)/l.chunkW + 1
	down := (l.height-1)/l.chunkH + 1
	for j := range down {
		for i := range across {
			n := j*across + i
			if l.planar {
				n += sample * across * down
			}
			w, h := min(l.chunkW, l.width-i*l.chunkW), min(l.chunkH, l.height-j*l.chunkH)
			if err := l.copyChunk(to, n, sample, z, c, t, i*l.chunkW, j*l.chunkH, w, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// band is how many bytes of an uncompressed chunk are read at a time.
const band = 4 << 20

func (l *layout) copyChunk(to *pixels.Buffer, n, sample, z, c, t, x, y, w, h int) error {
	if l.lengths[n] == 0 {
		return nil // nothing is there; the plane has zeros
	}
	row := l.rowBytes(l.chunkW)
	if l.compression == 1 {
		if l.lengths[n] < row*int64(h) {
			return wrong("a strip or tile of the TIFF has %d bytes and not %d", l.lengths[n], row*int64(h))
		}
		rows := int(max(1, min(int64(h), band/row)))
		for i := 0; i < h; i += rows {
			rows := min(rows, h-i)
			p, err := l.bytes(l.offsets[n]+int64(i)*row, int64(rows)*row)
			if err != nil {
				return err
			}
			if err := l.put(to, p, sample, z, c, t, x, y+i, w, rows); err != nil {
				return err
			}
		}
		return nil
	}
	size := row * int64(l.chunkH)
	if size > mostInMemory {
		return wrong("a compressed strip or tile of the TIFF has %d bytes, more than %d", size, mostInMemory)
	}
	if l.lengths[n] > size*2+1024 {
		return wrong("a compressed strip or tile of the TIFF is longer than uncompressed")
	}
	p, err := l.bytes(l.offsets[n], l.lengths[n])
	if err != nil {
		return err
	}
	if p, err = l.decompress(p, int(size)); err != nil {
		return err
	}
	if int64(len(p)) < row*int64(h) {
		return wrong("a strip or tile of the TIFF has %d bytes after decompression and not %d", len(p), row*int64(h))
	}
	return l.put(to, p, sample, z, c, t, x, y, w, h)
}

// bytes reads a part of the file, with the highest bits first.
func (l *layout) bytes(at, n int64) ([]byte, error) {
	p, err := l.page.file.bytes(at, n)
	if l.lowFirst {
		for i := range p {
			p[i] = bits.Reverse8(p[i])
		}
	}
	return p, err
}

func (l *layout) decompress(p []byte, size int) ([]byte, error) {
	switch l.compression {
	case 5:
		return unlzw(p, size)
	case 32773:
		out, err := unpack(p, size)
		if err != nil {
			return nil, wrong("PackBits: %v", err)
		}
		return out, nil
	}
	z, err := zlib.NewReader(bytes.NewReader(p))
	if err != nil {
		return nil, wrong("deflate: %v", err)
	}
	var out bytes.Buffer
	if _, err := io.Copy(&out, io.LimitReader(z, int64(size))); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, wrong("deflate: %v", err)
	}
	return out.Bytes(), nil
}

// put writes a sample of decompressed rows to the plane.
func (l *layout) put(to *pixels.Buffer, p []byte, sample, z, c, t, x, y, w, h int) error {
	row := int(l.rowBytes(l.chunkW))
	step, first := l.samples, sample
	if l.planar {
		step, first = 1, 0
	}
	size := l.typ.Bytes
	part := size
	if l.typ.Complex {
		part /= 2
	}
	swap := l.page.file.order == binary.LittleEndian && part > 1
	out := make([]byte, w*h*size)
	for j := range h {
		line := p[j*row:][:row]
		if l.predictor == 2 {
			l.undoPredictor(line, step)
		}
		for i := range w {
			at := i*step + first
			pixel := out[(j*w+i)*size:][:size]
			if l.typ.Name == "bit" {
				pixel[0] = line[at/8] >> (7 - at%8) & 1
				continue
			}
			copy(pixel, line[at*size:])
			if swap {
				for k := 0; k < size; k += part {
					reverse(pixel[k:][:part])
				}
			}
		}
	}
	if l.white && !l.typ.Signed {
		for i := range out {
			if l.typ.Name == "bit" {
				out[i] ^= 1
			} else {
				out[i] = ^out[i]
			}
		}
	}
	return to.SetTile(out, z, c, t, x, y, w, h)
}

func reverse(p []byte) {
	for i, j := 0, len(p)-1; i < j; i, j = i+1, j-1 {
		p[i], p[j] = p[j], p[i]
	}
}

// undoPredictor adds each sample's left neighbour to it.
func (l *layout) undoPredictor(line []byte, step int) {
	order := l.page.file.order
	size := l.typ.Bytes
	for i := step * size; i+size <= len(line); i += size {
		before, at := line[i-step*size:], line[i:]
		switch size {
		case 1:
			at[0] += before[0]
		case 2:
			order.PutUint16(at, order.Uint16(at)+order.Uint16(before))
		case 4:
			order.PutUint32(at, order.Uint32(at)+order.Uint32(before))
		}
	}
}
