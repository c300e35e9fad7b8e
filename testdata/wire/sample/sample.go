// Package sample has Wire.ice in the shape of generated Go, written by hand, so that tests of the wire depend on
// nothing but package wire. The classes and exceptions whose names hold "Unknown" are left out: to these types they
// are what a newer peer sends.
package sample

import "github.com/slice2go/slice2go/runtime/wire"

// E126 has 0 (or 1) and 126 as enumerators.
type E126 int32

const E126Max E126 = 126

func (v E126) Valid() bool { return v == 1 || v == E126Max }

// E127 has 0 (or 1) and 127 as enumerators.
type E127 int32

const E127Max E127 = 127

func (v E127) Valid() bool { return v == 0 || v == E127Max }

// E128 has 0 (or 1) and 128 as enumerators.
type E128 int32

const E128Max E128 = 128

func (v E128) Valid() bool { return v == 0 || v == E128Max }

// E254 has 0 (or 1) and 254 as enumerators.
type E254 int32

const E254Max E254 = 254

func (v E254) Valid() bool { return v == 0 || v == E254Max }

// E255 has 0 (or 1) and 255 as enumerators.
type E255 int32

const E255Max E255 = 255

func (v E255) Valid() bool { return v == 0 || v == E255Max }

// E32766 has 0 (or 1) and 32766 as enumerators.
type E32766 int32

const E32766Max E32766 = 32766

func (v E32766) Valid() bool { return v == 0 || v == E32766Max }

// E32767 has 0 (or 1) and 32767 as enumerators.
type E32767 int32

const E32767Max E32767 = 32767

func (v E32767) Valid() bool { return v == 0 || v == E32767Max }

// E32768 has 0 (or 1) and 32768 as enumerators.
type E32768 int32

const E32768Max E32768 = 32768

func (v E32768) Valid() bool { return v == 0 || v == E32768Max }

// EMax has 0 (or 1) and 2147483647 as enumerators.
type EMax int32

const EMaxMax EMax = 2147483647

func (v EMax) Valid() bool { return v == 0 || v == EMaxMax }

func writeE127(e *wire.Encoder, v E127) { wire.WriteEnum(e, v, E127Max, E127.Valid) }
func readE127(d *wire.Decoder, v *E127) { *v = wire.ReadEnum(d, E127Max, E127.Valid) }

func writeE128(e *wire.Encoder, v E128) { wire.WriteEnum(e, v, E128Max, E128.Valid) }
func readE128(d *wire.Decoder, v *E128) { *v = wire.ReadEnum(d, E128Max, E128.Valid) }

type Enums struct {
	E126   E126
	E127   E127
	E128   E128
	E254   E254
	E255   E255
	E32766 E32766
	E32767 E32767
	E32768 E32768
	EMax   EMax
}

func (v *Enums) IceWrite(e *wire.Encoder) {
	wire.WriteEnum(e, v.E126, E126Max, E126.Valid)
	wire.WriteEnum(e, v.E127, E127Max, E127.Valid)
	wire.WriteEnum(e, v.E128, E128Max, E128.Valid)
	wire.WriteEnum(e, v.E254, E254Max, E254.Valid)
	wire.WriteEnum(e, v.E255, E255Max, E255.Valid)
	wire.WriteEnum(e, v.E32766, E32766Max, E32766.Valid)
	wire.WriteEnum(e, v.E32767, E32767Max, E32767.Valid)
	wire.WriteEnum(e, v.E32768, E32768Max, E32768.Valid)
	wire.WriteEnum(e, v.EMax, EMaxMax, EMax.Valid)
}

func (v *Enums) IceRead(d *wire.Decoder) {
	v.E126 = wire.ReadEnum(d, E126Max, E126.Valid)
	v.E127 = wire.ReadEnum(d, E127Max, E127.Valid)
	v.E128 = wire.ReadEnum(d, E128Max, E128.Valid)
	v.E254 = wire.ReadEnum(d, E254Max, E254.Valid)
	v.E255 = wire.ReadEnum(d, E255Max, E255.Valid)
	v.E32766 = wire.ReadEnum(d, E32766Max, E32766.Valid)
	v.E32767 = wire.ReadEnum(d, E32767Max, E32767.Valid)
	v.E32768 = wire.ReadEnum(d, E32768Max, E32768.Valid)
	v.EMax = wire.ReadEnum(d, EMaxMax, EMax.Valid)
}

