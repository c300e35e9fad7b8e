package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
)

// Decoder reads Slice values from a buffer. The first error sticks and is given by [Decoder.Err]; reading on
// gives zeros. Nothing that a Decoder gives refers to the buffer, unless it says so. The zero Decoder reads
// an empty buffer. A Decoder is used by one goroutine at a time. What it reads is what the chapter "Data Encoding" of the
// Ice manual describes.
type Decoder struct {
	buf []byte // ends where the current encapsulation ends
	pos int
	v11 bool
	err error

	slice decSlice
	graph *decGraph // of the current encapsulation, nil until it has a class or exception
	depth int       // of nested instances
	owed  int       // bytes that the elements to come of the containers being read need at least, see Count

	// Env is for the package that reads proxies; this package does not use it.
	Env any
	// Sliced, if it is set, is told of every instance and exception ("instance", "exception") that arrives as
	// one of its bases, or as an unknown value, because its type is not known here, as Ice.Trace.Slicing wants it.
	Sliced func(what, typeID string)

	// Factory, if it is set, is asked for a new instance of each class that arrives, by its type id, before the registered class is taken. It
	// returns nil to leave an instance to that.
	Factory func(typeID string) Value

	share, shared bool // see ShareBuffer

	exception string // type id of the exception's slice being read

	limits  Limits
	encaps  Version
	outer   []decEncaps
	graphs  []*decGraph // by nesting of encapsulations, for use again
	scratch any         // of ReadDict
}

// NewDecoder gives a Decoder of b in the given encoding.
func NewDecoder(b []byte, encoding Version) *Decoder {
	d := &Decoder{}
	d.Reset(b, encoding)
	return d
}

// Reset makes the Decoder as good as new, reading b, with default limits.
func (d *Decoder) Reset(b []byte, encoding Version) {
	for _, g := range d.graphs {
		g.release()
	}
	clear(d.outer)
	*d = Decoder{buf: b, graphs: d.graphs, outer: d.outer[:0], scratch: d.scratch}
	d.setEncoding(encoding)
}

var decoders = sync.Pool{New: func() any { return new(Decoder) }}

// AcquireDecoder gives a pooled Decoder of b in encoding 1.0. Give it back with [Decoder.Release].
func AcquireDecoder(b []byte) *Decoder {
	d := decoders.Get().(*Decoder)
	d.Reset(b, Encoding10)
	return d
}

// Release gives the Decoder back to the pool. What it decoded stays valid.
func (d *Decoder) Release() {
	d.Reset(nil, Encoding10)
	decoders.Put(d)
}

// ShareBuffer allows that what is decoded refers to the buffer, where that is worth it: for a byte sequence that is long and
// makes up most of it. The caller then asks [Decoder.Shared] whether the buffer is its own still.
func (d *Decoder) ShareBuffer() { d.share = true }

// Shared reports whether something that was decoded refers to the buffer, so that it must not be used for anything else.
func (d *Decoder) Shared() bool { return d.shared }

// SetLimits sets the limits for what is decoded from now on.
func (d *Decoder) SetLimits(l Limits) { d.limits = l }

func (d *Decoder) sliced(what, typeID string) {
	if d.Sliced != nil {
		d.Sliced(what, typeID)
	}
}

// Err gives the first error.
func (d *Decoder) Err() error { return d.err }

// Pos gives the offset of the next byte.
func (d *Decoder) Pos() int { return d.pos }

// Remaining gives the number of bytes that are left in the current encapsulation, or in the buffer.
func (d *Decoder) Remaining() int { return len(d.buf) - d.pos }

// atEnd reports whether nothing is left of the whole buffer.
func (d *Decoder) atEnd() bool {
	whole := d.buf
	if len(d.outer) > 0 {
		whole = d.outer[0].buf
	}
	return d.pos == len(whole)
}

// Skip passes over n bytes.
func (d *Decoder) Skip(n int) { d.take(n) }

