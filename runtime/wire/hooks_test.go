package wire

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hookNode is a class with both hooks.
type hookNode struct {
	name        string
	next, other *hookNode
	written     int
}

func (n *hookNode) IceTypeID() string { return "::Hook::Node" }
func (n *hookNode) IceWrite(e *Encoder) {
	e.StartSlice("::Hook::Node", -1, true)
	e.String(n.name)
	e.Value(n.next)
	e.Value(n.other)
	e.EndSlice()
}
func (n *hookNode) IceRead(d *Decoder) {
	d.StartSlice()
	n.name = d.String()
	ReadValue(d, &n.next)
	ReadValue(d, &n.other)
	d.EndSlice()
}
func (n *hookNode) IcePreMarshal() {
	n.written++
	n.name += "!"
}
func (n *hookNode) IcePostUnmarshal() {
	text := n.name
	for _, m := range []*hookNode{n.next, n.other} {
		if m == nil {
			text += " -"
			continue
		}
		text += " " + m.name
	}
	hookLog = append(hookLog, text)
}

var hookLog []string

func init() { RegisterClass("::Hook::Node", -1, func() Value { return new(hookNode) }) }

// Every instance of a graph with cycles is told once before it is written, and once when the whole graph has been read.
func TestValueHooks(t *testing.T) {
	for _, encoding := range []Version{Encoding10, Encoding11} {
		for _, format := range []Format{CompactFormat, SlicedFormat} {
			t.Run(fmt.Sprint(encoding, format), func(t *testing.T) {
				a, b, c := &hookNode{name: "a"}, &hookNode{name: "b"}, &hookNode{name: "c"}
				a.next, a.other, b.next, b.other, c.next = b, c, c, a, c
				e := NewEncoder(nil, Encoding10)
				e.StartEncaps(encoding, format)
				e.Value(a)
				e.Value(b)
				e.PendingValues()
				e.EndEncaps()
				require.NoError(t, e.Err())
				for _, n := range []*hookNode{a, b, c} {
					assert.Equal(t, 1, n.written, n.name)
				}
				hookLog = nil
				d := NewDecoder(e.Data(), Encoding10)
				d.StartEncaps()
				var x, y *hookNode
				ReadValue(d, &x)
				ReadValue(d, &y)
				d.PendingValues()
				require.NoError(t, d.End())
				assert.Same(t, x.next, y)
				assert.ElementsMatch(t, []string{"a! b! c!", "b! c! a!", "c! c! -"}, hookLog, "every instance sees its references")

				hookLog = nil
				for n := range len(e.Data()) {
					d := NewDecoder(e.Data()[:n], Encoding10)
					d.StartEncaps()
					ReadValue(d, &x)
					d.PendingValues()
					if d.End() != nil && encoding == Encoding10 {
						assert.Empty(t, hookLog, "of a message that cannot be read")
					}
				}
			})
		}
	}
}

// A factory makes the instances of the types that it knows, also of types that are not registered, and leaves the others.
func TestValueFactory(t *testing.T) {
	type special struct{ hookNode }
	for _, encoding := range []Version{Encoding10, Encoding11} {
		for _, sliced := range []bool{false, true} {
			e := NewEncoder(nil, Encoding10)
			e.StartEncaps(encoding, SlicedFormat)
			var v Value = &hookNode{name: "a", next: &hookNode{name: "b"}}
			if sliced {
				v = &derived{hookNode: hookNode{name: "a"}}
			}
			e.Value(v)
			e.PendingValues()
			e.EndEncaps()
			require.NoError(t, e.Err())
			var asked []string
			read := func(known string) Value {
				asked = nil
				d := NewDecoder(e.Data(), Encoding10)
				d.Factory = func(id string) Value {
					asked = append(asked, id)
					switch id {
					case known:
						if id == "::Hook::Derived" {
							return &derived{}
						}
						if sliced {
							return &special{}
						}
						return &hookNode{name: "made"}
					}
					return nil
				}
				d.StartEncaps()
				var got Value
				ReadValue(d, &got)
				d.PendingValues()
				require.NoError(t, d.End())
				return got
			}
			if !sliced {
				assert.IsType(t, &hookNode{}, read(""))
				assert.Equal(t, []string{"::Hook::Node", "::Hook::Node"}, asked)
				read("::Hook::Node")
				continue
			}
			assert.IsType(t, &special{}, read("::Hook::Node"), "the unknown slice is left out, its base is made")
			assert.Equal(t, []string{"::Hook::Derived", "::Hook::Node"}, asked)
			got := read("::Hook::Derived")
			require.IsType(t, &derived{}, got)
			assert.Equal(t, "extra", got.(*derived).extra)
			assert.IsType(t, &hookNode{}, read("none"))
		}
	}
}

// derived is a class that is not registered.
type derived struct {
	hookNode
	extra string
}

func (*derived) IceTypeID() string { return "::Hook::Derived" }
func (n *derived) IceWrite(e *Encoder) {
	e.StartSlice("::Hook::Derived", -1, false)
	e.String("extra")
	e.EndSlice()
	n.hookNode.IceWrite(e)
}
func (n *derived) IceRead(d *Decoder) {
	d.StartSlice()
	n.extra = d.String()
	d.EndSlice()
	n.hookNode.IceRead(d)
}