type Primitives struct {
	B bool
	Y byte
	S int16
	I int32
	L int64
	F float32
	D float64
	T string
}

func (v *Primitives) IceWrite(e *wire.Encoder) {
	e.Bool(v.B)
	e.Byte(v.Y)
	e.Short(v.S)
	e.Int(v.I)
	e.Long(v.L)
	e.Float(v.F)
	e.Double(v.D)
	e.String(v.T)
}

func (v *Primitives) IceRead(d *wire.Decoder) {
	v.B = d.Bool()
	v.Y = d.Byte()
	v.S = d.Short()
	v.I = d.Int()
	v.L = d.Long()
	v.F = d.Float()
	v.D = d.Double()
	v.T = d.String()
}

type Plain struct {
	X float64
	N int64
	I int32
	S int16
	B byte
	C byte
}

func (v *Plain) IceWrite(e *wire.Encoder) {
	e.Double(v.X)
	e.Long(v.N)
	e.Int(v.I)
	e.Short(v.S)
	e.Byte(v.B)
	e.Byte(v.C)
}

func (v *Plain) IceRead(d *wire.Decoder) {
	v.X = d.Double()
	v.N = d.Long()
	v.I = d.Int()
	v.S = d.Short()
	v.B = d.Byte()
	v.C = d.Byte()
}

type Key struct {
	I int32
	S string
}

func (v *Key) IceWrite(e *wire.Encoder) {
	e.Int(v.I)
	e.String(v.S)
}

func (v *Key) IceRead(d *wire.Decoder) {
	v.I = d.Int()
	v.S = d.String()
}

type Sequences struct {
	Bools   []bool
	Bytes   []byte
	Shorts  []int16
	Ints    []int32
	Longs   []int64
	Floats  []float32
	Doubles []float64
	Strings []string
	Structs []Primitives
	Plain   []Plain
	Nested  [][]string
	Enums   []E128
}

func (v *Sequences) IceWrite(e *wire.Encoder) {
	e.Bools(v.Bools)
	e.Bytes(v.Bytes)
	e.Shorts(v.Shorts)
	e.Ints(v.Ints)
	e.Longs(v.Longs)
	e.Floats(v.Floats)
	e.Doubles(v.Doubles)
	e.Strings(v.Strings)
	wire.WriteStructs(e, v.Structs)
	wire.WritePlain(e, v.Plain, 24)
	wire.WriteSeq(e, v.Nested, (*wire.Encoder).Strings)
	wire.WriteSeq(e, v.Enums, writeE128)
}

func (v *Sequences) IceRead(d *wire.Decoder) {
	v.Bools = d.Bools()
	v.Bytes = d.Bytes()
	v.Shorts = d.Shorts()
	v.Ints = d.Ints()
	v.Longs = d.Longs()
	v.Floats = d.Floats()
	v.Doubles = d.Doubles()
	v.Strings = d.Strings()
	v.Structs = wire.ReadStructs[Primitives](d, 29)
	v.Plain = wire.ReadPlain[Plain](d, 24)
	v.Nested = wire.ReadSeq(d, 1, wire.ReadStrings)
	v.Enums = wire.ReadSeq(d, 1, readE128)
}

type Dictionaries struct {
	Bools   map[bool]string
	Bytes   map[byte]string
	Shorts  map[int16]string
	Ints    map[int32]string
	Longs   map[int64]string
	Strings map[string]int32
	Enums   map[E127]float64
	Keys    map[Key]Key
	Nested  map[string]map[int32]string
}

