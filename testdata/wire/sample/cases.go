package sample

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/slice2go/slice2go/runtime/wire"
)

// Case is a value that the peer knows by the same name.
type Case struct {
	Name  string // operation/name
	Value any    // what is written and read; nil is the null value
	// Sliced says that the peer's value is of a class or exception that is unknown here. Value is then what is left
	// in encoding 1.0 and in the sliced format, nil if nothing.
	Sliced bool
	// Kept says that a value that was sliced in the sliced format goes out as it came.
	Kept bool
	// Opaque says that there is no Value: bytes that were read are to be written the same.
	Opaque bool
}

// AnyOrder says whether the bytes may differ between peers, because encoding 1.0 leaves the order of instances open.
func (c Case) AnyOrder(v wire.Version) bool {
	if v != wire.Encoding10 {
		return false
	}
	_, name, _ := strings.Cut(c.Name, "/")
	switch name {
	case "ring", "shared", "wide", "keptPair", "kept", "optionals", "optionalsDerived", "unknown", "nodes", "node", "compactUnknown":
		return true
	}
	return false
}

func chain(n int) *Node {
	var first *Node
	for i := n; i > 0; i-- {
		first = &Node{Id: int32(i), Next: first, Label: "n" + strconv.Itoa(i)}
	}
	return first
}

func ring() *Node {
	a, b, c := &Node{Id: 1}, &Node{Id: 2}, &Node{Id: 3}
	a.Next, b.Next, c.Next = b, c, a
	a.Children = []*Node{a, b, c, nil, b}
	return a
}

func shared() []*Node {
	b := &Derived{Base{"shared"}, 7}
	n := &Node{Id: 1, Any: b, Value: b, None: wire.NewDistinct[Empty]()}
	n.Named = map[string]*Node{"x": n, "y": nil}
	n.Pairs = []NodePair{{n, b}, {nil, &Base{"own"}}}
	n.Lists = map[int32][]*Node{1: {n, nil}, 2: nil}
	return []*Node{n, {Id: 2, Any: b, None: n.None}, n}
}

func wide() []*Node {
	n := &Node{}
	for i := range 299 {
		n.Children = append(n.Children, &Node{Id: int32(i + 1)})
	}
	return []*Node{n}
}

func optionals() Optionals {
	plain := Plain{1.5, -1, 2, 3, 4, 5}
	return Optionals{
		A: 5, Z: "end",
		B: wire.Some(true), S: wire.Some[int16](-2), I: wire.Some[int32](3), L: wire.Some[int64](1 << 40), F: wire.Some[float32](0.5),
		D: wire.Some(-0.25), T: wire.Some("text"), E: wire.Some(E128Max), P: wire.Some(plain),
		V:     wire.Some(Primitives{true, 255, -1, -1, -1, 1.5, 2.5, "p"}),
		Bytes: wire.Some([]byte{1, 2}), Ints: wire.Some([]int32{1, 2, 3}), Strings: wire.Some([]string{"a", ""}),
		Plains: wire.Some([]Plain{plain}), Dict: wire.Some(map[int32]string{1: "one"}), Y: wire.Some[byte](9),
		Base:  wire.Some[AnyBase](&Derived{Base{"d"}, 1}),
		Nodes: wire.Some([]*Node{{Id: 1}, nil}), Named: wire.Some(map[string]*Node{"n": {Id: 2}}),
		Shorts: wire.Some(map[int16]string{1: "s"}),
	}
}

