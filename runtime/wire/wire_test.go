package wire_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/bench"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

func TestOptional(t *testing.T) {
	o := wire.None[string]()
	assert.False(t, o.IsSet())
	assert.Equal(t, "else", o.Or("else"))
	*o.Ptr() = "x"
	v, ok := o.Get()
	assert.True(t, ok)
	assert.Equal(t, "x", v)
	assert.Equal(t, wire.Some("x"), o)
	assert.Equal(t, "x", o.Or("else"))
}

// TestIdentity checks what makes two references one instance: type and address.
func TestIdentity(t *testing.T) {
	im := &bench.Image{}
	for _, f := range formats {
		count := func(write func(e *wire.Encoder), n int) []wire.Value {
			b := encode(t, f.version, f.format, func(e *wire.Encoder) {
				write(e)
				e.PendingValues()
			})
			return decode(t, b, func(d *wire.Decoder) []wire.Value {
				list := make([]wire.Value, n)
				for i := range list {
					wire.ReadValue(d, &list[i])
				}
				d.PendingValues()
				return list
			})
		}
		// An image and its base have one address, and are two instances.
		list := count(func(e *wire.Encoder) {
			e.Value(im)
			e.Value(&im.IObject)
			e.Value(im)
		}, 3)
		assert.IsType(t, im, list[0])
		assert.IsType(t, &im.IObject, list[1])
		assert.Same(t, list[0], list[2])

		// Instances without size have addresses of their own if made for it.
		a, b := wire.NewDistinct[sample.Empty](), wire.NewDistinct[sample.Empty]()
		list = count(func(e *wire.Encoder) {
			e.Value(a)
			e.Value(b)
			e.Value(a)
		}, 3)
		assert.NotSame(t, list[0], list[1])
		assert.Same(t, list[0], list[2])

		// Nothing and a nil pointer are null.
		list = count(func(e *wire.Encoder) {
			e.Value(nil)
			e.Value((*bench.Image)(nil))
		}, 2)
		assert.Equal(t, []wire.Value{nil, nil}, list)
	}
	assert.NotSame(t, wire.NewDistinct[bench.RInt](), wire.NewDistinct[bench.RInt]())
}

func TestEncapsulations(t *testing.T) {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartEncaps(wire.Encoding11, wire.SlicedFormat)
	shared := &sample.Base{S: "x"}
	e.Value(shared)
	e.StartEncaps(wire.Encoding10, wire.DefaultFormat) // with a graph of its own
	e.Value(shared)
	e.PendingValues()
	e.EndEncaps()
	e.EmptyEncaps(wire.Encoding10)
	e.Encaps(wire.Version{Major: 7, Minor: 3}, []byte("opaque"))
	e.Value(shared)
	e.EndEncaps()
	require.NoError(t, e.Err())

	d := wire.NewDecoder(e.Data(), wire.Encoding10)
	assert.Equal(t, wire.Encoding11, d.StartEncaps())
	var outer, inner, again wire.Value
	wire.ReadValue(d, &outer)
	assert.Equal(t, wire.Encoding10, d.StartEncaps())
	assert.Equal(t, wire.Encoding10, d.Encoding())
	wire.ReadValue(d, &inner)
	d.PendingValues()
	d.EndEncaps()
	assert.Equal(t, wire.Encoding11, d.Encoding())
	assert.Equal(t, wire.Encoding10, d.StartEncaps())
	assert.Zero(t, d.Remaining())
	d.EndEncaps()
	v, data := d.Encaps()
	assert.Equal(t, wire.Version{Major: 7, Minor: 3}, v)
	assert.Equal(t, "opaque", string(data))
	wire.ReadValue(d, &again)
	require.NoError(t, d.End())
	assert.Equal(t, shared, outer)
	assert.Equal(t, outer, inner)
	assert.NotSame(t, outer, inner)
	assert.Same(t, outer, again)
}

