package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/bench"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

// raw gives an encapsulation of the given parts: bytes, strings with their size, and ints as four bytes.
func raw(minor byte, parts ...any) []byte {
	e := wire.NewEncoder(nil, wire.Encoding10)
	body := wire.NewEncoder(nil, wire.Encoding10)
	for _, p := range parts {
		switch p := p.(type) {
		case int32:
			body.Int(p)
		case int:
			body.Byte(byte(p))
		case byte:
			body.Byte(p)
		case string:
			body.String(p)
		case []byte:
			body.Blob(p)
		default:
			panic(fmt.Sprintf("%T", p))
		}
	}
	e.Encaps(wire.Version{Major: 1, Minor: minor}, body.Data())
	return e.Data()
}

// TestDecodeErrors gives Decoders what no peer should send. Offsets count from the encapsulation's size; its content
// begins at 6.
func TestDecodeErrors(t *testing.T) {
	base := "::WireTest::Base"
	for name, test := range map[string]struct {
		op     string
		data   []byte
		offset int
		kind   error
		want   string
	}{
		"no encapsulation":            {"echoStrings", []byte{1, 2}, 0, wire.ErrTruncated, "4 bytes wanted, 2 left"},
		"encapsulation too long":      {"echoStrings", []byte{7, 0, 0, 0, 1, 1}, 0, wire.ErrTruncated, "an encapsulation of 7 bytes announced, 6 left"},
		"encapsulation too short":     {"echoStrings", []byte{5, 0, 0, 0, 1, 1}, 0, wire.ErrTruncated, "an encapsulation of 5 bytes announced"},
		"encapsulation negative":      {"echoStrings", []byte{0, 0, 0, 128, 1, 1}, 0, wire.ErrTruncated, "an encapsulation of -2147483648 bytes"},
		"encoding 1.2":                {"echoStrings", raw(2, 0), 6, wire.ErrUnsupported, "encoding 1.2"},
		"bytes left in 1.0":           {"echoStrings", raw(0, 0, 1, 2), 7, nil, "2 bytes too many"},
		"size cut":                    {"echoStrings", raw(1, 255, 1, 0), 7, wire.ErrTruncated, "4 bytes wanted, 2 left"},
		"size negative":               {"echoStrings", raw(1, 255, int32(-1)), 11, nil, "a size of -1"},
		"more strings than bytes":     {"echoStrings", raw(1, 3, 0, 0), 7, wire.ErrTruncated, "3 elements of at least 1 bytes announced, 2 bytes left"},
		"string cut":                  {"echoStrings", raw(1, 1, 5, byte('a'), byte('b')), 8, wire.ErrTruncated, "5 bytes wanted, 2 left"},
		"enumerator":                  {"echoEnums", raw(1, 2), 7, nil, "2 is no enumerator of sample.E126"},
		"facet path":                  {"echoProxies", raw(1, "id", "", 2, "a", "b"), 11, nil, "a facet path of 2 elements"},
		"proxy mode":                  {"echoProxies", raw(1, "id", "", 0, 9), 12, nil, "a proxy of mode 9"},
		"endpoints":                   {"echoProxies", raw(1, "id", "", 0, 0, 0, 1, 0, 1, 1, 9, int32(0)), 18, wire.ErrTruncated, "9 elements of at least 8 bytes"},
		"positive reference in 1.0":   {"echoValue", raw(0, int32(1), 0), 6, nil, "a class reference of 1"},
		"least reference in 1.0":      {"echoValue", raw(0, int32(math.MinInt32), 0), 6, nil, "a class reference of"},
		"instance that does not come": {"echoValue", raw(0, int32(-1), 0), 11, nil, "1 instances are referred to, but did not come"},
		"instance number 0":           {"echoValue", raw(0, int32(0), 1, int32(0)), 11, nil, "the number 0"},
		"instance twice": {"echoValue", raw(0, int32(-1), 2, int32(1), 0, base, int32(5), 0, 0, "::Ice::Object", int32(5), 0,
			int32(1), 1, 1, int32(5), 0, 1, 2, int32(5), 0), 68, nil, "number 1 comes twice"},
		"type index in 1.0":        {"echoValue", raw(0, int32(-1), 1, int32(1), 1, 1), 17, nil, "number 1, of 0 so far"},
		"unknown class in 1.0":     {"echoValue", raw(0, int32(-1), 1, int32(1), 0, "::No::Class", int32(4), 0, "::Ice::Object", int32(5), 0), 51, wire.ErrUnknownType, "the class ::No::Class"},
		"slice too small in 1.0":   {"echoValue", raw(0, int32(-1), 1, int32(1), 0, base, int32(3)), 33, wire.ErrTruncated, "a slice of ::WireTest::Base of 3 bytes"},
		"slice too large in 1.0":   {"echoValue", raw(0, int32(-1), 1, int32(1), 0, base, int32(5)), 33, wire.ErrTruncated, "a slice of ::WireTest::Base of 5 bytes"},
		"slice of wrong size":      {"echoValue", raw(0, int32(-1), 1, int32(1), 0, base, int32(6), 0, 0), 38, nil, "the slice of ::WireTest::Base ends at byte 39"},
		"end slice":                {"echoValue", raw(0, int32(-1), 1, int32(1), 0, base, int32(5), 0, 0, "::Ice::Object", int32(5), 1), 58, nil, "should be an empty one of ::Ice::Object"},
		"wrong class":              {"echoNodes", raw(0, 1, int32(-1), 1, int32(1), 0, base, int32(5), 0, 0, "::Ice::Object", int32(5), 0), 38, wire.ErrWrongType, "an instance of ::WireTest::Base (*sample.Base) where *sample.Node is expected"},
		"wrong class in 1.1":       {"echoNodes", raw(1, 1, 1, 0x21, base, 0), 27, wire.ErrWrongType, "*sample.Base) where *sample.Node is expected"},
		"reference in 1.1":         {"echoValue", raw(1, 2), 7, nil, "a reference to instance 2, of 1 so far"},
		"unknown class in 1.1":     {"echoValue", raw(1, 1, 0x21, "::No::Class", 0), 20, wire.ErrUnknownType, "compact format"},
		"unknown compact id":       {"echoValue", raw(1, 1, 0x23, 99, 0), 9, wire.ErrUnknownType, "the class 99"},
		"class without type":       {"echoValue", raw(1, 1, 0x20, 0), 8, wire.ErrUnknownType, "class"},
		"last slice too early":     {"echoValue", raw(1, 1, 0x21, "::WireTest::Derived", int32(1)), 32, nil, "marked as the last"},
		"slice of wrong size 1.1":  {"echoValue", raw(1, 1, 0x31, base, int32(6), 0, 0), 30, nil, "ends at byte 31"},
		"empty indirection":        {"echoValue", raw(1, 1, 0x39, base, int32(5), 0, 0), 31, nil, "an indirection table without entries"},
		"idle indirection":         {"echoValue", raw(1, 1, 0x39, base, int32(5), 0, 1, 0), 31, nil, "that nothing refers to"},
		"null in an indirection":   {"echoValueSliced", raw(1, 1, 0x3d, base, int32(6), 0, 255, 1, 0), 33, nil, "entry 1 of an indirection table is null"},
		"null in an unknown one":   {"echoValueSliced", raw(1, 1, 0x39, "::No::Class", int32(4), 1, 0), 26, nil, "entry 1 of an indirection table is null"},
		"indirection without size": {"echoValue", raw(1, 1, 0x29, base, 0, 1, 0), 8, nil, "an indirection table, but no size"},
		"slice negative in 1.1":    {"echoValueSliced", raw(1, 1, 0x31, base, int32(-1), 0), 25, wire.ErrTruncated, "a slice of ::WireTest::Base of -1 bytes"},
		"slice too large in 1.1":   {"echoValueSliced", raw(1, 1, 0x31, base, int32(math.MaxInt32), 0), 25, wire.ErrTruncated, "bytes announced"},
		"exception's slice":        {"throwSliced", raw(1, 0x31, "::WireTest::Failure", int32(3), 0), 27, wire.ErrTruncated, "a slice of ::WireTest::Failure of 3 bytes"},
		"exception's indirection":  {"throwCompact", raw(1, 0x29, "::WireTest::Failure", 0, 1, 0), 7, nil, "an indirection table, but no size"},
		"far indirection": {"echoValue", raw(1, 1, 0x3b, byte2(300), int32(5), 3, 1, 1, 0x31, base, int32(5), 0), 43, nil,
			"a reference to entry 3 of an indirection table, which has 1"},
		"optional of wrong format": {"echoOptionals", raw(1, int32(1), 2<<3), 11, nil, "the optional with tag 2 has format 0, not 7"},
		"optional cut":             {"echoOptionals", raw(1, int32(1), 1<<3|5, 9, 0), 12, wire.ErrTruncated, "9 bytes wanted, 1 left"},
		"optional negative":        {"echoOptionals", raw(1, int32(1), 1<<3|6, int32(-9), 0), 15, wire.ErrTruncated, "-9 bytes wanted"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sample.Decode(test.op+"/x", test.data)
			var m *wire.MarshalError
			require.ErrorAs(t, err, &m)
			assert.ErrorContains(t, err, test.want)
			assert.Equal(t, test.offset, m.Offset, "%v", err)
			if test.kind != nil {
				assert.ErrorIs(t, err, test.kind)
			}
		})
	}
}

