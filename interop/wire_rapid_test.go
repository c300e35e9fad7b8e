package interop

import (
	"encoding/hex"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

// TestWireRapid sends values of all types, made at random, to Ice and back. What comes back is what was sent, and the
// same bytes wherever the encoding leaves no choice.
func TestWireRapid(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	c := startCodec(t)
	for name, draw := range map[string]func(*rapid.T) any{
		"echoPrimitives/rapid":   func(t *rapid.T) any { return ptr(primitives().Draw(t, "v")) },
		"echoSequences/rapid":    drawSequences,
		"echoDictionaries/rapid": drawDictionaries,
		"echoNodes/rapid":        drawNodes,
		"echoNodesSliced/rapid":  drawNodes,
		"echoValue/rapid":        drawOptionals,
		"echoValueSliced/rapid":  drawOptionals,
		"throwCompact/rapid":     drawFailure,
		"throwSliced/rapid":      drawFailure,
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				value := draw(t)
				for _, v := range encodings {
					ours, err := sample.Encode(name, v, value)
					require.NoError(t, err)
					back, err := c.echo(name, v, ours)
					require.NoError(t, err)
					if v == wire.Encoding11 {
						require.Equal(t, hex.EncodeToString(ours), hex.EncodeToString(back))
					} else {
						require.Len(t, back, len(ours))
					}
					again, err := sample.Decode(name, back)
					require.NoError(t, err)
					want := value
					if v == wire.Encoding10 {
						want = sample.In10(value)
					}
					// The compact format of 1.1 has one form for each value, graphs with their identities included.
					require.Equal(t, canonical(t, name, want), canonical(t, name, again))
				}
			})
		})
	}
}

func canonical(t *rapid.T, name string, v any) string {
	b, err := sample.Encode(name, wire.Encoding11, v)
	require.NoError(t, err)
	return hex.EncodeToString(b)
}

func ptr[T any](v T) *T { return &v }

func numbers[T ~int16 | ~int32 | ~int64](least, most T) *rapid.Generator[T] {
	return rapid.Custom(func(t *rapid.T) T {
		return T(rapid.OneOf(rapid.Int64Range(int64(least), int64(most)), rapid.SampledFrom([]int64{0, 1, -1, int64(least), int64(most)})).Draw(t, "n"))
	})
}

var (
	shorts  = numbers[int16](math.MinInt16, math.MaxInt16)
	ints    = numbers[int32](math.MinInt32, math.MaxInt32)
	longs   = numbers[int64](math.MinInt64, math.MaxInt64)
	floats  = rapid.Float32()
	doubles = rapid.Float64()
	texts   = rapid.OneOf(rapid.String(), rapid.StringN(250, 260, -1))
	bytes   = rapid.Byte()
	bools   = rapid.Bool()
)

func list[T any](g *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.OneOf(rapid.SliceOfN(g, 0, 8), rapid.SliceOfN(g, 253, 257))
}

func primitives() *rapid.Generator[sample.Primitives] {
	return rapid.Custom(func(t *rapid.T) sample.Primitives {
		return sample.Primitives{B: bools.Draw(t, "b"), Y: bytes.Draw(t, "y"), S: shorts.Draw(t, "s"), I: ints.Draw(t, "i"), L: longs.Draw(t, "l"),
			F: floats.Draw(t, "f"), D: doubles.Draw(t, "d"), T: texts.Draw(t, "t")}
	})
}

func plain() *rapid.Generator[sample.Plain] {
	return rapid.Custom(func(t *rapid.T) sample.Plain {
		return sample.Plain{X: doubles.Draw(t, "x"), N: longs.Draw(t, "n"), I: ints.Draw(t, "i"), S: shorts.Draw(t, "s"), B: bytes.Draw(t, "b"), C: bytes.Draw(t, "c")}
	})
}

func keys() *rapid.Generator[sample.Key] {
	return rapid.Custom(func(t *rapid.T) sample.Key {
		return sample.Key{I: int32(rapid.IntRange(-2, 2).Draw(t, "i")), S: rapid.StringN(0, 2, -1).Draw(t, "s")}
	})
}

func drawSequences(t *rapid.T) any {
	short := rapid.SliceOfN(texts, 0, 3)
	return &sample.Sequences{
		Bools: list(bools).Draw(t, "bools"), Bytes: list(bytes).Draw(t, "bytes"), Shorts: list(shorts).Draw(t, "shorts"), Ints: list(ints).Draw(t, "ints"),
		Longs: list(longs).Draw(t, "longs"), Floats: list(floats).Draw(t, "floats"), Doubles: list(doubles).Draw(t, "doubles"), Strings: short.Draw(t, "strings"),
		Structs: rapid.SliceOfN(primitives(), 0, 3).Draw(t, "structs"), Plain: list(plain()).Draw(t, "plain"), Nested: rapid.SliceOfN(short, 0, 3).Draw(t, "nested"),
		Enums: list(rapid.SampledFrom([]sample.E128{0, sample.E128Max})).Draw(t, "enums"),
	}
}