// TestPooled uses one Encoder and Decoder for many messages, also after errors: nothing is left from one to the next.
func TestPooled(t *testing.T) {
	golden := goldenBytes(t)
	for range 3 {
		for _, c := range sample.Cases() {
			if c.Sliced || c.Opaque {
				continue
			}
			for _, v := range []wire.Version{wire.Encoding10, wire.Encoding11} {
				_, err := sample.Decode(c.Name, golden[c.Key(v)])
				require.NoError(t, err)
			}
		}
		e := wire.AcquireEncoder()
		e.StartEncaps(wire.Encoding11, wire.SlicedFormat)
		e.Value(chainOf(5))
		e.Size(-1)
		require.Error(t, e.Err())
		e.Release()

		e = wire.AcquireEncoder()
		require.NoError(t, e.Err())
		require.Zero(t, e.Len())
		require.Equal(t, wire.Encoding10, e.Encoding())
		e.StartEncaps(wire.Encoding10, wire.DefaultFormat)
		e.Value(&sample.Base{S: "x"})
		e.PendingValues()
		e.EndEncaps()
		b := e.Detach()
		e.Release()

		d := wire.AcquireDecoder(b[:len(b)-3])
		d.StartEncaps()
		require.Error(t, d.Err())
		d.Release()
		d = wire.AcquireDecoder(b)
		d.Env = t
		d.StartEncaps()
		var v sample.AnyBase
		wire.ReadValue(d, &v)
		d.PendingValues()
		require.NoError(t, d.End())
		require.Equal(t, "x", v.AsBase().S)
		d.Release()
	}
}

func TestDefaultFormat(t *testing.T) {
	size := func(f wire.Format) int {
		e := wire.NewEncoder(nil, wire.Encoding10)
		e.SetDefaultFormat(f)
		e.StartEncaps(wire.Encoding11, wire.DefaultFormat)
		e.Value(&sample.Derived{})
		e.EndEncaps()
		require.NoError(t, e.Err())
		return e.Len()
	}
	assert.Equal(t, size(wire.CompactFormat), size(wire.DefaultFormat))
	assert.Greater(t, size(wire.SlicedFormat), size(wire.CompactFormat))
}

func TestExceptions(t *testing.T) {
	x := &sample.NodeFailure{Failure: sample.Failure{Reason: "why"}, Code: 7, Node: &sample.Node{}}
	assert.Equal(t, `::WireTest::NodeFailure{reason: "why", code: 7, node: ::WireTest::Node}`, x.Error())
	assert.Equal(t, `::WireTest::NodeFailure{reason: "", code: 0, node: nil}`, (&sample.NodeFailure{}).Error())
	var base *sample.Failure
	require.True(t, errors.As(x, &base))
	assert.Equal(t, "why", base.Reason)
	assert.Equal(t, `::WireTest::KeptFailure{kept: "k"}`, (&sample.KeptFailure{Kept: "k"}).Error())
	assert.Equal(t, `::WireTest::Failure(nil)`, wire.Describe((*sample.Failure)(nil)))
}

func TestRegistry(t *testing.T) {
	assert.Contains(t, wire.ClassIDs(), "::WireTest::Node")
	assert.IsType(t, &sample.Node{}, wire.NewInstance("::WireTest::Node"))
	assert.Nil(t, wire.NewInstance("::No::Class"))
	wire.RegisterClass("::WireTest::Base", -1, func() wire.Value { return new(sample.Base) }) // the same again does no harm
	assert.PanicsWithValue(t, "ice: class ::WireTest::Base is registered twice, as *sample.Base and as *sample.Derived: import only one of the packages",
		func() { wire.RegisterClass("::WireTest::Base", -1, func() wire.Value { return new(sample.Derived) }) })
	assert.Panics(t, func() { wire.RegisterClass("::WireTest::Base", 7, func() wire.Value { return new(sample.Base) }) })
	assert.Panics(t, func() {
		wire.RegisterException("::WireTest::NodeFailure", func() wire.UserException { return new(sample.Failure) })
	})
}

