package ice

import (
	"context"
	"encoding/binary"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

// flood writes requests until the socket takes no more, or all are written.
func flood(t *testing.T, conn net.Conn, request []byte, count int) (done chan struct{}) {
	t.Helper()
	done = make(chan struct{})
	go func() {
		defer close(done)
		for range count {
			if _, err := conn.Write(request); err != nil {
				return
			}
		}
	}()
	return done
}

// steady waits until a number has stopped to grow.
func steady(t *testing.T, n *atomic.Int32) int32 {
	t.Helper()
	last := int32(-1)
	for since := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		switch now := n.Load(); {
		case now != last:
			last, since = now, time.Now()
		case now > 0 && time.Since(since) > 300*time.Millisecond:
			return now
		}
	}
}

// A client that sends requests and reads no replies is served until the replies fill the bound, and on when it reads.
func TestRepliesThatNobodyReads(t *testing.T) {
	const size, requests, filling = 1 << 20, 300, 30
	for name, dispatches := range map[string]string{"limited": "4", "unlimited": "0"} {
		t.Run(name, func(t *testing.T) {
			peer.CheckLeaks(t)
			w := newWorld(t, "A.Connection.SendQueueMax", "8192", "A.Connection.MaxDispatches", dispatches)
			var ran atomic.Int32
			large := strings.Repeat("x", size)
			w.add(newGreeter(func(context.Context, string) (string, error) {
				ran.Add(1)
				time.Sleep(time.Millisecond)
				return large, nil
			}), "greeter")
			conn := w.rawClient()
			require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(64<<10))
			// As many as the bound and the sockets hold. All may run at once if the number of dispatches is not limited.
			<-flood(t, conn, greetRequest(1, "x"), filling)
			steady(t, &ran)
			done := flood(t, conn, greetRequest(1, "x"), requests-filling)
			assert.LessOrEqual(t, steady(t, &ran), int32(filling+4))
			for range requests {
				head := readMessage(conn)
				require.Equal(t, byte(wire.ReplyMessage), head[8])
				require.Greater(t, len(head), size)
			}
			<-done
			assert.EqualValues(t, requests, ran.Load())
		})
	}
}

// A client that never reads loses its connection after the endpoint's timeout.
func TestStuckReader(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t, "A.Connection.SendQueueMax", "1024", "Ice.Override.Timeout", "300", "Ice.Default.Timeout", "300")
	large := strings.Repeat("x", 1<<20)
	w.add(newGreeter(func(context.Context, string) (string, error) { return large, nil }), "greeter")
	conn := w.rawClient()
	done := flood(t, conn, greetRequest(1, "x"), 300)
	list := w.server.connections.list()
	require.Len(t, list, 1)
	<-list[0].Done()
	require.ErrorIs(t, list[0].Err(), ErrTimeout)
	require.NoError(t, conn.Close())
	<-done
}

// What waits for slow servants is bounded over all connections of a communicator.
func TestDispatchBudget(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t, "Ice.DispatchQueueSizeMax", "1024", "A.Connection.MaxDispatches", "1")
	var ran atomic.Int32
	release := make(chan struct{})
	w.add(newGreeter(func(context.Context, string) (string, error) {
		ran.Add(1)
		<-release
		return "", nil
	}), "greeter")
	const connections, requests, size = 10, 40, 100_000
	request := greetRequest(0, "")
	request = request[:len(request)-7] // what follows is of another length
	e := wire.NewEncoder(request, wire.Encoding10)
	e.StartEncaps(wire.Encoding11, wire.CompactFormat)
	e.String(strings.Repeat("x", size))
	e.EndEncaps()
	request = e.Data()
	binary.LittleEndian.PutUint32(request[10:], uint32(len(request)))
	var floods []chan struct{}
	for range connections {
		floods = append(floods, flood(t, w.rawClient(), request, requests))
	}
	require.Eventually(t, func() bool { return ran.Load() == connections }, time.Minute, time.Millisecond)
	used := func() int {
		w.server.dispatching.mu.Lock()
		defer w.server.dispatching.mu.Unlock()
		return w.server.dispatching.used
	}
	require.Eventually(t, func() bool { return used() >= 1<<20 }, time.Minute, time.Millisecond)
	for range 20 {
		time.Sleep(10 * time.Millisecond)
		require.Less(t, used(), 1<<20+(connections+1)*2*size)
	}
	close(release)
	for _, done := range floods {
		<-done
	}
	require.Eventually(t, func() bool { return ran.Load() == connections*requests }, time.Minute, time.Millisecond)
	require.Zero(t, used())
}