func (v *Dictionaries) IceWrite(e *wire.Encoder) {
	wire.WriteDict(e, v.Bools, (*wire.Encoder).Bool, (*wire.Encoder).String)
	wire.WriteDict(e, v.Bytes, (*wire.Encoder).Byte, (*wire.Encoder).String)
	wire.WriteDict(e, v.Shorts, (*wire.Encoder).Short, (*wire.Encoder).String)
	wire.WriteDict(e, v.Ints, (*wire.Encoder).Int, (*wire.Encoder).String)
	wire.WriteDict(e, v.Longs, (*wire.Encoder).Long, (*wire.Encoder).String)
	wire.WriteDict(e, v.Strings, (*wire.Encoder).String, (*wire.Encoder).Int)
	wire.WriteDict(e, v.Enums, writeE127, (*wire.Encoder).Double)
	wire.WriteDict(e, v.Keys, func(e *wire.Encoder, v Key) { v.IceWrite(e) }, func(e *wire.Encoder, v Key) { v.IceWrite(e) })
	wire.WriteDict(e, v.Nested, (*wire.Encoder).String, func(e *wire.Encoder, v map[int32]string) {
		wire.WriteDict(e, v, (*wire.Encoder).Int, (*wire.Encoder).String)
	})
}

func (v *Dictionaries) IceRead(d *wire.Decoder) {
	v.Bools = wire.ReadDict(d, 2, wire.ReadBool, wire.ReadString)
	v.Bytes = wire.ReadDict(d, 2, wire.ReadByte, wire.ReadString)
	v.Shorts = wire.ReadDict(d, 3, wire.ReadShort, wire.ReadString)
	v.Ints = wire.ReadDict(d, 5, wire.ReadInt, wire.ReadString)
	v.Longs = wire.ReadDict(d, 9, wire.ReadLong, wire.ReadString)
	v.Strings = wire.ReadDict(d, 5, wire.ReadString, wire.ReadInt)
	v.Enums = wire.ReadDict(d, 9, readE127, wire.ReadDouble)
	v.Keys = wire.ReadDict(d, 10, func(d *wire.Decoder, v *Key) { v.IceRead(d) }, func(d *wire.Decoder, v *Key) { v.IceRead(d) })
	v.Nested = wire.ReadDict(d, 2, wire.ReadString, func(d *wire.Decoder, v *map[int32]string) { *v = wire.ReadDict(d, 5, wire.ReadInt, wire.ReadString) })
}

type Proxies struct {
	First  wire.ProxyData
	Second wire.ProxyData
	Third  wire.ProxyData
}

func (v *Proxies) IceWrite(e *wire.Encoder) {
	v.First.IceWrite(e)
	v.Second.IceWrite(e)
	v.Third.IceWrite(e)
}

func (v *Proxies) IceRead(d *wire.Decoder) {
	v.First.IceRead(d)
	v.Second.IceRead(d)
	v.Third.IceRead(d)
}

type NodePair struct {
	Left  *Node
	Right AnyBase
}

func (v *NodePair) IceWrite(e *wire.Encoder) {
	e.Value(v.Left)
	e.Value(v.Right)
}

func (v *NodePair) IceRead(d *wire.Decoder) {
	wire.ReadValue(d, &v.Left)
	wire.ReadValue(d, &v.Right)
}

type Base struct {
	S string
}

// AnyBase is Base and what derives from it.
type AnyBase interface {
	wire.Value
	AsBase() *Base
}

func (v *Base) AsBase() *Base { return v }

func (*Base) IceTypeID() string { return "::WireTest::Base" }

func (v *Base) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::Base", -1, true)
	e.String(v.S)
	e.EndSlice()
}

func (v *Base) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.S = d.String()
	d.EndSlice()
}

type Derived struct {
	Base
	I int32
}

func (*Derived) IceTypeID() string { return "::WireTest::Derived" }

func (v *Derived) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::Derived", -1, false)
	e.Int(v.I)
	e.EndSlice()
	v.Base.IceWrite(e)
}

func (v *Derived) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.I = d.Int()
	d.EndSlice()
	v.Base.IceRead(d)
}

type Empty struct {
}

func (*Empty) IceTypeID() string { return "::WireTest::Empty" }

func (v *Empty) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::Empty", -1, true)
	e.EndSlice()
}

