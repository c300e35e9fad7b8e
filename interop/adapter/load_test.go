package adapter_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/faultproxy"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	at "github.com/slice2go/slice2go/testdata/interop/adaptertest"
)

// heapAfterGC is what is in use.
func heapAfterGC() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Ten thousand calls wait on one connection, without a goroutine each; when the network goes on, each gets its own
// reply, and what they took is given back.
func TestLoadOutstandingCalls(t *testing.T) {
	peer.CheckLeaks(t)
	f := newFaulty(t, startTester(t), "")
	ctx := t.Context()
	const calls = 10_000
	round := func() (grown, goroutines int64) {
		require.NoError(t, f.tester.IcePing(ctx))
		f.proxy.Set(faultproxy.ToClient, faultproxy.Fault{Stall: true})
		before, running := heapAfterGC(), runtime.NumGoroutine()
		futures := make([]*ice.Future[at.TesterEchoIntResult], calls)
		for i := range futures {
			futures[i] = f.tester.EchoIntAsync(ctx, int32(i))
		}
		grown, goroutines = heapAfterGC()-before, int64(runtime.NumGoroutine()-running)
		f.proxy.Clear()
		for i, future := range futures {
			r, err := future.Result(ctx)
			require.NoError(t, err)
			require.Equal(t, int32(i), r.ReturnValue)
		}
		return grown, goroutines
	}
	round() // fills the pools
	base := heapAfterGC()
	for range 5 {
		grown, goroutines := round()
		t.Logf("%d calls outstanding: %d bytes a call, %d goroutines more", calls, grown/calls, goroutines)
		assert.Less(t, goroutines, int64(5))
		assert.Less(t, grown/calls, int64(1024))
	}
	after := heapAfterGC()
	t.Logf("heap %d KiB before, %d KiB after", base>>10, after>>10)
	assert.Less(t, after-base, int64(2<<20), "memory is flat")
	assert.Equal(t, 1, f.proxy.Accepted())
}

// A thousand connections to a server in Go, and to one of the real peer's, each with calls in flight; when they are
// closed nothing is left of them.
func TestLoadConnections(t *testing.T) {
	peer.CheckLeaks(t)
	const connections = 1000
	servers := map[string]func(t *testing.T, comm *ice.Communicator) at.TesterPrx{
		"go": func(t *testing.T, comm *ice.Communicator) at.TesterPrx {
			p, err := comm.StringToProxy(startGoServer(t, "tcp -h 127.0.0.1").proxy(0))
			require.NoError(t, err)
			return at.NewTesterPrx(p)
		},
		"python": func(t *testing.T, comm *ice.Communicator) at.TesterPrx {
			return testerAt(t, comm, fmt.Sprintf("tcp -h 127.0.0.1 -p %d", portOf(t, startTester(t), "tcp")))
		},
	}
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			comm := newCommunicator(t)
			p := start(t, comm)
			require.NoError(t, p.IcePing(ctx))
			base := heapAfterGC()
			var made []*ice.Connection
			var futures []*ice.Future[at.TesterEchoIntResult]
			for i := range connections {
				own := ice.WithConnectionID(p, fmt.Sprint(i))
				conn, err := own.IceConnection(ctx)
				require.NoError(t, err)
				made = append(made, conn)
				for n := range 5 {
					futures = append(futures, own.EchoIntAsync(ctx, int32(i*5+n)))
				}
			}
			for i, future := range futures {
				r, err := future.Result(ctx)
				require.NoError(t, err)
				require.Equal(t, int32(i), r.ReturnValue)
			}
			open := heapAfterGC()
			distinct := map[string]bool{}
			for _, conn := range made {
				distinct[conn.Info().LocalAddr.String()] = true
				require.NoError(t, conn.Close(ctx))
			}
			assert.Len(t, distinct, connections)
			made, futures = nil, nil
			var closed int64
			require.Eventually(t, func() bool { closed = heapAfterGC(); return closed-base < 4<<20 }, 2*time.Minute, 100*time.Millisecond, "memory of closed connections is given back")
			t.Logf("%d connections: %d KiB each while open, heap %d KiB before and %d KiB after", connections, (open-base)>>10/connections, base>>10, closed>>10)
		})
	}
}

// Many messages of all kinds, from many goroutines over few connections: each arrives, and memory stays flat.
func TestLoadManyMessages(t *testing.T) {
	peer.CheckLeaks(t)
	server := startGoServer(t, "tcp -h 127.0.0.1")
	comm := newCommunicator(t, "Ice.MessageSizeMax", "102400")
	base, err := comm.StringToProxy(server.proxy(0))
	require.NoError(t, err)
	p := at.NewTesterPrx(base)
	rounds, perCaller := 10, 500
	if testing.Short() {
		rounds = 3
	}
	const callers = 16
	var heap []int64
	for range rounds {
		var wg sync.WaitGroup
		for caller := range callers {
			wg.Go(func() { callAll(t, ice.WithConnectionID(p, fmt.Sprint(caller%4)), perCaller) })
		}
		wg.Wait()
		heap = append(heap, heapAfterGC())
	}
	want := int32(rounds * callers * perCaller * 3) // an answered, a oneway and a batched Add in each turn
	require.Eventually(t, func() bool { return server.count.Load() == want }, 2*time.Minute, 10*time.Millisecond, "all oneway calls arrive")
	t.Logf("%d messages; heap after each round, in KiB:", want*2)
	for _, h := range heap {
		t.Logf("  %d", h>>10)
	}
	assert.Less(t, heap[len(heap)-1]-heap[1], int64(2<<20), "memory is flat")
}

func callAll(t *testing.T, p at.TesterPrx, turns int) {
	ctx := context.Background()
	oneway, batch := ice.Oneway(p), ice.BatchOneway(p)
	for i := range turns {
		n, _, err := p.EchoInt(ctx, int32(i))
		if !assert.NoError(t, err) || !assert.Equal(t, int32(i), n) {
			return
		}
		text, _, err := p.EchoStrings(ctx, []string{"a", "text"})
		assert.NoError(t, err)
		assert.Len(t, text, 2)
		assert.NoError(t, p.Add(ctx, 1))
		assert.NoError(t, oneway.Add(ctx, 1))
		assert.NoError(t, batch.Add(ctx, 1))
		if i%100 == 99 {
			b, _, err := p.EchoBytes(ctx, make([]byte, 100_000))
			assert.NoError(t, err)
			assert.Len(t, b, 100_000)
			assert.Error(t, p.Fail(ctx, "node"))
		}
	}
	assert.NoError(t, batch.IceFlushBatch(ctx))
}