// Encoding gives the encoding of the current encapsulation.
func (d *Decoder) Encoding() Version { return d.encaps }

func (d *Decoder) setEncoding(v Version) {
	d.encaps = v
	d.v11 = v.Minor >= 1
	if !v.Supported() {
		d.fail(ErrUnsupported, "encoding %s, only 1.0 and 1.1 can be read", v)
	}
}

// Fail makes err the Decoder's error, unless it has one, and stops reading.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		d.err = err
	}
	// Without bytes every further read runs into short, and none needs to look at err.
	d.buf = nil
	d.pos = 0
}

// fail stops with a MarshalError at the current place.
//
//go:noinline
func (d *Decoder) fail(kind error, format string, args ...any) {
	if d.err == nil {
		d.Fail(&MarshalError{Offset: d.pos, Reason: "cannot read: " + fmt.Sprintf(format, args...), Err: kind})
	}
}

// short stops for want of n bytes.
//
//go:noinline
func (d *Decoder) short(n int) {
	if d.err == nil {
		d.fail(ErrTruncated, "%d bytes wanted, %d left", n, len(d.buf)-d.pos)
	}
}

// take gives a view of the next n bytes, or nil.
func (d *Decoder) take(n int) []byte {
	if n < 0 || n > len(d.buf)-d.pos {
		d.short(n)
		return nil
	}
	p := d.pos
	d.pos = p + n
	return d.buf[p : p+n : p+n]
}

// Bool reads a bool; any byte but 0 is true.
func (d *Decoder) Bool() bool { return d.Byte() != 0 }

// Byte reads a byte.
func (d *Decoder) Byte() byte {
	p := d.pos
	if p >= len(d.buf) {
		d.short(1)
		return 0
	}
	d.pos = p + 1
	return d.buf[p]
}

// Short reads a Slice short.
func (d *Decoder) Short() int16 {
	if len(d.buf)-d.pos < 2 {
		d.short(2)
		return 0
	}
	v := binary.LittleEndian.Uint16(d.buf[d.pos:])
	d.pos += 2
	return int16(v)
}

// Int reads a Slice int.
func (d *Decoder) Int() int32 {
	if len(d.buf)-d.pos < 4 {
		d.short(4)
		return 0
	}
	v := binary.LittleEndian.Uint32(d.buf[d.pos:])
	d.pos += 4
	return int32(v)
}

// Long reads a Slice long.
func (d *Decoder) Long() int64 {
	if len(d.buf)-d.pos < 8 {
		d.short(8)
		return 0
	}
	v := binary.LittleEndian.Uint64(d.buf[d.pos:])
	d.pos += 8
	return int64(v)
}

// Float reads a Slice float.
func (d *Decoder) Float() float32 { return math.Float32frombits(uint32(d.Int())) }

// Double reads a Slice double.
func (d *Decoder) Double() float64 { return math.Float64frombits(uint64(d.Long())) }

// Size reads a size, which is never negative.
func (d *Decoder) Size() int {
	p := d.pos
	if p >= len(d.buf) {
		d.short(1)
		return 0
	}
	n := d.buf[p]
	d.pos = p + 1
	if n == 255 {
		return d.longSize()
	}
	return int(n)
}

func (d *Decoder) longSize() int {
	n := d.Int()
	if n < 0 {
		d.fail(nil, "a size of %d", n)
		return 0
	}
	return int(n)
}

// Count reads the number of elements of a sequence or dictionary, and refuses it if the bytes that are left
// cannot hold so many of minElemSize bytes at least. The bytes that are left are those that the sequences and dictionaries
// around it do not need for the elements that they still have to come: so all that a message can announce, in
// whatever nesting, is bounded by its size.
func (d *Decoder) Count(minElemSize int) int {
	n := d.Size()
	left := len(d.buf) - d.pos - d.owed
	if n > left/max(minElemSize, 1) {
		d.tooMany(n, minElemSize, left)
		return 0
	}
	return n
}

