package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
)

// maxKept is the number of elements up to which a pooled buffer or table is kept for the next use.
const maxKept = 1 << 18

// maxKeptBytes is the size up to which the buffer of a pooled Encoder is kept.
const maxKeptBytes = 4 << 20

// Encoder appends Slice values to a buffer. The first error sticks and is given by [Encoder.Err]; what is
// written afterwards does not matter. The zero Encoder is ready for use and writes encoding 1.0, as is right
// outside of encapsulations. An Encoder is used by one goroutine at a time. What it writes is what the chapter "Data
// Encoding" of the Ice manual describes.
type Encoder struct {
	buf    []byte
	err    error
	v11    bool // the current encapsulation is in encoding 1.1
	format Format
	depth  int // of nested instances in 1.1
	sizes  []int
	slice  encSlice
	graph  *encGraph // of the current encapsulation, nil until it has a class or exception

	defaultFormat Format
	outer         []encEncaps
	graphs        []*encGraph // by nesting of encapsulations, for use again
	scratch       any         // of WriteDict

	lends  bool   // a long byte sequence may be lent
	lent   []byte // what comes after the first lentAt bytes of buf, and is not copied there
	lentAt int
}

// NewEncoder gives an Encoder in the given encoding that appends to buf, which may be nil.
func NewEncoder(buf []byte, encoding Version) *Encoder {
	e := &Encoder{}
	e.Reset(buf, encoding)
	return e
}

// Reset makes the Encoder as good as new, appending to buf.
func (e *Encoder) Reset(buf []byte, encoding Version) {
	for _, g := range e.graphs {
		g.release()
	}
	clear(e.outer)
	*e = Encoder{buf: buf, graphs: e.graphs, outer: e.outer[:0], sizes: e.sizes[:0], scratch: e.scratch, format: CompactFormat, defaultFormat: CompactFormat}
	e.setEncoding(encoding)
}

var encoders = sync.Pool{New: func() any { return new(Encoder) }}

// AcquireEncoder gives a pooled, empty Encoder in encoding 1.0. Give it back with [Encoder.Release].
func AcquireEncoder() *Encoder {
	e := encoders.Get().(*Encoder)
	e.Reset(e.buf[:0], Encoding10)
	return e
}

// Release gives the Encoder and its buffer back to the pool. What Data gave must not be used any more;
// call [Encoder.Detach] first to keep it.
func (e *Encoder) Release() {
	if cap(e.buf) > maxKeptBytes {
		e.buf = nil
	}
	e.Reset(e.buf[:0], Encoding10)
	encoders.Put(e)
}

// Data gives what has been written so far, valid until the Encoder is used again.
func (e *Encoder) Data() []byte { return e.buf }

// Detach gives what has been written, and leaves the Encoder without a buffer.
func (e *Encoder) Detach() []byte {
	b := e.buf
	e.buf = nil
	return b
}

// Len gives the number of bytes in the buffer.
func (e *Encoder) Len() int { return len(e.buf) }

// LendMin is the length from which a byte sequence is lent.
const LendMin = 32 << 10

// Lend has the Encoder not copy the next byte sequence of at least [LendMin] bytes that is written by itself, outside of classes,
// exceptions and optional values, until it is reset. [Encoder.Lent] gives it.
func (e *Encoder) Lend() { e.lends = true }

// Lent gives the byte sequence that was not copied, and after how many bytes of what Data or Detach give it belongs;
// nil if there is none.
func (e *Encoder) Lent() (b []byte, at int) { return e.lent, e.lentAt }

// since gives the number of bytes written after the given place of the buffer.
func (e *Encoder) since(at int) int {
	n := len(e.buf) - at
	if e.lent != nil && e.lentAt > at { // what begins with it has a size in front
		n += len(e.lent)
	}
	return n
}

// Err gives the first error.
func (e *Encoder) Err() error { return e.err }

// Fail makes err the Encoder's error, unless it has one.
func (e *Encoder) Fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *Encoder) failf(format string, args ...any) {
	e.Fail(&MarshalError{Offset: -1, Reason: "cannot write: " + fmt.Sprintf(format, args...)})
}

// Encoding gives the encoding of the current encapsulation.
func (e *Encoder) Encoding() Version {
	if e.v11 {
		return Encoding11
	}
	return Encoding10
}