// TestViews checks that nothing decoded refers to the message, except where it says so.
func TestViews(t *testing.T) {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.Bytes([]byte("first"))
	e.Strings([]string{"a", "second", ""})
	e.Bytes([]byte("view"))
	b := e.Data()
	d := wire.NewDecoder(b, wire.Encoding10)
	first, texts, view := d.Bytes(), d.Strings(), d.BytesView()
	require.NoError(t, d.Err())
	clear(b)
	assert.Equal(t, "first", string(first))
	assert.Equal(t, []string{"a", "second", ""}, texts)
	assert.Equal(t, make([]byte, 4), view)
}

// TestTrailingByte checks that Ice before 3.3 may append a byte to an encapsulation of 1.0.
func TestTrailingByte(t *testing.T) {
	d := wire.NewDecoder(raw(0, 1, "x", 0), wire.Encoding10)
	d.StartEncaps()
	assert.Equal(t, []string{"x"}, d.Strings())
	assert.NoError(t, d.End())
}

type describedKind int32

func (describedKind) String() string { return "red" }

// described is an exception with members of every kind.
type described struct {
	sample.Failure
	Texts    []string
	Pairs    []struct{ Left, Right string }
	Words    map[string]string
	Maybe    wire.Optional[string]
	Missing  wire.Optional[[]string]
	Node     *sample.Node
	Any      wire.Value
	Kind     describedKind
	Bytes    []byte
	Many     []int32
	Nothing  []string
	Fraction float64
}

func (described) IceTypeID() string { return "::X::Described" }

// Describe quotes text wherever in an exception it is, and does not follow references.
func TestDescribe(t *testing.T) {
	node := &sample.Node{}
	node.Next = node
	x := &described{Texts: []string{"\x1b", "b"}, Words: map[string]string{"z\n": "1", "a": "\u202e"}, Maybe: wire.Some("\a"), Node: node,
		Any: node, Bytes: []byte{1, 2}, Many: make([]int32, 33), Fraction: -0.5}
	x.Reason = "why\r"
	x.Pairs = append(x.Pairs, struct{ Left, Right string }{"\xff", "r"})
	assert.Equal(t, `::X::Described{reason: "why\r", texts: ["\x1b" "b"], pairs: [{left: "\xff", right: "r"}], words: map["a":"\u202e" "z\n":"1"], `+
		`maybe: "\a", missing: none, node: ::WireTest::Node, any: ::WireTest::Node, kind: red, bytes: [1 2], many: 33 elements, nothing: [], fraction: -0.5}`,
		wire.Describe(x))
	x.Reason = strings.Repeat("x", 1<<20)
	assert.Less(t, len(wire.Describe(x)), 20_000)
}

func TestPrintable(t *testing.T) {
	for s, want := range map[string]string{
		"":                           "",
		"Grüße, 世界":                  "Grüße, 世界",
		`C:\temp "x"`:                `C:\temp "x"`,
		"a\nb\tc\x00":                `a\nb\tc\x00`,
		"\x1b[2J\u009b1m":            `\x1b[2J\u009b1m`,
		"\u202egnp.exe":              `\u202egnp.exe`,
		"\xff\xfe\ufffd":             `\xff\xfe` + "\ufffd",
		strings.Repeat("x", 16<<10):  strings.Repeat("x", 16<<10),
		strings.Repeat("x", 16385):   strings.Repeat("x", 16<<10) + "... (16385 bytes)",
		strings.Repeat("é", 1+8<<10): strings.Repeat("é", 8<<10) + "... (16386 bytes)",
	} {
		assert.Equal(t, want, wire.Printable(s))
	}
	joined := errors.Join(errors.New("a\n"), errors.Join(errors.New("b"), errors.New("c")))
	assert.Equal(t, `a\n; b; c`, wire.PrintableError(joined))
}

func FuzzPrintable(f *testing.F) {
	f.Add("\x1b\n\xff\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range wire.Printable(s) {
			require.True(t, strconv.IsPrint(r), "%q", r)
		}
	})
}
