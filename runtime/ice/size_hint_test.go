package ice

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

// A large request makes the next one of the same operation begin with a buffer that is large enough; a small one takes that back.
func TestRequestSizeHint(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	p := w.proxy("nobody")
	var op Op[Void]
	op.Name = "put"
	ref := p.iceProxy().ref
	// room is the capacity that the parameters of a request of the given size began with, and how many bytes it was in the end.
	room := func(parameters int) (begin, end int) {
		v := &invocation{operation: op.Name, ref: ref}
		b := make([]byte, parameters)
		require.NoError(t, v.prepare(context.Background(), op.Format, false, false, func(e *wire.Encoder) {
			begin = cap(e.Data())
			e.Bytes(b)
		}, &op.size))
		return begin, len(v.request.b) // not released: what a pool gives would not show the hint
	}
	const large = 5 << 20 // larger than what is pooled
	begin, _ := room(10)
	assert.Less(t, begin, 4<<10, "nothing is known yet")
	assert.Zero(t, op.size.Load(), "small requests need no note")
	begin, end := room(large)
	assert.Less(t, begin, 4<<10)
	assert.EqualValues(t, end, op.size.Load())
	begin, end = room(large)
	assert.GreaterOrEqual(t, begin, end, "the second need not grow")
	assert.Less(t, begin, end+end/8)
	room(10)
	begin, _ = room(10)
	assert.Less(t, begin, 4<<10, "small requests do not go on with large buffers")
}

// The second large request allocates its buffer once; one without a hint, by growing, several times as much.
func TestRequestSizeHintAllocations(t *testing.T) {
	b := make([]byte, 5<<20)
	comm, err := NewCommunicator()
	require.NoError(t, err)
	defer func() { assert.NoError(t, comm.Close()) }()
	p, err := comm.StringToProxy("nobody:tcp -h 127.0.0.1 -p 1")
	require.NoError(t, err)
	var parts [][]byte
	for i := 0; i < len(b); i += 64 << 10 {
		parts = append(parts, b[i:i+64<<10])
	}
	encode := func(op *Op[Void]) {
		v := &invocation{operation: "put", ref: p.iceProxy().ref}
		_ = v.prepare(context.Background(), op.Format, false, false, func(e *wire.Encoder) {
			for _, part := range parts {
				e.Bytes(part)
			}
		}, &op.size)
	}
	known := &Op[Void]{}
	encode(known)
	with := testing.AllocsPerRun(10, func() { encode(known) })
	without := testing.AllocsPerRun(10, func() { encode(&Op[Void]{}) })
	t.Logf("%v allocations with the hint, %v without", with, without)
	assert.Less(t, with, without-3)
}