func (v *Empty) IceRead(d *wire.Decoder) {
	d.StartSlice()
	d.EndSlice()
}

type Compact struct {
	C int32
}

func (*Compact) IceTypeID() string { return "::WireTest::Compact" }

func (v *Compact) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::Compact", 7, true)
	e.Int(v.C)
	e.EndSlice()
}

func (v *Compact) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.C = d.Int()
	d.EndSlice()
}

type CompactDerived struct {
	Compact
	B AnyBase
}

func (*CompactDerived) IceTypeID() string { return "::WireTest::CompactDerived" }

func (v *CompactDerived) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::CompactDerived", 300, false)
	e.Value(v.B)
	e.EndSlice()
	v.Compact.IceWrite(e)
}

func (v *CompactDerived) IceRead(d *wire.Decoder) {
	d.StartSlice()
	wire.ReadValue(d, &v.B)
	d.EndSlice()
	v.Compact.IceRead(d)
}

type Node struct {
	Id       int32
	Next     *Node
	Children []*Node
	Named    map[string]*Node
	Any      AnyBase
	None     *Empty
	Value    wire.Value
	Pairs    []NodePair
	Lists    map[int32][]*Node
	Label    string
}

func (*Node) IceTypeID() string { return "::WireTest::Node" }

func (v *Node) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::Node", -1, true)
	e.Int(v.Id)
	e.Value(v.Next)
	wire.WriteValues(e, v.Children)
	wire.WriteDict(e, v.Named, (*wire.Encoder).String, wire.WriteValue[*Node])
	e.Value(v.Any)
	e.Value(v.None)
	e.Value(v.Value)
	wire.WriteStructs(e, v.Pairs)
	wire.WriteDict(e, v.Lists, (*wire.Encoder).Int, func(e *wire.Encoder, v []*Node) { wire.WriteValues(e, v) })
	e.String(v.Label)
	e.EndSlice()
}

func (v *Node) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.Id = d.Int()
	wire.ReadValue(d, &v.Next)
	v.Children = wire.ReadValues[*Node](d)
	v.Named = wire.ReadDict(d, 2, wire.ReadString, wire.ReadValue[*Node])
	wire.ReadValue(d, &v.Any)
	wire.ReadValue(d, &v.None)
	wire.ReadValue(d, &v.Value)
	v.Pairs = wire.ReadStructs[NodePair](d, 2)
	v.Lists = wire.ReadDict(d, 5, wire.ReadInt, func(d *wire.Decoder, v *[]*Node) { *v = wire.ReadValues[*Node](d) })
	v.Label = d.String()
	d.EndSlice()
}

type Kept struct {
	wire.Preserved
	K int32
}

// AnyKept is Kept and what derives from it.
type AnyKept interface {
	wire.Value
	AsKept() *Kept
}

func (v *Kept) AsKept() *Kept { return v }

func (*Kept) IceTypeID() string { return "::WireTest::Kept" }

func (v *Kept) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::Kept", -1, true)
	e.Int(v.K)
	e.EndSlice()
}

func (v *Kept) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.K = d.Int()
	d.EndSlice()
}

type KeptKnown struct {
	Kept
	Other AnyKept
}

func (*KeptKnown) IceTypeID() string { return "::WireTest::KeptKnown" }

func (v *KeptKnown) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::KeptKnown", -1, false)
	e.Value(v.Other)
	e.EndSlice()
	v.Kept.IceWrite(e)
}

func (v *KeptKnown) IceRead(d *wire.Decoder) {
	d.StartSlice()
	wire.ReadValue(d, &v.Other)
	d.EndSlice()
	v.Kept.IceRead(d)
}

type Optionals struct {
	A       int32
	Z       string
	B       wire.Optional[bool]
	S       wire.Optional[int16]
	I       wire.Optional[int32]
	L       wire.Optional[int64]
	F       wire.Optional[float32]
	D       wire.Optional[float64]
	T       wire.Optional[string]
	E       wire.Optional[E128]
	P       wire.Optional[Plain]
	V       wire.Optional[Primitives]
	Bytes   wire.Optional[[]byte]
	Ints    wire.Optional[[]int32]
	Strings wire.Optional[[]string]
	Plains  wire.Optional[[]Plain]
	Dict    wire.Optional[map[int32]string]
	Proxy   wire.Optional[wire.ProxyData]
	Y       wire.Optional[byte]
	Base    wire.Optional[AnyBase]
	Nodes   wire.Optional[[]*Node]
	Named   wire.Optional[map[string]*Node]
	Shorts  wire.Optional[map[int16]string]
}

