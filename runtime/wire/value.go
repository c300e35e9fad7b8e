package wire

// Value is an instance of a Slice class. Generated classes implement it with pointer receivers.
type Value interface {
	// IceTypeID gives the most derived Slice type id, like "::omero::model::Image".
	IceTypeID() string
	// IceWrite writes the slices of the instance, the most derived first.
	IceWrite(*Encoder)
	// IceRead reads what IceWrite writes.
	IceRead(*Decoder)
}

// UserException is a Slice exception. Generated exceptions implement it with pointer receivers.
type UserException interface {
	error
	// IceTypeID gives the most derived Slice type id.
	IceTypeID() string
	// IceUsesClasses says whether a member holds class instances; encoding 1.0 sends that as a flag.
	IceUsesClasses() bool
	// IceWrite writes the slices of the exception, the most derived first.
	IceWrite(*Encoder)
	// IceRead reads what IceWrite writes.
	IceRead(*Decoder)
}

// UnknownSlice is a slice of an instance or exception whose type is not known here, kept as it came.
type UnknownSlice struct {
	TypeID       string  // empty if the sender gave a compact id only
	CompactID    int32   // -1 without one
	Bytes        []byte  // the encoded members, without the end marker of the optionals
	Instances    []Value // what the slice's class references refer to, in the order of its indirection table
	HasOptionals bool    // whether optional members are among Bytes
	IsLast       bool    // whether it is the root of the inheritance
}

// Preserved holds slices that a receiver did not know, so that they can be sent on unchanged. A class or
// exception with the metadata preserve-slice embeds it. Only the sliced format of encoding 1.1 carries such slices.
type Preserved struct{ slices []*UnknownSlice }

// IceUnknownSlices gives the slices of more derived types that came with the instance, the most derived first.
func (p *Preserved) IceUnknownSlices() []*UnknownSlice { return p.slices }

func (p *Preserved) icePreserved() *Preserved { return p }

type preserver interface{ icePreserved() *Preserved }

// UnknownSlicedValue stands for an instance of which no slice's type is known. It can be sent on in the
// sliced format of encoding 1.1, and arrives there as it was.
type UnknownSlicedValue struct {
	Preserved
	typeID string
}

// IceTypeID gives the most derived type id of the instance as its sender knows it. If the sender
// used a compact id, it is that number in decimal.
func (v *UnknownSlicedValue) IceTypeID() string { return v.typeID }

// IceWrite fails unless the unknown slices could be sent on.
func (v *UnknownSlicedValue) IceWrite(e *Encoder) {
	if !e.v11 || e.format != SlicedFormat {
		e.failf("an instance of the unknown class %s can only be sent in the sliced format of encoding 1.1", v.typeID)
	}
}

// IceRead has nothing to read: no slice is known.
func (v *UnknownSlicedValue) IceRead(*Decoder) {}
