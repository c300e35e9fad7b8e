package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/bench"
	"github.com/slice2go/slice2go/testdata/wire/corpus"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

// FuzzValues decodes encapsulations of every operation of the sample. What can be decoded can be encoded, and then
// has one form.
func FuzzValues(f *testing.F) {
	corpus.Add(f, "FuzzValues")
	cases := sample.Cases()
	golden := goldenBytes(f)
	for i, c := range cases {
		f.Add(uint8(i), golden[c.Key(wire.Encoding10)])
		f.Add(uint8(i), golden[c.Key(wire.Encoding11)])
	}
	f.Fuzz(func(t *testing.T, i uint8, b []byte) {
		name := cases[int(i)%len(cases)].Name
		v, err := sample.Decode(name, b)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		encoding := wire.Version{Major: b[4], Minor: b[5]}
		once, err := sample.Encode(name, encoding, v)
		if err != nil { // an unknown class, in a format that cannot carry one
			require.ErrorContains(t, err, "unknown class")
			return
		}
		w, err := sample.Decode(name, once)
		require.NoError(t, err)
		twice, err := sample.Encode(name, encoding, w)
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}

// FuzzImages decodes the list of images that is measured.
func FuzzImages(f *testing.F) {
	corpus.Add(f, "FuzzImages")
	for _, x := range formats {
		f.Add(encode(f, x.version, x.format, writeImages(bench.Images(2))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := wire.NewDecoder(b, wire.Encoding10)
		v := d.StartEncaps()
		list := readImages(d)
		if d.End() != nil {
			return
		}
		once := encode(t, v, wire.CompactFormat, writeImages(list))
		require.Equal(t, once, encode(t, v, wire.CompactFormat, writeImages(decode(t, once, readImages))))
	})
}

// FuzzMessage reads messages: headers, what each type has, and compressed ones.
func FuzzMessage(f *testing.F) {
	corpus.Add(f, "FuzzMessage")
	for _, m := range messages(f) {
		f.Add(m)
		if c, err := wire.Compress(m, 1); err == nil {
			f.Add(c)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1 << 16
		h, err := wire.ParseHeader(b, limit)
		if err != nil || h.Size > len(b) {
			return
		}
		b = b[:h.Size]
		if h.Compression == wire.Compressed {
			if b, err = wire.Decompress(b, limit); err != nil {
				return
			}
			require.LessOrEqual(t, len(b), limit)
			if h, err = wire.ParseHeader(b, limit); err != nil {
				t.Fatal(err)
			}
		}
		once, err := rewrite(b, h)
		if err != nil {
			return
		}
		h, err = wire.ParseHeader(once, 0)
		require.NoError(t, err)
		twice, err := rewrite(once, h)
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}

// rewrite reads a message and writes it again.
func rewrite(b []byte, h wire.Header) ([]byte, error) {
	d := wire.AcquireDecoder(b)
	defer d.Release()
	d.Skip(wire.HeaderSize)
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartMessage(h.Type, h.Compression)
	request := func() {
		var r wire.RequestHeader
		r.IceRead(d)
		r.IceWrite(e)
		e.Encaps(d.Encaps())
	}
	switch h.Type {
	case wire.RequestMessage:
		e.Int(d.Int())
		request()
	case wire.BatchMessage:
		n := d.BatchCount()
		e.Int(int32(n))
		for ; n > 0 && d.Err() == nil; n-- {
			request()
		}
	case wire.ReplyMessage:
		var r wire.Reply
		r.IceRead(d)
		r.IceWrite(e)
		if r.Status <= wire.ReplyUserException {
			e.Encaps(d.Encaps())
		}
	}
	e.EndMessage(0)
	if d.Err() == nil {
		return e.Data(), e.Err()
	}
	return nil, d.Err()
}
