// Package bench has Bench.ice in the shape of generated Go, and values of it like those that an OMERO server sends.
package bench

import "github.com/slice2go/slice2go/runtime/wire"

// Classes in the shape of generated code: boxed values, a base with details, and two that refer to each other.

type RType struct{}

func (v *RType) AsRType() *RType { return v }
func (*RType) IceTypeID() string { return "::Bench::RType" }
func (v *RType) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Bench::RType", -1, true)
	e.EndSlice()
}
func (v *RType) IceRead(d *wire.Decoder) {
	d.StartSlice()
	d.EndSlice()
}

type RLong struct {
	RType
	Val int64
}

func (*RLong) IceTypeID() string { return "::Bench::RLong" }
func (v *RLong) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Bench::RLong", -1, false)
	e.Long(v.Val)
	e.EndSlice()
	v.RType.IceWrite(e)
}
func (v *RLong) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.Val = d.Long()
	d.EndSlice()
	v.RType.IceRead(d)
}

type RInt struct {
	RType
	Val int32
}

func (*RInt) IceTypeID() string { return "::Bench::RInt" }
func (v *RInt) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Bench::RInt", -1, false)
	e.Int(v.Val)
	e.EndSlice()
	v.RType.IceWrite(e)
}
func (v *RInt) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.Val = d.Int()
	d.EndSlice()
	v.RType.IceRead(d)
}

type RString struct {
	RType
	Val string
}

func (*RString) IceTypeID() string { return "::Bench::RString" }
func (v *RString) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Bench::RString", -1, false)
	e.String(v.Val)
	e.EndSlice()
	v.RType.IceWrite(e)
}
func (v *RString) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.Val = d.String()
	d.EndSlice()
	v.RType.IceRead(d)
}

type RTime struct {
	RType
	Val int64
}

func (*RTime) IceTypeID() string { return "::Bench::RTime" }
func (v *RTime) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Bench::RTime", -1, false)
	e.Long(v.Val)
	e.EndSlice()
	v.RType.IceWrite(e)
}
func (v *RTime) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.Val = d.Long()
	d.EndSlice()
	v.RType.IceRead(d)
}

type RDouble struct {
	RType
	Val float64
}

func (*RDouble) IceTypeID() string { return "::Bench::RDouble" }
func (v *RDouble) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Bench::RDouble", -1, false)
	e.Double(v.Val)
	e.EndSlice()
	v.RType.IceWrite(e)
}
func (v *RDouble) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.Val = d.Double()
	d.EndSlice()
	v.RType.IceRead(d)
}

type Details struct {
	Owner, Group     *RLong
	Created, Updated *RTime
	Permissions      *RString
}

func (*Details) IceTypeID() string { return "::Bench::Details" }
func (v *Details) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Bench::Details", -1, true)
	e.Value(v.Owner)
	e.Value(v.Group)
	e.Value(v.Created)
	e.Value(v.Updated)
	e.Value(v.Permissions)
	e.EndSlice()
}
func (v *Details) IceRead(d *wire.Decoder) {
	d.StartSlice()
	wire.ReadValue(d, &v.Owner)
	wire.ReadValue(d, &v.Group)
	wire.ReadValue(d, &v.Created)
	wire.ReadValue(d, &v.Updated)
	wire.ReadValue(d, &v.Permissions)
	d.EndSlice()
}

type IObject struct {
	Id      *RLong
	Details *Details
	Loaded  bool
}

func (*IObject) IceTypeID() string { return "::Bench::IObject" }
func (v *IObject) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Bench::IObject", -1, true)
	e.Value(v.Id)
	e.Value(v.Details)
	e.Bool(v.Loaded)
	e.EndSlice()
}
func (v *IObject) IceRead(d *wire.Decoder) {
	d.StartSlice()
	wire.ReadValue(d, &v.Id)
	wire.ReadValue(d, &v.Details)
	v.Loaded = d.Bool()
	d.EndSlice()
}

type Image struct {
	IObject
	Version                               *RInt
	Name, Description                     *RString
	AcquisitionDate                       *RTime
	Series                                *RInt
	FilesetId, InstrumentId, ExperimentId *RLong
	Temperature, Pressure                 *RDouble
	Format                                *RString
	Archived                              *RInt
	Pixels                                []*Pixels
}

