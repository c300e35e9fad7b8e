package wire

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"
)

// littleEndian says whether numbers lie in memory as they do on the wire.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// number is what a plain sequence is made of.
type number interface {
	~byte | ~int16 | ~int32 | ~int64 | ~float32 | ~float64
}

// view gives the memory of a slice of numbers, or of structs of numbers without gaps, as bytes.
func view[T any](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(*new(T))))
}

// swapped copies numbers of the given size and turns the bytes of each around.
func swapped(dst, src []byte, size int) {
	for i := 0; i+size <= len(src); i += size {
		for j := range size {
			dst[i+j] = src[i+size-1-j]
		}
	}
}

func writeNumbers[T number](e *Encoder, s []T) {
	e.Size(len(s))
	b := view(s)
	if littleEndian {
		e.buf = append(e.buf, b...)
		return
	}
	at := len(e.buf)
	e.buf = append(e.buf, b...)
	swapped(e.buf[at:], b, int(unsafe.Sizeof(*new(T))))
}

func readNumbers[T number](d *Decoder) []T {
	size := int(unsafe.Sizeof(*new(T)))
	n := d.Count(size)
	b := d.take(n * size)
	if len(b) == 0 {
		return nil
	}
	s := make([]T, n)
	if littleEndian {
		copy(view(s), b)
	} else {
		swapped(view(s), b, size)
	}
	return s
}

// Bools writes a sequence of bools.
func (e *Encoder) Bools(s []bool) {
	e.Size(len(s))
	e.buf = append(e.buf, view(s)...)
}

// copyPiece is what a long byte sequence is copied by. A copy of 1 MiB or more at once passes the processor's caches by, and
// the write to the socket that follows would have to wait for the memory.
const copyPiece = 256 << 10

// Bytes writes a sequence of bytes.
func (e *Encoder) Bytes(s []byte) {
	e.Size(len(s))
	if e.lends && len(s) >= LendMin && e.lent == nil && e.depth == 0 && e.graph == nil && len(e.sizes) == 0 {
		e.lent, e.lentAt = s, len(e.buf)
		return
	}
	e.buf = slices.Grow(e.buf, len(s))
	for len(s) > copyPiece {
		e.buf = append(e.buf, s[:copyPiece]...)
		s = s[copyPiece:]
	}
	e.buf = append(e.buf, s...)
}

// Shorts writes a sequence of shorts.
func (e *Encoder) Shorts(s []int16) { writeNumbers(e, s) }

// Ints writes a sequence of ints.
func (e *Encoder) Ints(s []int32) { writeNumbers(e, s) }

// Longs writes a sequence of longs.
func (e *Encoder) Longs(s []int64) { writeNumbers(e, s) }

// Floats writes a sequence of floats.
func (e *Encoder) Floats(s []float32) { writeNumbers(e, s) }

// Doubles writes a sequence of doubles.
func (e *Encoder) Doubles(s []float64) { writeNumbers(e, s) }

// Strings writes a sequence of strings.
func (e *Encoder) Strings(s []string) {
	e.Size(len(s))
	for _, v := range s {
		e.String(v)
	}
}

// Bools reads a sequence of bools.
func (d *Decoder) Bools() []bool {
	b := d.take(d.Count(1))
	if len(b) == 0 {
		return nil
	}
	s := make([]bool, len(b))
	for i, v := range b {
		s[i] = v != 0
	}
	return s
}

// shareMin is the length from which a byte sequence is worth a buffer of its own.
const shareMin = 64 << 10

// Bytes reads a sequence of bytes, as a copy unless [Decoder.ShareBuffer] allows otherwise.
func (d *Decoder) Bytes() []byte {
	b := d.take(d.Count(1))
	if len(b) == 0 {
		return nil
	}
	if d.share && len(b) >= shareMin && len(b) >= cap(d.buf)/4*3 {
		d.shared = true
		if d.atEnd() {
			return d.buf[d.pos-len(b) : d.pos] // with all the capacity that is left, for who uses the memory again
		}
		return b
	}
	s := make([]byte, len(b))
	copy(s, b)
	return s
}

// BytesView reads a sequence of bytes as a view into the buffer, valid as long as that is.
func (d *Decoder) BytesView() []byte { return d.take(d.Count(1)) }

// Shorts reads a sequence of shorts.
func (d *Decoder) Shorts() []int16 { return readNumbers[int16](d) }

// Ints reads a sequence of ints.
func (d *Decoder) Ints() []int32 { return readNumbers[int32](d) }

// Longs reads a sequence of longs.
func (d *Decoder) Longs() []int64 { return readNumbers[int64](d) }

// Floats reads a sequence of floats.
func (d *Decoder) Floats() []float32 { return readNumbers[float32](d) }

// Doubles reads a sequence of doubles.
func (d *Decoder) Doubles() []float64 { return readNumbers[float64](d) }

// stringBlock is the most memory that strings of a sequence share. It bounds what one string keeps alive when the
// others are not needed any more.
const stringBlock = 1 << 10

// Strings reads a sequence of strings. Short neighbours share memory, in blocks of at most 1 KiB, which takes a tenth of
// the time of an allocation for each.
func (d *Decoder) Strings() []string {
	n := d.Count(1)
	if n == 0 {
		return nil
	}
	s := make([]string, n)
	for i := 0; i < n; {
		end, count := shortStrings(d.buf, d.pos, n-i)
		if count < 2 {
			s[i] = d.String()
			i++
			if d.err != nil {
				return nil
			}
			continue
		}
		// The block is a copy of the wire, sizes and all: a byte more for each string, but a single copy.
		block := string(d.buf[d.pos:end])
		d.pos = end
		for at := 0; at < len(block); i++ {
			next := at + 1 + int(block[at])
			s[i] = block[at+1 : next]
			at = next
		}
	}
	return s
}

