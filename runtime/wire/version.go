package wire

import "strconv"

// Version is a pair of version numbers, of an encoding or of the protocol.
type Version struct{ Major, Minor byte }

// The versions that this package speaks. Everything outside of an encapsulation is in [Encoding10].
var (
	Encoding10 = Version{1, 0}
	Encoding11 = Version{1, 1}
	Protocol10 = Version{1, 0}
)

// String gives the version as the manual writes it, like "1.1".
func (v Version) String() string {
	return strconv.Itoa(int(v.Major)) + "." + strconv.Itoa(int(v.Minor))
}

// Supported says whether v is an encoding that this package reads and writes.
func (v Version) Supported() bool { return v.Major == 1 && v.Minor <= 1 }

// IceWrite writes the two bytes of the version.
func (v *Version) IceWrite(e *Encoder) {
	e.Byte(v.Major)
	e.Byte(v.Minor)
}

// IceRead reads the two bytes of a version.
func (v *Version) IceRead(d *Decoder) {
	v.Major = d.Byte()
	v.Minor = d.Byte()
}

// Format says how classes and exceptions are written in encoding 1.1: compact (type id of the most derived
// slice only, no sizes) or sliced (a receiver can slice off what it does not know). Encoding 1.0 has one
// format, and ignores it.
type Format byte

// The formats. DefaultFormat is the compact one, as in Ice, unless [Encoder.SetDefaultFormat] says otherwise.
const (
	DefaultFormat Format = iota
	CompactFormat
	SlicedFormat
)

// OptionalFormat says how many bytes the data of an optional parameter or member takes, so that a reader
// that does not know the tag can skip it.
type OptionalFormat byte

// The formats of optionals: fixed size, a size, a sequence of bytes with its size in front, with a size of
// four bytes in front, and a class.
const (
	F1 OptionalFormat = iota
	F2
	F4
	F8
	OptSize
	OptVSize
	OptFSize
	OptClass
)

const optionalEnd = 0xff

// Flags of a slice in encoding 1.1.
const (
	flagTypeString  = 1 << 0
	flagTypeIndex   = 1 << 1
	flagTypeCompact = flagTypeString | flagTypeIndex
	flagOptionals   = 1 << 2
	flagIndirect    = 1 << 3
	flagSize        = 1 << 4
	flagLast        = 1 << 5
)

// objectID is the type id that closes every instance in encoding 1.0.
const objectID = "::Ice::Object"

// sliceKind says whose slices are being written or read.
type sliceKind byte

const (
	noSlice sliceKind = iota
	valueSlice
	exceptionSlice
)
