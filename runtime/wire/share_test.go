package wire_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
)

// Only a long byte sequence that makes up most of the buffer is read in place, and only where that is allowed.
func TestShareBuffer(t *testing.T) {
	const long = 100 << 10
	tests := []struct {
		name   string
		share  bool
		size   int
		spare  int // capacity of the buffer behind the message
		encaps bool
		behind int // bytes behind the sequence
		after  int // bytes behind its encapsulation
		want   bool
	}{
		{name: "long", share: true, size: long, want: true},
		{name: "not allowed", size: long},
		{name: "short", share: true, size: 64<<10 - 1},
		{name: "the least", share: true, size: 64 << 10, want: true},
		{name: "in an encapsulation", share: true, size: long, encaps: true, want: true},
		{name: "something follows", share: true, size: long, behind: 10, want: true},
		{name: "something follows in an encapsulation", share: true, size: long, encaps: true, behind: 10, want: true},
		{name: "something follows behind the encapsulation", share: true, size: long, encaps: true, after: 10, want: true},
		{name: "half of the message", share: true, size: long, behind: long},
		{name: "half of the buffer", share: true, size: long, spare: long},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			content := bytes.Repeat([]byte{7}, tt.size)
			e := wire.NewEncoder(nil, wire.Encoding10)
			if tt.encaps {
				e.StartEncaps(wire.Encoding11, wire.DefaultFormat)
			}
			e.Bytes(content)
			e.Blob(make([]byte, tt.behind))
			if tt.encaps {
				e.EndEncaps()
			}
			e.Blob(make([]byte, tt.after))
			require.NoError(t, e.Err())
			message := make([]byte, e.Len(), e.Len()+tt.spare+16) // 16: some room for who uses the memory again
			copy(message, e.Data())

			d := wire.NewDecoder(message, wire.Encoding10)
			if tt.share {
				d.ShareBuffer()
			}
			if tt.encaps {
				d.StartEncaps()
			}
			got := d.Bytes()
			require.NoError(t, d.Err())
			require.True(t, bytes.Equal(content, got))
			assert.Equal(t, tt.want, d.Shared())
			from := len(message) - tt.after - tt.behind - tt.size
			assert.Equal(t, tt.want, &got[0] == &message[from], "Shared tells the truth")
			switch {
			case tt.want && tt.behind+tt.after == 0:
				assert.Equal(t, cap(message)-from, cap(got), "nothing else needs what is behind it")
			case tt.want:
				assert.Len(t, got, cap(got), "who appends must not write over what follows")
			}
			d.Reset(nil, wire.Encoding10)
			assert.False(t, d.Shared(), "a decoder that is used again forgets it")
		})
	}
}

// What is shared by one of several sequences keeps the whole buffer, also when others were copied.
func TestShareBufferOfSeveral(t *testing.T) {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.Bytes([]byte("short"))
	e.Bytes(make([]byte, 100<<10))
	e.Bytes([]byte("last"))
	message := bytes.Clone(e.Data())
	d := wire.NewDecoder(message[:len(message):len(message)], wire.Encoding10)
	d.ShareBuffer()
	first := d.Bytes()
	assert.False(t, d.Shared())
	d.Bytes()
	assert.True(t, d.Shared())
	last := d.Bytes()
	require.NoError(t, d.Err())
	assert.True(t, d.Shared())
	clear(message)
	assert.Equal(t, "short", string(first))
	assert.Equal(t, "last", string(last))
}
