package wire_test

import (
	"fmt"

	"github.com/slice2go/slice2go/runtime/wire"
)

// Sample is what slice2go makes of "class Sample { string name; Sample next; }", without comments.
type Sample struct {
	Name string
	Next *Sample
}

func (*Sample) IceTypeID() string { return "::Example::Sample" }

func (v *Sample) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Example::Sample", -1, true)
	e.String(v.Name)
	e.Value(v.Next)
	e.EndSlice()
}

func (v *Sample) IceRead(d *wire.Decoder) {
	d.StartSlice()
	v.Name = d.String()
	wire.ReadValue(d, &v.Next)
	d.EndSlice()
}

func init() { wire.RegisterClass("::Example::Sample", -1, func() wire.Value { return new(Sample) }) }

// An encapsulation holds an instance that refers to itself. It comes back as it went.
func Example() {
	v := &Sample{Name: "circle"}
	v.Next = v

	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartEncaps(wire.Encoding11, wire.DefaultFormat)
	e.Value(v)
	e.PendingValues()
	e.EndEncaps()
	if err := e.Err(); err != nil {
		fmt.Println(err)
		return
	}

	d := wire.NewDecoder(e.Data(), wire.Encoding10)
	d.StartEncaps()
	var back *Sample
	wire.ReadValue(d, &back)
	d.PendingValues()
	if err := d.End(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Len(), "bytes,", back.Name, back.Next == back)
	// Output: 34 bytes, circle true
}

// An error says what was wrong, and where.
func ExampleMarshalError() {
	d := wire.NewDecoder([]byte{200, 'a', 'b', 'c'}, wire.Encoding11)
	fmt.Printf("%q\n", d.String())
	fmt.Println(d.Err())
	// Output:
	// ""
	// ice: cannot read: 200 bytes wanted, 3 left (at byte 1): unexpected end of data
}