//go:noinline
func (d *Decoder) tooMany(n, minElemSize, left int) {
	around := ""
	if d.owed > 0 {
		around = fmt.Sprintf(", and %d that what is around them needs", d.owed)
	}
	d.fail(ErrTruncated, "%d elements of at least %d bytes announced, %d bytes left%s", n, minElemSize, max(left, 0), around)
}

// elements reads a number of elements as Count does, and sets aside what they need. Before each is read, its share is
// given back: d.owed -= size.
func (d *Decoder) elements(minElemSize int) (n, size int) {
	size = max(minElemSize, 1)
	n = d.Count(size)
	d.owed += n * size
	return n, size
}

// String reads a string. Its bytes are given as they are, whether or not they are UTF-8, as in Ice for C++: a Go
// string can hold them, sending it back gives the same bytes, and one bad comment does not lose a whole reply. (Ice for Java
// puts U+FFFD for what is wrong; Ice for Python raises an error.) Who needs UTF-8 asks [unicode/utf8.ValidString] or
// calls [strings.ToValidUTF8].
func (d *Decoder) String() string {
	n := d.Size()
	if n == 0 {
		return ""
	}
	return string(d.take(n))
}

// stringView reads a string that is only looked at.
func (d *Decoder) stringView() []byte { return d.take(d.Size()) }

// Enum reads an enumerator; see [Encoder.Enum]. That the value is an enumerator is for the caller to check.
func (d *Decoder) Enum(max int32) int32 {
	switch {
	case d.v11:
		return int32(d.Size())
	case max < math.MaxInt8:
		return int32(d.Byte())
	case max < math.MaxInt16:
		return int32(d.Short())
	}
	return d.Int()
}

// Optional looks for the optional parameter or member with the given tag, and says whether its data follows.
// Tags are asked for in rising order; others on the way are skipped. See the manual's "Data Encoding for Optional Values".
func (d *Decoder) Optional(tag int, f OptionalFormat) bool {
	if !d.v11 || d.slice.kind != noSlice && d.slice.flags&flagOptionals == 0 {
		return false
	}
	for d.pos < len(d.buf) {
		p := d.pos
		if d.buf[p] == optionalEnd {
			return false
		}
		t, format := d.optionalHead()
		if d.err != nil {
			return false
		}
		if t > tag {
			d.pos = p
			return false
		}
		if t == tag {
			if format != f {
				d.fail(nil, "the optional with tag %d has format %d, not %d", tag, format, f)
				return false
			}
			return true
		}
		d.skipOptional(format)
	}
	return false
}

func (d *Decoder) optionalHead() (tag int, f OptionalFormat) {
	b := d.Byte()
	tag = int(b >> 3)
	if tag == 30 {
		tag = d.Size()
	}
	return tag, OptionalFormat(b & 7)
}

func (d *Decoder) skipOptional(f OptionalFormat) {
	switch f {
	case F1:
		d.Skip(1)
	case F2:
		d.Skip(2)
	case F4:
		d.Skip(4)
	case F8:
		d.Skip(8)
	case OptSize:
		d.Size()
	case OptVSize:
		d.Skip(d.Size())
	case OptFSize:
		d.Skip(int(d.Int()))
	case OptClass:
		d.skipValue11()
	}
}

// skipOptionals passes over the optionals that nobody asked for, and over their end marker.
func (d *Decoder) skipOptionals() {
	for d.pos < len(d.buf) {
		if d.buf[d.pos] == optionalEnd {
			d.pos++
			return
		}
		_, f := d.optionalHead()
		d.skipOptional(f)
	}
}

// SkipSize passes over the size in front of an optional of format OptVSize.
func (d *Decoder) SkipSize() { d.Size() }

// SkipSize4 passes over the size in front of an optional of format OptFSize.
func (d *Decoder) SkipSize4() { d.Skip(4) }
