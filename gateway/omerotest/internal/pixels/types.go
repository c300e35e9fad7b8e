package pixels

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Type is one of OMERO's pixel types.
type Type struct {
	Name string
	// Bytes is the size of a pixel. Those of "bit" are a byte each: 0 or 1.
	Bytes  int
	Bits   int // as OMERO's enumeration has it
	Signed bool
	Float  bool
	// Complex pixels are two numbers, of which the first, the real part, counts
	// wherever one number is needed.
	Complex bool
	// Min and Max are the range of an integer type. OMERO takes the range of what
	// is there for the others.
	Min, Max float64
}

// Types are all pixel types of OMERO.
var Types = []Type{
	{Name: "bit", Bytes: 1, Bits: 1, Max: 1},
	{Name: "int8", Bytes: 1, Bits: 8, Signed: true, Min: math.MinInt8, Max: math.MaxInt8},
	{Name: "uint8", Bytes: 1, Bits: 8, Max: math.MaxUint8},
	{Name: "int16", Bytes: 2, Bits: 16, Signed: true, Min: math.MinInt16, Max: math.MaxInt16},
	{Name: "uint16", Bytes: 2, Bits: 16, Max: math.MaxUint16},
	{Name: "int32", Bytes: 4, Bits: 32, Signed: true, Min: math.MinInt32, Max: math.MaxInt32},
	{Name: "uint32", Bytes: 4, Bits: 32, Max: math.MaxUint32},
	{Name: "float", Bytes: 4, Bits: 32, Signed: true, Float: true, Min: -math.MaxFloat32, Max: math.MaxFloat32},
	{Name: "double", Bytes: 8, Bits: 64, Signed: true, Float: true, Min: -math.MaxFloat64, Max: math.MaxFloat64},
	{Name: "complex", Bytes: 8, Bits: 64, Signed: true, Float: true, Complex: true, Min: -math.MaxFloat32, Max: math.MaxFloat32},
	{Name: "double-complex", Bytes: 16, Bits: 128, Signed: true, Float: true, Complex: true, Min: -math.MaxFloat64, Max: math.MaxFloat64},
}

// TypeNamed finds a type by the value of OMERO's enumeration PixelsType.
func TypeNamed(name string) (Type, error) {
	for _, t := range Types {
		if t.Name == name {
			return t, nil
		}
	}
	return Type{}, fmt.Errorf("pixels: there is no pixel type %.40q", name)
}

// Value is pixel number i of p, which must have it.
func (t Type) Value(p []byte, i int) float64 {
	p = p[i*t.Bytes:]
	switch t.Name {
	case "bit", "uint8":
		return float64(p[0])
	case "int8":
		return float64(int8(p[0]))
	case "int16":
		return float64(int16(binary.BigEndian.Uint16(p)))
	case "uint16":
		return float64(binary.BigEndian.Uint16(p))
	case "int32":
		return float64(int32(binary.BigEndian.Uint32(p)))
	case "uint32":
		return float64(binary.BigEndian.Uint32(p))
	case "float", "complex":
		return float64(math.Float32frombits(binary.BigEndian.Uint32(p)))
	}
	return math.Float64frombits(binary.BigEndian.Uint64(p))
}

// Put makes v pixel number i of p. A value out of the type's range becomes the
// nearest one in it; integers are cut, not rounded, as Java's casts do.
func (t Type) Put(p []byte, i int, v float64) {
	p = p[i*t.Bytes:]
	if !t.Float {
		v = min(max(v, t.Min), t.Max)
		if v != v {
			v = 0
		}
	}
	switch t.Name {
	case "bit", "uint8":
		p[0] = byte(v)
	case "int8":
		p[0] = byte(int8(v))
	case "int16":
		binary.BigEndian.PutUint16(p, uint16(int16(v)))
	case "uint16":
		binary.BigEndian.PutUint16(p, uint16(v))
	case "int32":
		binary.BigEndian.PutUint32(p, uint32(int32(v)))
	case "uint32":
		binary.BigEndian.PutUint32(p, uint32(v))
	case "float", "complex":
		binary.BigEndian.PutUint32(p, math.Float32bits(float32(v)))
	default:
		binary.BigEndian.PutUint64(p, math.Float64bits(v))
	}
	if t.Complex {
		clear(p[t.Bytes/2 : t.Bytes])
	}
}