func (*Image) IceTypeID() string { return "::Bench::Image" }
func (v *Image) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Bench::Image", -1, false)
	e.Value(v.Version)
	e.Value(v.Name)
	e.Value(v.Description)
	e.Value(v.AcquisitionDate)
	e.Value(v.Series)
	e.Value(v.FilesetId)
	e.Value(v.InstrumentId)
	e.Value(v.ExperimentId)
	e.Value(v.Temperature)
	e.Value(v.Pressure)
	e.Value(v.Format)
	e.Value(v.Archived)
	wire.WriteValues(e, v.Pixels)
	e.EndSlice()
	v.IObject.IceWrite(e)
}
func (v *Image) IceRead(d *wire.Decoder) {
	d.StartSlice()
	wire.ReadValue(d, &v.Version)
	wire.ReadValue(d, &v.Name)
	wire.ReadValue(d, &v.Description)
	wire.ReadValue(d, &v.AcquisitionDate)
	wire.ReadValue(d, &v.Series)
	wire.ReadValue(d, &v.FilesetId)
	wire.ReadValue(d, &v.InstrumentId)
	wire.ReadValue(d, &v.ExperimentId)
	wire.ReadValue(d, &v.Temperature)
	wire.ReadValue(d, &v.Pressure)
	wire.ReadValue(d, &v.Format)
	wire.ReadValue(d, &v.Archived)
	v.Pixels = wire.ReadValues[*Pixels](d)
	d.EndSlice()
	v.IObject.IceRead(d)
}

type Pixels struct {
	IObject
	SizeX, SizeY, SizeZ, SizeC, SizeT           *RInt
	PhysicalSizeX, PhysicalSizeY, PhysicalSizeZ *RDouble
	PixelsType, Sha1                            *RString
	SignificantBits                             *RInt
	Owner                                       *Image
}

func (*Pixels) IceTypeID() string { return "::Bench::Pixels" }
func (v *Pixels) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Bench::Pixels", -1, false)
	e.Value(v.SizeX)
	e.Value(v.SizeY)
	e.Value(v.SizeZ)
	e.Value(v.SizeC)
	e.Value(v.SizeT)
	e.Value(v.PhysicalSizeX)
	e.Value(v.PhysicalSizeY)
	e.Value(v.PhysicalSizeZ)
	e.Value(v.PixelsType)
	e.Value(v.Sha1)
	e.Value(v.SignificantBits)
	e.Value(v.Owner)
	e.EndSlice()
	v.IObject.IceWrite(e)
}
func (v *Pixels) IceRead(d *wire.Decoder) {
	d.StartSlice()
	wire.ReadValue(d, &v.SizeX)
	wire.ReadValue(d, &v.SizeY)
	wire.ReadValue(d, &v.SizeZ)
	wire.ReadValue(d, &v.SizeC)
	wire.ReadValue(d, &v.SizeT)
	wire.ReadValue(d, &v.PhysicalSizeX)
	wire.ReadValue(d, &v.PhysicalSizeY)
	wire.ReadValue(d, &v.PhysicalSizeZ)
	wire.ReadValue(d, &v.PixelsType)
	wire.ReadValue(d, &v.Sha1)
	wire.ReadValue(d, &v.SignificantBits)
	wire.ReadValue(d, &v.Owner)
	d.EndSlice()
	v.IObject.IceRead(d)
}

// Point is a plain struct: three doubles.
type Point struct{ X, Y, Z float64 }

func (p *Point) IceWrite(e *wire.Encoder) {
	e.Double(p.X)
	e.Double(p.Y)
	e.Double(p.Z)
}
func (p *Point) IceRead(d *wire.Decoder) {
	p.X = d.Double()
	p.Y = d.Double()
	p.Z = d.Double()
}

func init() {
	wire.RegisterClass("::Bench::RType", -1, func() wire.Value { return new(RType) })
	wire.RegisterClass("::Bench::RLong", -1, func() wire.Value { return new(RLong) })
	wire.RegisterClass("::Bench::RInt", -1, func() wire.Value { return new(RInt) })
	wire.RegisterClass("::Bench::RString", -1, func() wire.Value { return new(RString) })
	wire.RegisterClass("::Bench::RTime", -1, func() wire.Value { return new(RTime) })
	wire.RegisterClass("::Bench::RDouble", -1, func() wire.Value { return new(RDouble) })
	wire.RegisterClass("::Bench::Details", -1, func() wire.Value { return new(Details) })
	wire.RegisterClass("::Bench::IObject", -1, func() wire.Value { return new(IObject) })
	wire.RegisterClass("::Bench::Image", -1, func() wire.Value { return new(Image) })
	wire.RegisterClass("::Bench::Pixels", -1, func() wire.Value { return new(Pixels) })
}
