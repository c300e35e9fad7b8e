package ice

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

func TestMemoryBudget(t *testing.T) {
	b := &memoryBudget{max: 10}
	require.True(t, b.take(4, 0, nil))
	require.True(t, b.take(6, 0, nil))
	require.False(t, b.take(1, time.Millisecond, nil), "late")
	done := make(chan struct{})
	close(done)
	require.False(t, b.take(1, 0, done), "the connection is closed")

	var peak, used atomic.Int64
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			n := 1 + i%12 // some want more than there can be
			if !assert.True(t, b.take(n, 0, nil)) {
				return
			}
			if now := used.Add(int64(n)); now > peak.Load() {
				peak.Store(now)
			}
			used.Add(-int64(n))
			b.give(n)
		})
	}
	b.give(4)
	b.give(6)
	all.Wait()
	assert.LessOrEqual(t, peak.Load(), int64(12))
	assert.Zero(t, b.used)
}

// compressedRequest gives a request to the greeter whose name has n bytes.
func compressedRequest(t *testing.T, n int) []byte {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartMessage(wire.RequestMessage, wire.CanCompress)
	e.Int(1)
	(&wire.RequestHeader{Identity: Identity{Name: "greeter"}, Operation: "greet"}).IceWrite(e)
	e.StartEncaps(wire.Encoding11, wire.CompactFormat)
	e.String(string(make([]byte, n)))
	e.EndEncaps()
	e.EndMessage(0)
	packed, err := wire.Compress(e.Data(), 9)
	require.NoError(t, err)
	return packed
}

// takeMessage reads a message of the server.
func takeMessage(conn net.Conn) ([]byte, error) {
	head := make([]byte, wire.HeaderSize)
	if _, err := io.ReadFull(conn, head); err != nil {
		return nil, err
	}
	body := make([]byte, binary.LittleEndian.Uint32(head[10:])-wire.HeaderSize)
	_, err := io.ReadFull(conn, body)
	return append(head, body...), err
}

// Compressed requests of many connections, which are small until they are decompressed, take together what the property allows.
func TestBombsOfManyConnections(t *testing.T) {
	peer.CheckLeaks(t)
	const size, clients = 4 << 20, 8
	w := newWorld(t, "Ice.MessageSizeMax", "8192", "Ice.Compression.MemoryMax", "10240")
	budget := &w.server.decompressing.requests
	var running, most atomic.Int32
	started, release := make(chan struct{}, clients), make(chan struct{})
	w.add(newGreeter(func(_ context.Context, name string) (string, error) {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer running.Add(-1)
		started <- struct{}{}
		<-release
		return "", nil
	}), "greeter")
	bomb := compressedRequest(t, size)
	require.Less(t, len(bomb), 1000)
	answered := make(chan error, clients)
	for range clients {
		go func() {
			answered <- func() error {
				conn, err := net.Dial("tcp", w.adapter.listeners[0].listener.Target().String()[len("tcp://"):])
				if err != nil {
					return err
				}
				defer conn.Close()
				if _, err = conn.Write(bomb); err != nil {
					return err
				}
				for range 2 { // the greeting, and the reply
					if _, err = takeMessage(conn); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	<-started
	require.Eventually(t, func() bool {
		budget.mu.Lock()
		defer budget.mu.Unlock()
		return budget.freed != nil
	}, 20*time.Second, time.Millisecond, "nobody waits")
	close(release)
	for range clients {
		require.NoError(t, <-answered)
	}
	assert.LessOrEqual(t, most.Load(), int32(2), "requests dispatched at once")
	require.Eventually(t, func() bool {
		budget.mu.Lock()
		defer budget.mu.Unlock()
		return budget.used == 0
	}, 20*time.Second, time.Millisecond, "all is given back")
}

// Messages that are announced and do not come take little.
func TestAnnouncedMessages(t *testing.T) {
	peer.CheckLeaks(t)
	const clients = 100
	w := newWorld(t)
	head := append(controlMessage(wire.ValidateMessage)[:10:10], 0, 0, 16, 0) // 1 MiB
	head[8] = byte(wire.RequestMessage)
	read := func() (n int) {
		w.adapter.mu.Lock()
		defer w.adapter.mu.Unlock()
		for c := range w.adapter.connections {
			if c.reads.Load() > 0 {
				n++
			}
		}
		return n
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range clients {
		conn, err := net.Dial("tcp", w.adapter.listeners[0].listener.Target().String()[len("tcp://"):])
		require.NoError(t, err)
		defer conn.Close()
		_, err = conn.Write(head)
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return read() == clients }, 20*time.Second, 10*time.Millisecond)
	for _, c := range w.server.connections.list() {
		c.die(errManual)
		<-c.done
	}
	runtime.ReadMemStats(&after)
	assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/clients, uint64(256<<10))
}