// Cases gives the table of values. Those of operations with classes are there in the compact and in the sliced format.
func Cases() []Case {
	floats := []float64{0, math.Copysign(0, -1), 1.5, math.Inf(1), math.Inf(-1)}
	floats32 := make([]float32, len(floats))
	for i, f := range floats {
		floats32[i] = float32(f)
	}
	extreme := Primitives{true, 255, math.MinInt16, math.MinInt32, math.MinInt64, -1.5, 1e300, "h\u00e9llo \U0001F600\x00"}
	plain := []Plain{{0.5, -1, 2, -3, 4, 5}}
	var many []string
	for i := range 300 {
		many = append(many, strconv.Itoa(i))
	}
	full := optionals()
	cases := []Case{
		{Name: "echoEnums/least", Value: &Enums{E126: 1}},
		{Name: "echoEnums/most", Value: &Enums{E126Max, E127Max, E128Max, E254Max, E255Max, E32766Max, E32767Max, E32768Max, EMaxMax}},
		{Name: "echoPrimitives/zero", Value: &Primitives{}},
		{Name: "echoPrimitives/extreme", Value: &extreme},
		{Name: "echoStrings/sizes", Value: []string{"", strings.Repeat("x", 254), strings.Repeat("y", 255), strings.Repeat("z", 256)}},
		{Name: "echoStrings/many", Value: many},
		{Name: "echoSequences/empty", Value: &Sequences{}},
		{Name: "echoSequences/some", Value: &Sequences{[]bool{true, false}, []byte{0, 255}, []int16{-1, 2}, []int32{-3, 4}, []int64{-5, 6}, floats32,
			floats, []string{"a", "", "b"}, []Primitives{extreme, {}}, plain, [][]string{{"x"}, nil, {"y", "z"}}, []E128{0, E128Max}}},
		{Name: "echoDictionaries/empty", Value: &Dictionaries{}},
		{Name: "echoDictionaries/some", Value: &Dictionaries{map[bool]string{false: "f", true: "t"}, map[byte]string{1: "one", 200: "large"},
			map[int16]string{-5: "a", 5: "b"}, map[int32]string{-1: "x", 0: "y", 70000: "z"}, map[int64]string{-1 << 40: "l"},
			map[string]int32{"": 0, "A": 1, "a": 2, "\u00e9": 3}, map[E127]float64{0: 0.5, E127Max: 1.5},
			map[Key]Key{{-1, "b"}: {1, "1"}, {1, "a"}: {2, "2"}, {1, "b"}: {3, "3"}}, map[string]map[int32]string{"a": {1: "1"}, "b": nil}}},
		{Name: "echoProxies/null", Value: &Proxies{}},
		{Name: "echoProxies/some", Opaque: true},
		{Name: "echoProxies/opaque", Opaque: true},
		{Name: "echoOptionals/none", Value: &OptionalParams{A: 5}},
		{Name: "echoOptionals/all", Value: &OptionalParams{5, wire.Some("nine"), wire.Some[AnyBase](&Derived{Base{"two"}, 2}), wire.Some([]int32{4, 4})}},
		{Name: "echoOptionals/null", Value: &OptionalParams{5, wire.Some(""), wire.Some[AnyBase](nil), wire.Some[[]int32](nil)}},
		{Name: "echoNodes/empty", Value: []*Node(nil)},
		{Name: "echoNodes/one", Value: []*Node{{Id: 1, Label: "x"}}},
		{Name: "echoNodes/nulls", Value: []*Node{nil, nil}},
		{Name: "echoNodes/chain", Value: []*Node{chain(50)}},
		{Name: "echoNodes/ring", Value: []*Node{ring()}},
		{Name: "echoNodes/shared", Value: shared()},
		{Name: "echoNodes/wide", Value: wide()},
		{Name: "echoValue/null"},
		{Name: "echoValue/derived", Value: &Derived{Base{"base"}, 5}},
		{Name: "echoValue/compact", Value: &CompactDerived{Compact{5}, &Base{"b"}}},
		{Name: "echoValue/empty", Value: &Empty{}},
		{Name: "echoValue/unknown", Sliced: true, Value: &Derived{Base{"s"}, 1}},
		{Name: "echoValue/compactUnknown", Sliced: true, Value: &CompactDerived{Compact{5}, &Base{"b"}}},
		{Name: "echoValue/unknownRoot", Sliced: true, Kept: true},
		{Name: "echoValue/compactUnknownRoot", Sliced: true, Kept: true},
		{Name: "echoValue/kept", Sliced: true, Kept: true, Value: &KeptKnown{Kept{K: 1}, &Kept{K: 2}}},
		{Name: "echoValue/keptPair", Sliced: true, Kept: true},
		{Name: "echoValue/optionals", Value: &full},
		{Name: "echoValue/noOptionals", Value: &Optionals{A: 1}},
		{Name: "echoValue/fewOptionals", Value: &Optionals{A: 1, I: wire.Some[int32](2), Shorts: wire.Some(map[int16]string(nil))}},
		{Name: "echoValue/optionalsDerived", Value: &OptionalsDerived{optionals(), "derived", wire.Some[int32](11)}},
		{Name: "throwCompact/failure", Value: &Failure{"why"}},
		{Name: "throwCompact/node", Value: &NodeFailure{Failure{"r"}, 7, ring()}},
		{Name: "throwCompact/unknown", Sliced: true, Value: &NodeFailure{Failure{"r"}, 8, &Node{Id: 1}}},
		{Name: "throwCompact/optional", Value: &OptionalFailure{Failure{"r"}, wire.Some("h"), wire.Some[AnyBase](&Derived{Base{"d"}, 1})}},
		{Name: "throwCompact/noOptional", Value: &OptionalFailure{Failure: Failure{"r"}}},
		{Name: "throwCompact/kept", Sliced: true, Kept: true, Value: &KeptFailure{Kept: "k"}},
		{Name: "throwCompact/unknownRoot", Sliced: true},
	}
	for _, c := range cases {
		for compact, sliced := range map[string]string{"echoNodes/": "echoNodesSliced/", "echoValue/": "echoValueSliced/", "throwCompact/": "throwSliced/"} {
			if name, ok := strings.CutPrefix(c.Name, compact); ok {
				c.Name = sliced + name
				cases = append(cases, c)
			}
		}
	}
	return cases
}

// In10 gives a value as encoding 1.0 brings it: without optionals.
func In10(v any) any {
	switch v := v.(type) {
	case *Optionals:
		return &Optionals{A: v.A, Z: v.Z}
	case *OptionalsDerived:
		return &OptionalsDerived{Optionals: Optionals{A: v.A, Z: v.Z}, End: v.End}
	case *OptionalParams:
		return &OptionalParams{A: v.A}
	case *OptionalFailure:
		return &OptionalFailure{Failure: v.Failure}
	}
	return v
}

// Key names a case in an encoding, as the file of golden bytes does.
func (c Case) Key(v wire.Version) string { return fmt.Sprintf("%v %s", v, c.Name) }