func drawDictionaries(t *rapid.T) any {
	text := rapid.StringN(0, 4, -1)
	intDict := rapid.MapOfN(ints, text, 0, 5)
	return &sample.Dictionaries{
		Bools: rapid.MapOfN(bools, text, 0, 2).Draw(t, "bools"), Bytes: rapid.MapOfN(bytes, text, 0, 5).Draw(t, "bytes"),
		Shorts: rapid.MapOfN(shorts, text, 0, 5).Draw(t, "shorts"), Ints: intDict.Draw(t, "ints"), Longs: rapid.MapOfN(longs, text, 0, 5).Draw(t, "longs"),
		Strings: rapid.MapOfN(texts, ints, 0, 5).Draw(t, "strings"), Enums: rapid.MapOfN(rapid.SampledFrom([]sample.E127{0, sample.E127Max}), doubles, 0, 2).Draw(t, "enums"),
		Keys: rapid.MapOfN(keys(), keys(), 0, 6).Draw(t, "keys"), Nested: rapid.MapOfN(text, intDict, 0, 3).Draw(t, "nested"),
	}
}

// drawNodes makes a graph: nodes that refer to any of them, itself included.
func drawNodes(t *rapid.T) any {
	nodes := make([]*sample.Node, rapid.IntRange(0, 12).Draw(t, "nodes"))
	for i := range nodes {
		nodes[i] = &sample.Node{Id: int32(i)}
	}
	bases := []sample.AnyBase{nil, &sample.Base{S: "b"}, &sample.Derived{Base: sample.Base{S: "d"}, I: 1}, &sample.Derived{I: 2}}
	empties := []*sample.Empty{nil, wire.NewDistinct[sample.Empty](), wire.NewDistinct[sample.Empty]()}
	node := rapid.Custom(func(t *rapid.T) *sample.Node {
		if i := rapid.IntRange(-1, len(nodes)-1).Draw(t, "node"); i >= 0 {
			return nodes[i]
		}
		return nil
	})
	some := rapid.SliceOfN(node, 0, 4)
	base, empty := rapid.SampledFrom(bases), rapid.SampledFrom(empties)
	text := rapid.StringN(0, 3, -1)
	for _, n := range nodes {
		n.Label = text.Draw(t, "label")
		n.Next = node.Draw(t, "next")
		n.Children = some.Draw(t, "children")
		n.Named = rapid.MapOfN(text, node, 0, 3).Draw(t, "named")
		n.Any = base.Draw(t, "any")
		n.None = empty.Draw(t, "none")
		n.Lists = rapid.MapOfN(ints, some, 0, 2).Draw(t, "lists")
		for range rapid.IntRange(0, 2).Draw(t, "pairs") {
			n.Pairs = append(n.Pairs, sample.NodePair{Left: node.Draw(t, "left"), Right: base.Draw(t, "right")})
		}
		switch rapid.IntRange(0, 3).Draw(t, "value") {
		case 0:
			n.Value = node.Draw(t, "value node") // perhaps a nil pointer in an interface
		case 1:
			n.Value = base.Draw(t, "value base")
		case 2:
			n.Value = empty.Draw(t, "value empty")
		}
	}
	return some.Draw(t, "list")
}

func maybe[T any](t *rapid.T, g *rapid.Generator[T], name string) wire.Optional[T] {
	if bools.Draw(t, name+" set") {
		return wire.Some(g.Draw(t, name))
	}
	return wire.None[T]()
}

func drawOptionals(t *rapid.T) any {
	graph := drawNodes(t).([]*sample.Node)
	named := map[string]*sample.Node{}
	for _, n := range graph {
		named[texts.Draw(t, "name")] = n
	}
	text := rapid.StringN(0, 4, -1)
	o := sample.Optionals{
		A: ints.Draw(t, "a"), Z: text.Draw(t, "z"), B: maybe(t, bools, "b"), S: maybe(t, shorts, "s"), I: maybe(t, ints, "i"), L: maybe(t, longs, "l"),
		F: maybe(t, floats, "f"), D: maybe(t, doubles, "d"), T: maybe(t, texts, "t"), E: maybe(t, rapid.SampledFrom([]sample.E128{0, sample.E128Max}), "e"),
		P: maybe(t, plain(), "p"), V: maybe(t, primitives(), "v"), Bytes: maybe(t, list(bytes), "bytes"), Ints: maybe(t, list(ints), "ints"),
		Strings: maybe(t, rapid.SliceOfN(texts, 0, 3), "strings"), Plains: maybe(t, list(plain()), "plains"), Dict: maybe(t, rapid.MapOfN(ints, text, 0, 3), "dict"),
		Y: maybe(t, bytes, "y"), Base: maybe(t, rapid.SampledFrom([]sample.AnyBase{nil, &sample.Base{S: "x"}}), "base"),
		Nodes: maybe(t, rapid.Just(graph), "nodes"), Named: maybe(t, rapid.Just(named), "named"), Shorts: maybe(t, rapid.MapOfN(shorts, text, 0, 3), "shorts"),
	}
	if bools.Draw(t, "derived") {
		return &sample.OptionalsDerived{Optionals: o, End: text.Draw(t, "end"), Again: maybe(t, ints, "again")}
	}
	return &o
}

func drawFailure(t *rapid.T) any {
	f := sample.Failure{Reason: texts.Draw(t, "reason")}
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		return &f
	case 1:
		x := &sample.NodeFailure{Failure: f, Code: ints.Draw(t, "code")}
		if graph := drawNodes(t).([]*sample.Node); len(graph) > 0 {
			x.Node = graph[0]
		}
		return x
	}
	return &sample.OptionalFailure{Failure: f, Hint: maybe(t, texts, "hint"), About: maybe(t, rapid.Just[sample.AnyBase](&sample.Base{S: "a"}), "about")}
}
