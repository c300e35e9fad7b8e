package wire_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

// deep gives a chain of n nodes in encoding 1.1, written by hand: each refers to the next by what is between before and after
// of its members.
func deep(n int, before, after, rest []byte) []byte {
	var b []byte
	for i := range n {
		head := node(i == 0)
		b = append(b, head[:len(head)-1]...) // without the reference to the next
		b = append(b, before...)
	}
	b = append(b, 0)
	for range n {
		b = append(append(b, after...), rest...)
	}
	return content(1, b)
}

// stack32 is how large a stack may grow on 32 bits.
const stack32 = 250 << 20

// TestDeepChain reads chains that are too deep for the stack under limits that allow them.
func TestDeepChain(t *testing.T) {
	const n = 700_000
	defer debug.SetMaxStack(debug.SetMaxStack(stack32))
	read := func(b []byte) error {
		d := wire.NewDecoder(b, wire.Encoding10)
		d.SetLimits(wire.Limits{ClassDepth: 2 * n})
		d.StartEncaps()
		var v wire.Value
		wire.ReadValue(d, &v)
		return d.End()
	}
	for name, b := range map[string][]byte{
		// What is left of a node behind its reference: an empty sequence and dictionary, three null references, two empty ones, a text.
		"members":      deep(n, nil, nil, fill(8, 0)),
		"dictionaries": deep(n, []byte{0, 0, 1, 0}, nil, fill(6, 0)),
		"skipped":      content(1, append([]byte{1, 0x25, 17}, "::WireTest::Empty"...), fill(n, 2<<3|7, 1, 0x26, 1)),
		"tables":       content(1, append([]byte{1, 0x3d, 17}, "::WireTest::Empty"...), fill(n, 5, 0, 0, 0, 255, 1, 1, 0x3e, 1)),
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, read(b), wire.ErrLimit)
			runtime.GC()
		})
	}
}

// TestDeepest writes and reads what is as deep as it may be, in a stack of the size that it has at most on 32 bits.
func TestDeepest(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(stack32))
	link := map[string]func(*sample.Node, *sample.Node){
		"dictionaries": func(n, next *sample.Node) { n.Lists = map[int32][]*sample.Node{1: {next}} },
		"structs":      func(n, next *sample.Node) { n.Pairs = []sample.NodePair{{Left: next}} },
	}
	for name, link := range link {
		for _, f := range formats[1:] {
			if name == "structs" && f.format == wire.SlicedFormat {
				continue // as the other
			}
			t.Run(name+"/"+f.String(), func(t *testing.T) {
				var first *sample.Node
				for range wire.MaxClassDepth {
					n := &sample.Node{}
					link(n, first)
					first = n
				}
				b := encode(t, f.version, f.format, func(e *wire.Encoder) { e.Value(first) })
				first = nil
				d := wire.NewDecoder(b, wire.Encoding10)
				d.SetLimits(wire.Limits{ClassDepth: 1 << 30})
				d.StartEncaps()
				var v wire.Value
				wire.ReadValue(d, &v)
				require.NoError(t, d.End())
			})
		}
	}
}
