package ice

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

var opPut = Op[Void]{Name: "put"}

func putAsync(ctx context.Context, p ObjectPrx, b []byte) *Future[Void] {
	return Call(ctx, p, &opPut, func(e *wire.Encoder) {
		e.Bytes(b)
		e.Int(int32(len(b)))
	})
}

func put(ctx context.Context, p ObjectPrx, b []byte) error {
	return AwaitVoid(ctx, putAsync(Awaited(ctx), p, b))
}

// slowTaker is a server that begins to take in requests when the test says so, and checks that each has the one letter that it began with.
type slowTaker struct {
	take  chan struct{}
	mixed chan bool // of each request
}

func newSlowTaker(t *testing.T) (*slowTaker, ObjectPrx) { return newSlowTakerWith(t) }

// newSlowTakerWith is newSlowTaker for a client with properties of its own.
func newSlowTakerWith(t *testing.T, properties ...string) (*slowTaker, ObjectPrx) {
	t.Helper()
	s := &slowTaker{take: make(chan struct{}), mixed: make(chan bool, 1000)}
	p := scriptedWith(t, properties, func(conn net.Conn) {
		_, _ = conn.Write(controlMessage(wire.ValidateMessage))
		<-s.take
		for {
			head := make([]byte, wire.HeaderSize)
			if _, err := io.ReadFull(conn, head); err != nil {
				return
			}
			if head[8] == byte(wire.ValidateMessage) {
				continue
			}
			body := make([]byte, binary.LittleEndian.Uint32(head[10:])-wire.HeaderSize)
			if _, err := io.ReadFull(conn, body); err != nil || head[8] != byte(wire.RequestMessage) {
				return
			}
			if n := len(body) - 4; n > 1<<10 {
				data := body[len(body)-4-int(binary.LittleEndian.Uint32(body[n:])) : n]
				s.mixed <- bytes.Count(data, data[:1]) != len(data)
			}
			if binary.LittleEndian.Uint32(body) != 0 {
				_, _ = conn.Write(replyTo(append(head, body...)))
			}
		}
	})
	p = WithTimeout(p, leadPatience)
	_, err := p.IceConnection(t.Context()) // what is sent before there is a connection is copied
	require.NoError(t, err)
	return s, p
}

// What a caller lends is sent from where it is, and is his again when the call is done, however that comes about: what is sent after that is a copy.
func TestLentParameters(t *testing.T) {
	const size = 32 << 20 // more than sockets hold
	for name, end := range map[string]func(t *testing.T, p ObjectPrx, data []byte) error{
		"canceled context of a synchronous call": func(t *testing.T, p ObjectPrx, data []byte) error {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			return put(ctx, p, data)
		},
		"invocation timeout": func(t *testing.T, p ObjectPrx, data []byte) error {
			return put(t.Context(), WithInvocationTimeout(p, 30*time.Millisecond), data)
		},
		"canceled future": func(t *testing.T, p ObjectPrx, data []byte) error {
			f := putAsync(Lend(t.Context()), p, data)
			time.AfterFunc(30*time.Millisecond, f.Cancel)
			return f.Err(t.Context())
		},
		"canceled future in the queue": func(t *testing.T, p ObjectPrx, data []byte) error {
			first := putAsync(t.Context(), p, data) // copied, and stuck
			f := putAsync(Lend(t.Context()), p, data)
			time.AfterFunc(30*time.Millisecond, f.Cancel)
			defer first.Cancel()
			return f.Err(t.Context())
		},
		"canceled oneway": func(t *testing.T, p ObjectPrx, data []byte) error {
			f := putAsync(Lend(t.Context()), Oneway(p), data)
			time.AfterFunc(30*time.Millisecond, f.Cancel)
			return f.Err(t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			peer.CheckLeaks(t)
			s, p := newSlowTaker(t)
			data := bytes.Repeat([]byte{'a'}, size)
			require.Error(t, end(t, p, data))
			for i := range data {
				data[i] = 'b'
			}
			close(s.take)
			// The connection goes on, with this request behind that one.
			require.NoError(t, put(t.Context(), p, data))
			for len(s.mixed) > 0 { // on a slow machine the first may not even have been begun
				require.False(t, <-s.mixed)
			}
		})
	}
}

// Ends of the connection, too, give back what is lent only when it is not used any more.
func TestLentParametersOfClosedConnection(t *testing.T) {
	for name, end := range map[string]func(*Connection){
		"aborted": (*Connection).Abort,
		"closed now": func(c *Connection) {
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			_ = c.CloseNow(ctx)
		},
		"communicator": func(c *Connection) { _ = c.comm.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newSlowTaker(t)
			c, err := p.IceConnection(t.Context())
			require.NoError(t, err)
			data := bytes.Repeat([]byte{'a'}, 32<<20)
			time.AfterFunc(30*time.Millisecond, func() { end(c) })
			require.Error(t, put(t.Context(), p, data))
			for i := range data { // the race detector looks on
				data[i] = 'b'
			}
			close(s.take)
			<-c.Done()
		})
	}
}

// Lent or not, alone or with others, through whatever transport and with whatever is around the call: what arrives is the same.
func TestLentParametersArrive(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	got := make(chan []byte, 100)
	_, err := w.adapter.Add(NewBlobject(BlobjectFunc(func(_ context.Context, params []byte) (bool, []byte, error) {
		got <- append([]byte(nil), params[wire.EncapsHeaderSize:]...)
		return true, nil, nil
	})), Identity{Name: "put"})
	require.NoError(t, err)
	intercepted, err := NewCommunicator(WithInterceptor(func(ctx context.Context, call *Invocation, next Next) *Future[Reply] { return next(ctx, call) }))
	require.NoError(t, err)
	defer func() { assert.NoError(t, intercepted.Close()) }()
	other, err := intercepted.StringToProxy(w.proxy("put").String())
	require.NoError(t, err)
	for name, p := range map[string]ObjectPrx{
		"tcp": w.proxy("put"), "compressed": WithCompress(w.proxy("put"), true), "intercepted": other, "batch": BatchOneway(w.proxy("put")),
		"oneway": Oneway(w.proxy("put")),
	} {
		for _, size := range []int{0, 1, 255, wire.LendMin - 1, wire.LendMin, 300 << 10} {
			data := make([]byte, size)
			for i := range data {
				data[i] = byte(i * i >> 7)
			}
			e := wire.NewEncoder(nil, wire.Encoding11)
			e.Bytes(data)
			e.Int(int32(size))
			_, err := p.IceConnection(t.Context())
			require.NoError(t, err)
			futures := []*Future[Void]{putAsync(Lend(t.Context()), p, data), putAsync(t.Context(), p, data), putAsync(Lend(t.Context()), p, data)}
			require.NoError(t, p.IceFlushBatch(t.Context()))
			for _, f := range futures {
				require.NoError(t, f.Err(t.Context()))
				require.True(t, bytes.Equal(e.Data(), <-got), "%s, %d bytes", name, size)
			}
		}
	}
}
