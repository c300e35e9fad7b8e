package wire_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/corpus"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

// allocated gives the bytes that a function allocates, those that it lets go of again among them.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// How many bytes decoding a byte of the sample's types may allocate, and for a message of any size. The dearest byte is
// that of a dictionary with one entry, for which Go makes room for eight.
const (
	maxPerByte    = 128
	maxPerMessage = 64 << 10
)

// requireBound decodes the parameters of an operation, which must not take more than the bound allows.
func requireBound(t *testing.T, name string, b []byte) {
	took := allocated(func() { _, _ = sample.Decode(name, b) })
	require.LessOrEqual(t, took, maxPerByte*len(b)+maxPerMessage, "%s of %d bytes", name, len(b))
}

// node gives the beginning of a Node of encoding 1.1 in the compact format, up to its children. The first has the type id.
func node(first bool) []byte {
	head := []byte{1, 0x22, 1}
	if first {
		head = append([]byte{1, 0x21, 16}, "::WireTest::Node"...)
	}
	return append(head, 0, 0, 0, 0, 0)
}

// nested gives a message of size bytes in which an instance holds a container whose first element is the next instance, depth times.
// Each container announces as many elements as the bytes that are left could be, if nothing else needed them.
func nested(size, depth, minElem int, before, after []byte) []byte {
	var b []byte
	for i := range depth {
		b = append(b, node(i == 0)...)
		b = append(b, before...)
		n := (size - len(b) - 64) / minElem
		b = append(b, 255, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
		b = append(b, after...)
	}
	return append(b, make([]byte, size-len(b))...)
}

func fill(n int, b ...byte) []byte { return bytes.Repeat(b, n) }

// content gives an encapsulation with the given content.
func content(minor byte, parts ...[]byte) []byte {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.Encaps(wire.Version{Major: 1, Minor: minor}, bytes.Join(parts, nil))
	return e.Data()
}

type hostile struct {
	op   string
	data []byte
}

// hostiles ask for much with few bytes.
func hostiles(n int) map[string]hostile {
	most := []byte{255, 255, 255, 255, 127}
	count := []byte{255, byte(n), byte(n >> 8), byte(n >> 16), 0}
	unknownSlices := append([]byte{1, 0x11, 1, 'u', 4, 0, 0, 0}, fill(n, 0x12, 1, 4, 0, 0, 0)...)
	depth := min(wire.DefaultClassDepth-1, n/40)
	chain := func(minElem int, before, after []byte) []byte {
		return content(1, nested(n, depth, minElem, before, after))
	}
	// The parts of a Node between its children and its pairs are an empty dictionary and three null references.
	return map[string]hostile{
		"announced strings":           {"echoStrings/x", content(1, most, fill(n, 0))},
		"empty strings":               {"echoStrings/x", content(1, count, fill(n, 0))},
		"announced nodes":             {"echoNodes/x", content(1, most, fill(n, 0))},
		"null nodes":                  {"echoNodes/x", content(1, count, fill(n, 0))},
		"references without instance": {"echoNodes/x", content(0, count, fill(n, 0x10, 0, 0, 0x80))},
		"one far reference":           {"echoValue/x", content(0, []byte{1, 0, 0, 0x80}, fill(n, 0))},
		"unknown slices":              {"echoValueSliced/x", content(1, unknownSlices)},
		"large dictionary":            {"echoDictionaries/x", content(1, fill(5, 0), most, fill(n, 0))},
		"nested encapsulations":       {"echoProxies/x", content(1, []byte{1, 'i', 0, 0, 0, 0, 1, 0, 1, 1}, count, fill(n, 1, 0, 6, 0, 0, 0, 1, 0))},
		"nested sequences":            {"echoNodes/x", content(1, []byte{1}, nested(n, depth, 1, nil, nil))},
		"nested dictionaries":         {"echoValue/x", chain(2, []byte{0}, []byte{0})},
		"nested structs":              {"echoValue/x", chain(2, fill(5, 0), nil)},
		"nested lists":                {"echoValue/x", chain(5, fill(6, 0), []byte{0, 0, 0, 0, 1})},
		"sequence of sequences":       {"echoSequences/x", content(1, fill(10, 0), count, fill(n/6, 255, byte(n), byte(n>>8), byte(n>>16), 0))},
		"dictionary of dictionaries":  {"echoDictionaries/x", content(1, fill(8, 0), count, fill(n/6, 0, 255, byte(n/5), byte(n/5>>8), byte(n/5>>16), 0))},
		"indirection table":           {"echoValueSliced/x", content(1, []byte{1, 0x39, 16}, []byte("::WireTest::Base"), []byte{5, 0, 0, 0, 0}, count, fill(n, 0))},
		"indirect references":         {"echoValueSliced/x", content(1, []byte{1, 0x39, 16}, []byte("::WireTest::Node"), []byte{4, 0, 0, 0, 0, 0, 0, 0, 0}, count, fill(n, 1))},
		"awaited references":          {"echoNodes/x", content(1, []byte{1, 1, 0x21, 16}, []byte("::WireTest::Node"), []byte{0, 0, 0, 0, 0}, count, fill(n, 2))},
		"unknown instances": {"echoValueSliced/x", content(1, []byte{1, 0x3d, 16}, []byte("::WireTest::Base"), []byte{6, 0, 0, 0, 0, 255}, count,
			fill(n, 1, 0x31, 0, 4, 0, 0, 0))},
		"dictionaries of one entry": {"echoDictionaries/x", content(1, fill(8, 0), count, bytes.Repeat([]byte{0, 1, 0, 0, 0, 0, 0}, n))},
	}
}

// TestAllocationBound decodes what asks for much with few bytes, and counts what decoding it takes.
func TestAllocationBound(t *testing.T) {
	for name, test := range hostiles(100_000) {
		t.Run(name, func(t *testing.T) { requireBound(t, test.op, test.data) })
	}
	t.Run("a message of 1 MiB", func(t *testing.T) {
		test := hostiles(1 << 20)["nested dictionaries"]
		requireBound(t, test.op, test.data)
	})
}

// FuzzAllocation decodes parameters of every operation and measures what that takes.
func FuzzAllocation(f *testing.F) {
	corpus.Add(f, "FuzzValues")
	cases := sample.Cases()
	golden := goldenBytes(f)
	index := map[string]uint8{}
	for i, c := range cases {
		op, _, _ := strings.Cut(c.Name, "/")
		index[op] = uint8(i)
		f.Add(uint8(i), golden[c.Key(wire.Encoding10)])
		f.Add(uint8(i), golden[c.Key(wire.Encoding11)])
	}
	for _, h := range hostiles(500) {
		f.Add(index[strings.TrimSuffix(h.op, "/x")], h.data)
	}
	f.Fuzz(func(t *testing.T, i uint8, b []byte) {
		requireBound(t, cases[int(i)%len(cases)].Name, b)
	})
}