// shortStrings passes over as many of the next n strings from p as are short, complete and fit into a block together. It gives
// where they end and their number.
func shortStrings(buf []byte, p, n int) (end, count int) {
	limit := min(len(buf), p+stringBlock)
	for count < n && p < limit && buf[p] != 255 {
		next := p + 1 + int(buf[p])
		if next > limit {
			break
		}
		p = next
		count++
	}
	return p, count
}

// ReadSeq reads a sequence by its elements. minSize is the least number of bytes that an element takes.
func ReadSeq[T any](d *Decoder, minSize int, read func(*Decoder, *T)) []T {
	n, size := d.elements(minSize)
	if n == 0 {
		return nil
	}
	s := make([]T, n)
	for i := range s {
		d.owed -= size
		read(d, &s[i])
		if d.err != nil {
			return nil
		}
	}
	return s
}

// WriteSeq writes a sequence by its elements.
func WriteSeq[T any](e *Encoder, s []T, write func(*Encoder, T)) {
	e.Size(len(s))
	for _, v := range s {
		write(e, v)
	}
}

// ReadStructs reads a sequence of structs, each of minSize bytes at least.
func ReadStructs[T any, P interface {
	*T
	IceRead(*Decoder)
}](d *Decoder, minSize int) []T {
	n, size := d.elements(minSize)
	if n == 0 {
		return nil
	}
	s := make([]T, n)
	for i := range s {
		d.owed -= size
		P(&s[i]).IceRead(d)
		if d.err != nil {
			return nil
		}
	}
	return s
}

// WriteStructs writes a sequence of structs.
func WriteStructs[T any, P interface {
	*T
	IceWrite(*Encoder)
}](e *Encoder, s []T) {
	e.Size(len(s))
	for i := range s {
		P(&s[i]).IceWrite(e)
	}
}

// ReadPlain reads a sequence of structs that have in memory the layout of the wire: only numbers of fixed size,
// without gaps, on a little-endian machine. size is that of a struct on the wire; where the layouts differ
// after all, the structs are read one by one.
func ReadPlain[T any, P interface {
	*T
	IceRead(*Decoder)
}](d *Decoder, size int) []T {
	if !littleEndian || int(unsafe.Sizeof(*new(T))) != size {
		return ReadStructs[T, P](d, size)
	}
	n := d.Count(size)
	b := d.take(n * size)
	if len(b) == 0 {
		return nil
	}
	s := make([]T, n)
	copy(view(s), b)
	return s
}

// WritePlain writes what ReadPlain reads.
func WritePlain[T any, P interface {
	*T
	IceWrite(*Encoder)
}](e *Encoder, s []T, size int) {
	if !littleEndian || int(unsafe.Sizeof(*new(T))) != size {
		WriteStructs[T, P](e, s)
		return
	}
	e.Size(len(s))
	e.buf = append(e.buf, view(s)...)
}

// ReadEnum reads an enumerator of an enumeration whose largest value is max.
func ReadEnum[T ~int32](d *Decoder, max T, valid func(T) bool) T {
	v := T(d.Enum(int32(max)))
	if !valid(v) {
		d.fail(nil, "%d is no enumerator of %T", int32(v), v)
		return 0
	}
	return v
}

// WriteEnum writes an enumerator of an enumeration whose largest value is max.
func WriteEnum[T ~int32](e *Encoder, v, max T, valid func(T) bool) {
	if !valid(v) {
		e.failf("%d is no enumerator of %T", int32(v), v)
		return
	}
	e.Enum(int32(v), int32(max))
}

// Element functions of the built-in types, for [ReadSeq] and [ReadDict]. For writing, method expressions
// such as (*Encoder).String serve.

// ReadBool reads a bool into v.
func ReadBool(d *Decoder, v *bool) { *v = d.Bool() }

// ReadByte reads a byte into v.
func ReadByte(d *Decoder, v *byte) { *v = d.Byte() }

// ReadShort reads a short into v.
func ReadShort(d *Decoder, v *int16) { *v = d.Short() }

// ReadInt reads an int into v.
func ReadInt(d *Decoder, v *int32) { *v = d.Int() }

// ReadLong reads a long into v.
func ReadLong(d *Decoder, v *int64) { *v = d.Long() }

// ReadFloat reads a float into v.
func ReadFloat(d *Decoder, v *float32) { *v = math.Float32frombits(uint32(d.Int())) }

// ReadDouble reads a double into v.
func ReadDouble(d *Decoder, v *float64) { *v = math.Float64frombits(uint64(d.Long())) }

// ReadString reads a string into v.
func ReadString(d *Decoder, v *string) { *v = d.String() }

// ReadBytes reads a sequence of bytes into v.
func ReadBytes(d *Decoder, v *[]byte) { *v = d.Bytes() }

// ReadStrings reads a sequence of strings into v.
func ReadStrings(d *Decoder, v *[]string) { *v = d.Strings() }

// SeqSize gives the number of bytes that a sequence of n elements of the given size takes, its own size included. It is
// what goes in front of an optional sequence of that kind.
func SeqSize(n, elemSize int) int {
	if n < 255 {
		return 1 + n*elemSize
	}
	return 5 + n*elemSize
}
