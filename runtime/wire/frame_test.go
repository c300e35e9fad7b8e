package wire_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
)

// messages gives one message of each kind.
func messages(t testing.TB) map[string][]byte {
	identity := wire.Identity{Name: "name", Category: "cat"}
	request := &wire.RequestHeader{Identity: identity, Facet: "f", Operation: "op", Mode: 2, Context: map[string]string{"b": "2", "a": "1"}}
	reply := func(r wire.Reply) func(*wire.Encoder) {
		return func(e *wire.Encoder) {
			r.RequestID = 7
			r.IceWrite(e)
			if r.Status <= wire.ReplyUserException {
				e.EmptyEncaps(wire.Encoding11)
			}
		}
	}
	all := map[string][]byte{}
	for name, x := range map[string]struct {
		t     wire.MessageType
		write func(*wire.Encoder)
	}{
		"request": {wire.RequestMessage, func(e *wire.Encoder) {
			e.Int(7)
			request.IceWrite(e)
			e.StartEncaps(wire.Encoding11, wire.DefaultFormat)
			e.String("parameter")
			e.EndEncaps()
		}},
		"batch": {wire.BatchMessage, func(e *wire.Encoder) {
			e.Int(2)
			for range 2 {
				request.IceWrite(e)
				e.EmptyEncaps(wire.Encoding10)
			}
		}},
		"validate":   {wire.ValidateMessage, func(*wire.Encoder) {}},
		"close":      {wire.CloseMessage, func(*wire.Encoder) {}},
		"ok":         {wire.ReplyMessage, reply(wire.Reply{})},
		"user":       {wire.ReplyMessage, reply(wire.Reply{Status: wire.ReplyUserException})},
		"not exist":  {wire.ReplyMessage, reply(wire.Reply{Status: wire.ReplyObjectNotExist, Identity: identity, Operation: "op"})},
		"no facet":   {wire.ReplyMessage, reply(wire.Reply{Status: wire.ReplyFacetNotExist, Identity: identity, Facet: "f", Operation: "op"})},
		"unknown":    {wire.ReplyMessage, reply(wire.Reply{Status: wire.ReplyUnknownException, Message: "why"})},
		"status 200": {wire.ReplyMessage, reply(wire.Reply{Status: 200, Message: "of Ice 3.8"})},
	} {
		e := wire.NewEncoder(nil, wire.Encoding10)
		e.StartMessage(x.t, wire.CanCompress)
		x.write(e)
		e.EndMessage(0)
		require.NoError(t, e.Err())
		all[name] = e.Data()
	}
	return all
}

func TestMessages(t *testing.T) {
	for name, m := range messages(t) {
		t.Run(name, func(t *testing.T) {
			h, err := wire.ParseHeader(m, len(m))
			require.NoError(t, err)
			assert.Equal(t, len(m), h.Size)
			again, err := rewrite(m, h)
			require.NoError(t, err)
			assert.Equal(t, hex.EncodeToString(m), hex.EncodeToString(again))
			for cut := wire.HeaderSize; cut < len(m); cut++ {
				_, err := rewrite(m[:cut], h)
				require.ErrorIs(t, err, wire.ErrTruncated, "cut to %d bytes", cut)
			}
		})
	}
}

func TestMessageBytes(t *testing.T) {
	all := messages(t)
	assert.Equal(t, "49636550"+"01000100"+"0301"+"0e000000", hex.EncodeToString(all["validate"]))
	assert.Equal(t, "49636550"+"01000100"+"0201"+"19000000"+"07000000"+"00"+"060000000101", hex.EncodeToString(all["ok"]))
	assert.Equal(t, "49636550"+"01000100"+"0001"+"3b000000"+"07000000"+ // header, request id
		"046e616d65"+"03636174"+"01"+"0166"+"026f70"+"02"+ // identity, facet, operation, mode
		"02"+"0161"+"0131"+"0162"+"0132"+ // context, by key
		"10000000"+"0101"+"09"+hex.EncodeToString([]byte("parameter")), hex.EncodeToString(all["request"]))
}