func (*Optionals) IceTypeID() string { return "::WireTest::Optionals" }

func (v *Optionals) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::Optionals", -1, true)
	e.Int(v.A)
	e.String(v.Z)
	if x, ok := v.B.Get(); ok && e.Optional(1, wire.F1) {
		e.Bool(x)
	}
	if x, ok := v.S.Get(); ok && e.Optional(2, wire.F2) {
		e.Short(x)
	}
	if x, ok := v.I.Get(); ok && e.Optional(3, wire.F4) {
		e.Int(x)
	}
	if x, ok := v.L.Get(); ok && e.Optional(4, wire.F8) {
		e.Long(x)
	}
	if x, ok := v.F.Get(); ok && e.Optional(5, wire.F4) {
		e.Float(x)
	}
	if x, ok := v.D.Get(); ok && e.Optional(6, wire.F8) {
		e.Double(x)
	}
	if x, ok := v.T.Get(); ok && e.Optional(7, wire.OptVSize) {
		e.String(x)
	}
	if x, ok := v.E.Get(); ok && e.Optional(8, wire.OptSize) {
		wire.WriteEnum(e, x, E128Max, E128.Valid)
	}
	if x, ok := v.P.Get(); ok && e.Optional(9, wire.OptVSize) {
		e.Size(24)
		x.IceWrite(e)
	}
	if x, ok := v.V.Get(); ok && e.Optional(10, wire.OptFSize) {
		e.StartSize()
		x.IceWrite(e)
		e.EndSize()
	}
	if x, ok := v.Bytes.Get(); ok && e.Optional(11, wire.OptVSize) {
		e.Bytes(x)
	}
	if x, ok := v.Ints.Get(); ok && e.Optional(12, wire.OptVSize) {
		e.Size(wire.SeqSize(len(x), 4))
		e.Ints(x)
	}
	if x, ok := v.Strings.Get(); ok && e.Optional(13, wire.OptFSize) {
		e.StartSize()
		e.Strings(x)
		e.EndSize()
	}
	if x, ok := v.Plains.Get(); ok && e.Optional(14, wire.OptVSize) {
		e.Size(wire.SeqSize(len(x), 24))
		wire.WritePlain(e, x, 24)
	}
	if x, ok := v.Dict.Get(); ok && e.Optional(15, wire.OptFSize) {
		e.StartSize()
		wire.WriteDict(e, x, (*wire.Encoder).Int, (*wire.Encoder).String)
		e.EndSize()
	}
	if x, ok := v.Proxy.Get(); ok && e.Optional(16, wire.OptFSize) {
		e.StartSize()
		x.IceWrite(e)
		e.EndSize()
	}
	if x, ok := v.Y.Get(); ok && e.Optional(29, wire.F1) {
		e.Byte(x)
	}
	if x, ok := v.Base.Get(); ok && e.Optional(30, wire.OptClass) {
		e.Value(x)
	}
	if x, ok := v.Nodes.Get(); ok && e.Optional(254, wire.OptFSize) {
		e.StartSize()
		wire.WriteValues(e, x)
		e.EndSize()
	}
	if x, ok := v.Named.Get(); ok && e.Optional(255, wire.OptFSize) {
		e.StartSize()
		wire.WriteDict(e, x, (*wire.Encoder).String, wire.WriteValue[*Node])
		e.EndSize()
	}
	if x, ok := v.Shorts.Get(); ok && e.Optional(1000, wire.OptFSize) {
		e.StartSize()
		wire.WriteDict(e, x, (*wire.Encoder).Short, (*wire.Encoder).String)
		e.EndSize()
	}
	e.EndSlice()
}