// byte2 is a size of two bytes or more.
func byte2(n int) []byte {
	return append([]byte{255}, binary.LittleEndian.AppendUint32(nil, uint32(n))...)
}

func chainOf(n int) *sample.Node {
	var first *sample.Node
	for range n {
		first = &sample.Node{Next: first}
	}
	return first
}

func TestClassDepth(t *testing.T) {
	read := func(b []byte, l wire.Limits) error {
		d := wire.NewDecoder(b, wire.Encoding10)
		d.SetLimits(l)
		d.StartEncaps()
		var n *sample.Node
		wire.ReadValue(d, &n)
		d.PendingValues()
		return d.End()
	}
	for _, f := range formats {
		write := func(n int) []byte {
			return encode(t, f.version, f.format, func(e *wire.Encoder) {
				e.Value(chainOf(n))
				e.PendingValues()
			})
		}
		deep := write(wire.DefaultClassDepth + 1)
		if f.version == wire.Encoding10 {
			require.NoError(t, read(deep, wire.Limits{}), "instances of 1.0 do not nest")
		} else {
			require.ErrorIs(t, read(deep, wire.Limits{}), wire.ErrLimit)
			require.NoError(t, read(deep, wire.Limits{ClassDepth: wire.DefaultClassDepth + 1}))
		}
		require.NoError(t, read(write(10), wire.Limits{ClassDepth: 10}))
		require.ErrorIs(t, read(write(11), wire.Limits{ClassDepth: 10}), wire.ErrLimit)
	}
	_, err := sample.Encode("echoValue/x", wire.Encoding11, chainOf(200_000))
	require.ErrorContains(t, err, "nest in each other")
}

