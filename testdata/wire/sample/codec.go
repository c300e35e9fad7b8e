package sample

import (
	"fmt"
	"strings"

	"github.com/slice2go/slice2go/runtime/wire"
)

// OptionalParams are the parameters of the operation echoOptionals.
type OptionalParams struct {
	A    int32
	Nine wire.Optional[string]
	Two  wire.Optional[AnyBase]
	Four wire.Optional[[]int32]
}

func (p *OptionalParams) write(e *wire.Encoder) {
	e.Int(p.A)
	writeBase(e, 2, p.Two)
	writeInts(e, 4, p.Four)
	writeString(e, 9, p.Nine)
}

func (p *OptionalParams) read(d *wire.Decoder) {
	p.A = d.Int()
	if d.Optional(2, wire.OptClass) {
		wire.ReadValue(d, p.Two.Ptr())
	}
	if d.Optional(4, wire.OptVSize) {
		d.SkipSize()
		*p.Four.Ptr() = d.Ints()
	}
	if d.Optional(9, wire.OptVSize) {
		*p.Nine.Ptr() = d.String()
	}
}

// WriteResult writes what echoOptionals answers to the parameters.
func (p *OptionalParams) WriteResult(e *wire.Encoder) {
	e.Int(p.A)
	writeString(e, 1, p.Nine)
	writeString(e, 3, p.Nine)
	writeBase(e, 7, p.Two)
	writeInts(e, 300, p.Four)
}

func writeString(e *wire.Encoder, tag int, v wire.Optional[string]) {
	if x, ok := v.Get(); ok && e.Optional(tag, wire.OptVSize) {
		e.String(x)
	}
}

func writeBase(e *wire.Encoder, tag int, v wire.Optional[AnyBase]) {
	if x, ok := v.Get(); ok && e.Optional(tag, wire.OptClass) {
		e.Value(x)
	}
}

func writeInts(e *wire.Encoder, tag int, v wire.Optional[[]int32]) {
	if x, ok := v.Get(); ok && e.Optional(tag, wire.OptVSize) {
		e.Size(wire.SeqSize(len(x), 4))
		e.Ints(x)
	}
}

// Format gives the format that the operation of a case uses.
func Format(name string) wire.Format {
	if strings.Contains(operation(name), "Sliced") {
		return wire.SlicedFormat
	}
	return wire.CompactFormat
}

func operation(name string) string {
	op, _, _ := strings.Cut(name, "/")
	return op
}

// Encode gives the encapsulation of the parameter of the operation in a case's name, or of its exception.
func Encode(name string, version wire.Version, v any) ([]byte, error) {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartEncaps(version, Format(name))
	switch v := v.(type) {
	case wire.UserException:
		wire.WriteException(e, v)
	case []string:
		e.Strings(v)
	case []*Node:
		wire.WriteValues(e, v)
		e.PendingValues()
	case *OptionalParams:
		v.write(e)
	case wire.Value:
		e.Value(v)
		e.PendingValues()
	case interface{ IceWrite(*wire.Encoder) }:
		v.IceWrite(e)
	case nil:
		e.Value(nil)
		e.PendingValues()
	default:
		return nil, fmt.Errorf("sample: %s has a %T", name, v)
	}
	e.EndEncaps()
	return e.Data(), e.Err()
}

// Decode is the reverse of Encode.
func Decode(name string, b []byte) (any, error) {
	d := wire.NewDecoder(b, wire.Encoding10)
	d.StartEncaps()
	var v any
	switch strings.TrimSuffix(operation(name), "Sliced") {
	case "echoEnums":
		v = readStruct[Enums](d)
	case "echoPrimitives":
		v = readStruct[Primitives](d)
	case "echoSequences":
		v = readStruct[Sequences](d)
	case "echoDictionaries":
		v = readStruct[Dictionaries](d)
	case "echoProxies":
		v = readStruct[Proxies](d)
	case "echoStrings":
		v = d.Strings()
	case "echoOptionals":
		p := new(OptionalParams)
		p.read(d)
		v = p
	case "echoNodes":
		v = wire.ReadValues[*Node](d)
		d.PendingValues()
	case "echoValue":
		var x wire.Value
		wire.ReadValue(d, &x)
		d.PendingValues()
		v = x
	case "throwCompact", "throw":
		x, err := wire.ReadException(d)
		if err != nil {
			return nil, err
		}
		v = x
	default:
		return nil, fmt.Errorf("sample: no operation for %s", name)
	}
	if err := d.End(); err != nil {
		return nil, err
	}
	return v, nil
}

func readStruct[T any, P interface {
	*T
	IceRead(*wire.Decoder)
}](d *wire.Decoder) P {
	p := P(new(T))
	p.IceRead(d)
	return p
}