// An asynchronous call waits when more is to be sent than should be, and goes on when there is room, or when it is given up.
func TestCallsWaitForRoom(t *testing.T) {
	peer.CheckLeaks(t)
	const size = 4 << 20
	s, p := newSlowTakerWith(t, "Ice.Connection.Client.SendQueueMax", "8192")
	c, err := p.IceConnection(t.Context())
	require.NoError(t, err)
	data := make([]byte, size)
	var begun atomic.Int32
	all := make(chan error, 1)
	go func() {
		var futures []*Future[Void]
		for range 20 {
			futures = append(futures, putAsync(t.Context(), p, data))
			begun.Add(1)
		}
		for _, f := range futures {
			if err := f.Err(t.Context()); err != nil {
				all <- err
				return
			}
		}
		all <- nil
	}()
	require.Less(t, steady(t, &begun), int32(6)) // and what the sockets hold
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err = putAsync(ctx, p, data).Err(t.Context())
	require.ErrorIs(t, err, ErrTimeout)
	require.False(t, MayHaveRun(err))
	require.NoError(t, c.comm.FlushBatch(t.Context()))
	for range 1000 {
		c.Heartbeat()
	}
	c.mu.Lock()
	queued := len(c.queue)
	c.mu.Unlock()
	require.Less(t, queued, 10)
	close(s.take)
	require.NoError(t, <-all)
}

// A call that waits for room ends with its connection.
func TestCallsThatWaitForRoomEnd(t *testing.T) {
	peer.CheckLeaks(t)
	for name, end := range map[string]func(*Connection){
		"abort": (*Connection).Abort,
		"close": func(c *Connection) {
			c.closeNow(&ConnectionError{Kind: ErrConnectionClosed, Err: errManual})
			c.Abort()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newSlowTakerWith(t, "Ice.Connection.Client.SendQueueMax", "1024")
			c, err := p.IceConnection(t.Context())
			require.NoError(t, err)
			p = c.Proxy(Identity{Name: "x"})
			data := make([]byte, 8<<20)
			first := putAsync(t.Context(), p, data)
			second := make(chan *Future[Void], 1)
			go func() { second <- putAsync(t.Context(), p, data) }()
			select {
			case <-second:
				t.Fatal("it did not wait")
			case <-time.After(50 * time.Millisecond):
			}
			end(c)
			require.Error(t, first.Err(t.Context()))
			err = (<-second).Err(t.Context())
			require.Error(t, err)
			require.False(t, MayHaveRun(err))
			close(s.take)
		})
	}
}

// While the connection is being made, no more waits for it than may wait on it.
func TestCallsWaitForRoomWithoutConnection(t *testing.T) {
	peer.CheckLeaks(t)
	greet := make(chan struct{})
	p := scriptedWith(t, []string{"Ice.Connection.Client.SendQueueMax", "1024", "Ice.Override.ConnectTimeout", "60000"}, func(conn net.Conn) {
		<-greet
		_, _ = conn.Write(controlMessage(wire.ValidateMessage))
		for {
			m := readMessage(conn)
			if len(m) <= wire.HeaderSize {
				return
			}
			_, _ = conn.Write(replyTo(m))
		}
	})
	data := make([]byte, 400<<10)
	var begun atomic.Int32
	all := make(chan error, 1)
	go func() {
		var futures []*Future[Void]
		for range 20 {
			futures = append(futures, putAsync(t.Context(), p, data))
			begun.Add(1)
		}
		for _, f := range futures {
			if err := f.Err(t.Context()); err != nil {
				all <- err
				return
			}
		}
		all <- nil
	}()
	require.EqualValues(t, 3, steady(t, &begun))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := putAsync(ctx, p, data).Err(t.Context())
	require.ErrorIs(t, err, ErrTimeout)
	require.False(t, MayHaveRun(err))
	close(greet)
	require.NoError(t, <-all)
}