func TestNoSlicing(t *testing.T) {
	golden := goldenBytes(t)
	for _, key := range []string{"1.0 echoValueSliced/unknown", "1.1 echoValueSliced/unknown"} {
		d := wire.NewDecoder(golden[key], wire.Encoding10)
		d.SetLimits(wire.Limits{NoSlicing: true})
		d.StartEncaps()
		var v wire.Value
		wire.ReadValue(d, &v)
		d.PendingValues()
		require.ErrorIs(t, d.End(), wire.ErrUnknownType)
		require.ErrorContains(t, d.Err(), "::WireTest::Unknown")
	}
}

// What arrives as less than it was is told, each time, with the type that it was.
func TestSlicedIsTold(t *testing.T) {
	golden := goldenBytes(t)
	instance, exception := "instance ::WireTest::Unknown", "exception ::WireTest::UnknownFailure"
	for key, want := range map[string][]string{
		"1.0 echoValueSliced/unknown": {instance, instance}, // it refers to another one
		"1.1 echoValueSliced/unknown": {instance, instance},
		"1.1 echoValueSliced/derived": nil,
		"1.0 throwSliced/unknown":     {exception},
		"1.1 throwSliced/unknown":     {exception},
		"1.1 throwSliced/failure":     nil,
	} {
		require.Contains(t, golden, key)
		var told []string
		d := wire.NewDecoder(golden[key], wire.Encoding10)
		d.Sliced = func(what, typeID string) { told = append(told, what+" "+typeID) }
		d.StartEncaps()
		if strings.Contains(key, "throw") {
			_, err := wire.ReadException(d)
			require.NoError(t, err, key)
		} else {
			var v wire.Value
			wire.ReadValue(d, &v)
			d.PendingValues()
		}
		require.NoError(t, d.End(), key)
		assert.Equal(t, want, told, key)
	}
}