func (v *Optionals) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.A = d.Int()
	v.Z = d.String()
	if d.Optional(1, wire.F1) {
		*v.B.Ptr() = d.Bool()
	}
	if d.Optional(2, wire.F2) {
		*v.S.Ptr() = d.Short()
	}
	if d.Optional(3, wire.F4) {
		*v.I.Ptr() = d.Int()
	}
	if d.Optional(4, wire.F8) {
		*v.L.Ptr() = d.Long()
	}
	if d.Optional(5, wire.F4) {
		*v.F.Ptr() = d.Float()
	}
	if d.Optional(6, wire.F8) {
		*v.D.Ptr() = d.Double()
	}
	if d.Optional(7, wire.OptVSize) {
		*v.T.Ptr() = d.String()
	}
	if d.Optional(8, wire.OptSize) {
		*v.E.Ptr() = wire.ReadEnum(d, E128Max, E128.Valid)
	}
	if d.Optional(9, wire.OptVSize) {
		d.SkipSize()
		v.P.Ptr().IceRead(d)
	}
	if d.Optional(10, wire.OptFSize) {
		d.SkipSize4()
		v.V.Ptr().IceRead(d)
	}
	if d.Optional(11, wire.OptVSize) {
		*v.Bytes.Ptr() = d.Bytes()
	}
	if d.Optional(12, wire.OptVSize) {
		d.SkipSize()
		*v.Ints.Ptr() = d.Ints()
	}
	if d.Optional(13, wire.OptFSize) {
		d.SkipSize4()
		*v.Strings.Ptr() = d.Strings()
	}
	if d.Optional(14, wire.OptVSize) {
		d.SkipSize()
		*v.Plains.Ptr() = wire.ReadPlain[Plain](d, 24)
	}
	if d.Optional(15, wire.OptFSize) {
		d.SkipSize4()
		*v.Dict.Ptr() = wire.ReadDict(d, 5, wire.ReadInt, wire.ReadString)
	}
	if d.Optional(16, wire.OptFSize) {
		d.SkipSize4()
		v.Proxy.Ptr().IceRead(d)
	}
	if d.Optional(29, wire.F1) {
		*v.Y.Ptr() = d.Byte()
	}
	if d.Optional(30, wire.OptClass) {
		wire.ReadValue(d, v.Base.Ptr())
	}
	if d.Optional(254, wire.OptFSize) {
		d.SkipSize4()
		*v.Nodes.Ptr() = wire.ReadValues[*Node](d)
	}
	if d.Optional(255, wire.OptFSize) {
		d.SkipSize4()
		*v.Named.Ptr() = wire.ReadDict(d, 2, wire.ReadString, wire.ReadValue[*Node])
	}
	if d.Optional(1000, wire.OptFSize) {
		d.SkipSize4()
		*v.Shorts.Ptr() = wire.ReadDict(d, 3, wire.ReadShort, wire.ReadString)
	}
	d.EndSlice()
}

type OptionalsDerived struct {
	Optionals
	End   string
	Again wire.Optional[int32]
}

func (*OptionalsDerived) IceTypeID() string { return "::WireTest::OptionalsDerived" }

func (v *OptionalsDerived) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::OptionalsDerived", -1, false)
	e.String(v.End)
	if x, ok := v.Again.Get(); ok && e.Optional(1, wire.F4) {
		e.Int(x)
	}
	e.EndSlice()
	v.Optionals.IceWrite(e)
}

func (v *OptionalsDerived) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.End = d.String()
	if d.Optional(1, wire.F4) {
		*v.Again.Ptr() = d.Int()
	}
	d.EndSlice()
	v.Optionals.IceRead(d)
}

type Failure struct {
	Reason string
}

func (*Failure) IceTypeID() string { return "::WireTest::Failure" }

func (v *Failure) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::Failure", -1, true)
	e.String(v.Reason)
	e.EndSlice()
}

func (v *Failure) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.Reason = d.String()
	d.EndSlice()
}

func (v *Failure) IceUsesClasses() bool { return false }
func (v *Failure) Error() string        { return wire.Describe(v) }