func TestParseHeader(t *testing.T) {
	valid := messages(t)["validate"]
	for name, test := range map[string]struct {
		change func([]byte) []byte
		offset int
		kind   error
		want   string
	}{
		"short":          {func(b []byte) []byte { return b[:13] }, 0, wire.ErrTruncated, "14 bytes wanted, 13 left"},
		"magic":          {func(b []byte) []byte { copy(b, "HTTP"); return b }, 0, wire.ErrMagic, `"HTTP"`},
		"protocol":       {func(b []byte) []byte { b[4] = 2; return b }, 4, wire.ErrUnsupported, "protocol 2.0"},
		"protocol minor": {func(b []byte) []byte { b[5] = 1; return b }, 4, wire.ErrUnsupported, "protocol 1.1"},
		"encoding":       {func(b []byte) []byte { b[6] = 3; return b }, 6, wire.ErrUnsupported, "encoding 3.0"},
		"type":           {func(b []byte) []byte { b[8] = 5; return b }, 8, nil, "type 5"},
		"compression":    {func(b []byte) []byte { b[9] = 3; return b }, 9, nil, "status of 3"},
		"negative":       {func(b []byte) []byte { b[13] = 255; return b }, 10, nil, "its header alone has 14"},
		"small":          {func(b []byte) []byte { b[10] = 13; return b }, 10, nil, "13 bytes announced"},
		"large":          {func(b []byte) []byte { b[12] = 16; return b }, 10, wire.ErrLimit, "1048576 are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire.ParseHeader(test.change(bytes.Clone(valid)), wire.DefaultMessageSize)
			var m *wire.MarshalError
			require.ErrorAs(t, err, &m)
			assert.Equal(t, test.offset, m.Offset)
			assert.ErrorContains(t, err, test.want)
			if test.kind != nil {
				assert.ErrorIs(t, err, test.kind)
			}
		})
	}
}

func TestCompression(t *testing.T) {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartMessage(wire.RequestMessage, wire.CanCompress)
	e.String(strings.Repeat("compresses well ", 10_000))
	e.EndMessage(0)
	plain := e.Data()
	for level := 1; level <= 9; level += 4 {
		small, err := wire.Compress(plain, level)
		require.NoError(t, err)
		require.Less(t, len(small), len(plain)/10)
		h, err := wire.ParseHeader(small, 0)
		require.NoError(t, err)
		assert.Equal(t, wire.Compressed, h.Compression)
		assert.Equal(t, len(small), h.Size)
		back, err := wire.Decompress(small, len(plain))
		require.NoError(t, err)
		assert.Equal(t, plain, back)
	}
	small, err := wire.Compress(plain, 1)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		change func([]byte) []byte
		max    int
		want   string
	}{
		"over the limit":      {func(b []byte) []byte { return b }, len(plain) - 1, "are allowed"},
		"announces less":      {func(b []byte) []byte { b[14]--; return b }, 0, "but more came"},
		"announces more":      {func(b []byte) []byte { b[14]++; return b }, 0, "came"},
		"announces nothing":   {func(b []byte) []byte { copy(b[14:], make([]byte, 4)); return b }, 0, "0 bytes announced"},
		"announces negative":  {func(b []byte) []byte { b[17] = 255; return b }, 0, "bytes announced"},
		"no size":             {func(b []byte) []byte { return b[:17] }, 0, "18 bytes wanted, 17 left"},
		"cut":                 {func(b []byte) []byte { return b[:len(b)-1] }, 0, "cannot decompress"},
		"changed":             {func(b []byte) []byte { b[len(b)/2] ^= 64; return b }, 0, "cannot"},
		"not bzip2":           {func(b []byte) []byte { b[18] = 'x'; return b }, 0, "cannot decompress"},
		"announces very much": {func(b []byte) []byte { b[17] = 127; return b }, 0, "came"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire.Decompress(test.change(bytes.Clone(small)), test.max)
			assert.ErrorContains(t, err, test.want)
		})
	}
}
