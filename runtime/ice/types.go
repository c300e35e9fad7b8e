package ice

import (
	"fmt"

	"github.com/slice2go/slice2go/runtime/wire"
)

// Identity names an object within its adapter. Its string form is given by [IdentityToString].
type Identity = wire.Identity

// EncodingVersion is a version of the encoding, 1.0 or 1.1.
type EncodingVersion = wire.Version

// ProtocolVersion is a version of the protocol, always 1.0.
type ProtocolVersion = wire.Version

// Versions of the encoding.
var (
	Encoding10 = wire.Encoding10
	Encoding11 = wire.Encoding11
)

// Context is a request context: what travels with a request beside its parameters.
type Context = map[string]string

// Value is what every instance of a Slice class is.
type Value = wire.Value

// UserException is what every Slice exception is.
type UserException = wire.UserException

// UnknownSlicedValue stands for an instance of a class that is not known here.
type UnknownSlicedValue = wire.UnknownSlicedValue

// Optional is an optional parameter or member.
type Optional[T any] = wire.Optional[T]

// Some gives an Optional that holds v.
func Some[T any](v T) Optional[T] { return wire.Some(v) }

// None gives an Optional that holds nothing.
func None[T any]() Optional[T] { return wire.None[T]() }

// OperationMode says what a server may assume of an operation, and whether a lost call may be repeated.
type OperationMode int32

// The modes. Nonmutating is how older definitions say Idempotent.
const (
	Normal OperationMode = iota
	Nonmutating
	Idempotent
)

// String gives the enumerator as Slice names it.
func (m OperationMode) String() string {
	switch m {
	case Normal:
		return "Normal"
	case Nonmutating:
		return "Nonmutating"
	case Idempotent:
		return "Idempotent"
	}
	return fmt.Sprintf("OperationMode(%d)", int32(m))
}

// Valid reports whether m is one of the three.
func (m OperationMode) Valid() bool { return m >= Normal && m <= Idempotent }

// InvocationMode says how requests on a proxy are sent; see [Twoway] and its relatives.
type InvocationMode byte

// The modes, by their numbers on the wire.
const (
	ModeTwoway        = InvocationMode(wire.ModeTwoway)
	ModeOneway        = InvocationMode(wire.ModeOneway)
	ModeBatchOneway   = InvocationMode(wire.ModeBatchOneway)
	ModeDatagram      = InvocationMode(wire.ModeDatagram)
	ModeBatchDatagram = InvocationMode(wire.ModeBatchDatagram)
)

// String returns the name as the manual has it, such as "batch oneway".
func (m InvocationMode) String() string {
	names := [...]string{"twoway", "oneway", "batch oneway", "datagram", "batch datagram"}
	if int(m) < len(names) {
		return names[m]
	}
	return fmt.Sprintf("InvocationMode(%d)", byte(m))
}

// EndpointSelection says in which order the endpoints of a proxy are tried.
type EndpointSelection byte

// Random order, which spreads clients over servers, or the order in the proxy. See the manual's "Connection Establishment".
const (
	Random EndpointSelection = iota
	Ordered
)

// String gives the name as the property Ice.Default.EndpointSelection has it.
func (s EndpointSelection) String() string {
	if s == Ordered {
		return "Ordered"
	}
	return "Random"
}