type NodeFailure struct {
	Failure
	Code int32
	Node *Node
}

func (*NodeFailure) IceTypeID() string { return "::WireTest::NodeFailure" }

func (v *NodeFailure) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::NodeFailure", -1, false)
	e.Int(v.Code)
	e.Value(v.Node)
	e.EndSlice()
	v.Failure.IceWrite(e)
}

func (v *NodeFailure) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.Code = d.Int()
	wire.ReadValue(d, &v.Node)
	d.EndSlice()
	v.Failure.IceRead(d)
}

func (v *NodeFailure) IceUsesClasses() bool { return true }
func (v *NodeFailure) Error() string        { return wire.Describe(v) }

func (v *NodeFailure) Unwrap() error { return &v.Failure }

type OptionalFailure struct {
	Failure
	Hint  wire.Optional[string]
	About wire.Optional[AnyBase]
}

func (*OptionalFailure) IceTypeID() string { return "::WireTest::OptionalFailure" }

func (v *OptionalFailure) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::OptionalFailure", -1, false)
	if x, ok := v.Hint.Get(); ok && e.Optional(5, wire.OptVSize) {
		e.String(x)
	}
	if x, ok := v.About.Get(); ok && e.Optional(6, wire.OptClass) {
		e.Value(x)
	}
	e.EndSlice()
	v.Failure.IceWrite(e)
}

func (v *OptionalFailure) IceRead(d *wire.Decoder) {
	d.StartSlice()
	if d.Optional(5, wire.OptVSize) {
		*v.Hint.Ptr() = d.String()
	}
	if d.Optional(6, wire.OptClass) {
		wire.ReadValue(d, v.About.Ptr())
	}
	d.EndSlice()
	v.Failure.IceRead(d)
}

func (v *OptionalFailure) IceUsesClasses() bool { return false }
func (v *OptionalFailure) Error() string        { return wire.Describe(v) }

func (v *OptionalFailure) Unwrap() error { return &v.Failure }

type KeptFailure struct {
	wire.Preserved
	Kept string
}

func (*KeptFailure) IceTypeID() string { return "::WireTest::KeptFailure" }

func (v *KeptFailure) IceWrite(e *wire.Encoder) {
	e.StartSlice("::WireTest::KeptFailure", -1, true)
	e.String(v.Kept)
	e.EndSlice()
}

func (v *KeptFailure) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.Kept = d.String()
	d.EndSlice()
}

func (v *KeptFailure) IceUsesClasses() bool { return false }
func (v *KeptFailure) Error() string        { return wire.Describe(v) }

func init() {
	wire.RegisterClass("::WireTest::Base", -1, func() wire.Value { return new(Base) })
	wire.RegisterClass("::WireTest::Derived", -1, func() wire.Value { return new(Derived) })
	wire.RegisterClass("::WireTest::Empty", -1, func() wire.Value { return wire.NewDistinct[Empty]() })
	wire.RegisterClass("::WireTest::Compact", 7, func() wire.Value { return new(Compact) })
	wire.RegisterClass("::WireTest::CompactDerived", 300, func() wire.Value { return new(CompactDerived) })
	wire.RegisterClass("::WireTest::Node", -1, func() wire.Value { return new(Node) })
	wire.RegisterClass("::WireTest::Kept", -1, func() wire.Value { return new(Kept) })
	wire.RegisterClass("::WireTest::KeptKnown", -1, func() wire.Value { return new(KeptKnown) })
	wire.RegisterClass("::WireTest::Optionals", -1, func() wire.Value { return new(Optionals) })
	wire.RegisterClass("::WireTest::OptionalsDerived", -1, func() wire.Value { return new(OptionalsDerived) })
	wire.RegisterException("::WireTest::Failure", func() wire.UserException { return new(Failure) })
	wire.RegisterException("::WireTest::NodeFailure", func() wire.UserException { return new(NodeFailure) })
	wire.RegisterException("::WireTest::OptionalFailure", func() wire.UserException { return new(OptionalFailure) })
	wire.RegisterException("::WireTest::KeptFailure", func() wire.UserException { return new(KeptFailure) })
}