// TestSticky checks that an error stays, and that reading on gives zeros.
func TestSticky(t *testing.T) {
	d := wire.NewDecoder([]byte{1, 2, 3}, wire.Encoding10)
	assert.Zero(t, d.Int())
	first := d.Err()
	require.ErrorIs(t, first, wire.ErrTruncated)
	assert.Zero(t, d.Byte())
	assert.False(t, d.Bool())
	assert.Zero(t, d.Short())
	assert.Zero(t, d.Long())
	assert.Zero(t, d.Float())
	assert.Zero(t, d.Double())
	assert.Zero(t, d.Size())
	assert.Zero(t, d.Enum(5))
	assert.Empty(t, d.String())
	assert.Nil(t, d.Strings())
	assert.Nil(t, d.Bytes())
	assert.Nil(t, d.Doubles())
	assert.Nil(t, wire.ReadPlain[bench.Point](d, 24))
	assert.Nil(t, wire.ReadDict(d, 1, wire.ReadInt, wire.ReadInt))
	assert.False(t, d.Optional(1, wire.F1))
	d.StartSlice()
	d.EndSlice()
	d.PendingValues()
	d.EndEncaps()
	d.Fail(errors.New("later"))
	assert.Equal(t, first, d.Err())
	assert.Equal(t, first, d.End())
}

func TestEncodeErrors(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(*wire.Encoder)
		want string
	}{
		"negative size":  {func(e *wire.Encoder) { e.Size(-1) }, "a size of -1"},
		"large size":     {func(e *wire.Encoder) { e.Size(math.MaxInt32 + 1) }, "a size of 2147483648"},
		"enumerator":     {func(e *wire.Encoder) { wire.WriteEnum(e, 3, sample.E128Max, sample.E128.Valid) }, "3 is no enumerator of sample.E128"},
		"encoding":       {func(e *wire.Encoder) { e.StartEncaps(wire.Version{Major: 2}, 0) }, "encoding 2.0"},
		"slice":          {func(e *wire.Encoder) { e.StartSlice("::X", -1, true) }, "outside of an instance"},
		"EndEncaps":      {func(e *wire.Encoder) { e.EndEncaps() }, "EndEncaps without StartEncaps"},
		"EndSize":        {func(e *wire.Encoder) { e.EndSize() }, "EndSize without StartSize"},
		"own error":      {func(e *wire.Encoder) { e.Fail(errors.New("mine")) }, "mine"},
		"the first wins": {func(e *wire.Encoder) { e.Size(-7); e.Size(-1) }, "a size of -7"},
	} {
		t.Run(name, func(t *testing.T) {
			e := wire.NewEncoder(nil, wire.Encoding10)
			test.do(e)
			require.ErrorContains(t, e.Err(), test.want)
		})
	}
}

// TestTruncation cuts every golden encapsulation at every byte, and changes every byte: an error or a value, no panic.
func TestTruncation(t *testing.T) {
	for key, b := range goldenBytes(t) {
		_, name, _ := strings.Cut(key, " ")
		step := 1 + len(b)/300
		for cut := 6; cut < len(b); cut += step {
			c := bytes.Clone(b[:cut])
			binary.LittleEndian.PutUint32(c, uint32(cut))
			_, err := sample.Decode(name, c)
			if !strings.Contains(name, "ptional") && !strings.Contains(name, "throw") {
				require.Error(t, err, "%s cut to %d of %d bytes", key, cut, len(b))
			}
			c = bytes.Clone(b)
			for _, x := range []byte{0, 1, 127, 128, 254, 255} {
				c[cut] = x
				_, _ = sample.Decode(name, c)
			}
		}
	}
}