// SetDefaultFormat says what [DefaultFormat] stands for in encapsulations that are started later, as the
// property Ice.Default.SlicedFormat does.
func (e *Encoder) SetDefaultFormat(f Format) {
	if f == DefaultFormat {
		f = CompactFormat
	}
	e.defaultFormat = f
	if len(e.outer) == 0 {
		e.format = f
	}
}

func (e *Encoder) setEncoding(v Version) {
	if !v.Supported() {
		e.Fail(&MarshalError{Offset: -1, Reason: "cannot write encoding " + v.String() + ", only 1.0 and 1.1", Err: ErrUnsupported})
	}
	e.v11 = v.Minor >= 1
}

// Bool writes a bool.
func (e *Encoder) Bool(v bool) {
	var b byte
	if v {
		b = 1
	}
	e.buf = append(e.buf, b)
}

// Byte writes a byte.
func (e *Encoder) Byte(v byte) { e.buf = append(e.buf, v) }

// Short writes a Slice short.
func (e *Encoder) Short(v int16) { e.buf = binary.LittleEndian.AppendUint16(e.buf, uint16(v)) }

// Int writes a Slice int.
func (e *Encoder) Int(v int32) { e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(v)) }

// Long writes a Slice long.
func (e *Encoder) Long(v int64) { e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(v)) }

// Float writes a Slice float.
func (e *Encoder) Float(v float32) {
	e.buf = binary.LittleEndian.AppendUint32(e.buf, math.Float32bits(v))
}

// Double writes a Slice double.
func (e *Encoder) Double(v float64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(v))
}

// Size writes a size: one byte below 255, else five. A size from 0 to the largest int32 can be written.
func (e *Encoder) Size(n int) {
	if uint(n) < 255 {
		e.buf = append(e.buf, byte(n))
		return
	}
	e.longSize(n)
}

func (e *Encoder) longSize(n int) {
	if n < 0 || n > math.MaxInt32 {
		e.Fail(&MarshalError{Offset: -1, Reason: fmt.Sprintf("cannot write a size of %d, only 0 to %d", n, math.MaxInt32), Err: ErrLimit})
		return
	}
	e.buf = append(e.buf, 255)
	e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(n))
}

// String writes a string, which should be UTF-8; its bytes are sent as they are. Peers in Python refuse what is not
// UTF-8, those in Java see U+FFFD.
func (e *Encoder) String(s string) {
	e.Size(len(s))
	e.buf = append(e.buf, s...)
}

// Blob writes b as it is, without a size.
func (e *Encoder) Blob(b []byte) { e.buf = append(e.buf, b...) }

// Enum writes an enumerator. max is the largest value of the enumeration, which decides how many bytes
// encoding 1.0 takes. That v is an enumerator is for the caller to check.
func (e *Encoder) Enum(v, max int32) {
	switch {
	case e.v11:
		e.Size(int(v))
	case max < math.MaxInt8:
		e.Byte(byte(v))
	case max < math.MaxInt16:
		e.Short(int16(v))
	default:
		e.Int(v)
	}
}

// Optional writes the head of an optional parameter or member that is set, and says whether its data is to
// follow: encoding 1.0 has no optionals. Tags are written in rising order. See the manual's "Data Encoding for Optional
// Values".
func (e *Encoder) Optional(tag int, f OptionalFormat) bool {
	if !e.v11 {
		return false
	}
	e.slice.flags |= flagOptionals
	if tag < 30 {
		e.Byte(byte(tag)<<3 | byte(f))
		return true
	}
	e.Byte(30<<3 | byte(f))
	e.Size(tag)
	return true
}

// StartSize begins data with its size in four bytes in front (the format OptFSize).
func (e *Encoder) StartSize() {
	e.sizes = append(e.sizes, len(e.buf))
	e.Int(0)
}

// EndSize ends what StartSize began: the size is that of the data alone.
func (e *Encoder) EndSize() {
	if len(e.sizes) == 0 {
		e.failf("EndSize without StartSize")
		return
	}
	at := e.sizes[len(e.sizes)-1]
	e.sizes = e.sizes[:len(e.sizes)-1]
	e.patchInt(at, len(e.buf)-at-4)
}

// patchInt puts n into the four bytes at an earlier place.
func (e *Encoder) patchInt(at, n int) {
	if n > math.MaxInt32 {
		e.Fail(&MarshalError{Offset: at, Reason: fmt.Sprintf("cannot write a size of %d, only to %d", n, math.MaxInt32), Err: ErrLimit})
		return
	}
	binary.LittleEndian.PutUint32(e.buf[at:], uint32(n))
}
