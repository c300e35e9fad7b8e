package interop_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/bench/bench"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// What nobody waits for is no burden: neither a goroutine nor a reply is left.
func TestFutureNobodyWaits(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		before := s.calls(t)
		for range 1000 {
			s.echo.PingAsync(t.Context())
			s.echo.GetBytesAsync(t.Context(), 1000)
			s.echo.FailAsync(t.Context())
		}
		require.Eventually(t, func() bool { return s.calls(t) == before+3000 }, 2*time.Minute, 10*time.Millisecond)
	})
}

// A callback that blocks holds up neither other replies on the connection nor the close of the communicator.
func TestFutureCallbackBlocks(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		release := make(chan struct{})
		var blocked sync.WaitGroup
		s.stopped(t, func() { // else a callback could find its call done, and block this goroutine
			for range 50 {
				blocked.Add(1)
				s.echo.PingAsync(t.Context()).OnDone(func(*ice.Future[ice.Void]) {
					defer blocked.Done()
					<-release
				})
			}
		})
		for range 100 {
			require.NoError(t, s.echo.Ping(t.Context()))
		}
		closed := make(chan error, 1)
		go func() { closed <- s.comm.Close() }()
		require.NoError(t, <-closed)
		close(release)
		blocked.Wait()
	})
}

// Callbacks invoke again, and wait for it.
func TestFutureCallbackInvokes(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		ctx := t.Context()
		var chains sync.WaitGroup
		var next func(f *ice.Future[string], depth int)
		next = func(f *ice.Future[string], depth int) {
			f.OnDone(func(f *ice.Future[string]) {
				text, err := f.Result(ctx)
				if !assert.NoError(t, err) || depth == 0 {
					chains.Done()
					return
				}
				again, err := s.echo.EchoString(ctx, text) // waits within the callback
				assert.NoError(t, err)
				assert.Equal(t, text, again)
				next(s.echo.EchoStringAsync(ctx, text), depth-1)
			})
		}
		for range 20 {
			chains.Add(1)
			next(s.echo.EchoStringAsync(ctx, "again"), 30)
		}
		chains.Wait()
	})
}

// outstandingSleeps starts n calls that the server will not answer in this test, and counts their completions.
func outstandingSleeps(t *testing.T, s *echoServer, n int, completed *atomic.Int32) []*ice.Future[ice.Void] {
	t.Helper()
	calls := make([]*ice.Future[ice.Void], n)
	for i := range calls {
		calls[i] = s.echo.SleepAsync(t.Context(), 60_000)
		calls[i].OnDone(func(*ice.Future[ice.Void]) { completed.Add(1) })
	}
	return calls
}

func TestFutureConnectionDies(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		var completed atomic.Int32
		calls := outstandingSleeps(t, s, 5000, &completed)
		for _, f := range calls { // one that was not sent would be sent again, in vain
			_, err := f.Sent(t.Context())
			require.NoError(t, err)
		}
		s.Kill()
		for _, f := range calls {
			require.ErrorIs(t, f.Err(t.Context()), ice.ErrConnectionLost)
		}
		require.Eventually(t, func() bool { return completed.Load() == 5000 }, 2*time.Minute, time.Millisecond)
	})
}

func TestFutureCommunicatorCloses(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		var completed atomic.Int32
		calls := outstandingSleeps(t, s, 5000, &completed)
		closed := make(chan error, 1)
		go func() { closed <- s.comm.Close() }()
		for _, f := range calls {
			require.ErrorIs(t, f.Err(t.Context()), ice.ErrCommunicatorDestroyed)
		}
		require.NoError(t, <-closed)
		require.Eventually(t, func() bool { return completed.Load() == 5000 }, 2*time.Minute, time.Millisecond)
		s.Kill() // it would wait for its 5000 dispatches
	})
}

// One hundred thousand calls are outstanding on one connection, cost no goroutine and at most 1 KiB each, and
// complete, each with its own answer.
func TestFutureHundredThousand(t *testing.T) {
	peer.CheckLeaks(t)
	s := startEcho(t, "cpp")
	ctx := t.Context()
	n := 100_000
	calls := make([]*ice.Future[ice.Void], n)
	goroutines, heap := runtime.NumGoroutine(), heapInUse()
	outstanding, each, more := 0, int64(0), 0
	s.stopped(t, func() {
		for i := range calls {
			calls[i] = s.echo.PingAsync(ctx)
		}
		for _, f := range calls {
			if f.Running() {
				outstanding++
			}
		}
		each, more = (heapInUse()-heap)/int64(n), runtime.NumGoroutine()-goroutines
	})
	t.Logf("%d outstanding, %d goroutines and %d bytes each more than before", outstanding, more, each)
	assert.Equal(t, n, outstanding)
	assert.LessOrEqual(t, more, 10)
	if !raceEnabled {
		assert.LessOrEqual(t, each, int64(1024))
	}
	for _, f := range calls {
		require.NoError(t, f.Err(ctx))
	}

	texts := make([]*ice.Future[[]byte], n)
	for i := range texts {
		texts[i] = s.echo.GetBytesAsync(ctx, int32(i%64))
	}
	for i, f := range texts {
		got, err := f.Result(ctx)
		require.NoError(t, err)
		if len(got) != i%64 {
			require.Len(t, got, i%64, "call %d has another call's answer", i)
		}
	}
}

// Ice's WebSocket transport wants each message in a WebSocket message of its own, however many there are to be sent.
func TestFutureManyOverWebSocket(t *testing.T) {
	peer.CheckLeaks(t)
	s := startEcho(t, "cpp")
	base, err := s.comm.StringToProxy("echo:" + s.Value("ws"))
	require.NoError(t, err)
	echo := bench.NewEchoPrx(base)
	calls := make([]*ice.Future[[]byte], 5000)
	for i := range calls {
		calls[i] = echo.GetBytesAsync(t.Context(), int32(i))
	}
	for i, f := range calls {
		got, err := f.Result(t.Context())
		require.NoError(t, err, "call %d", i)
		require.Len(t, got, i)
	}
	for range 50 {
		require.NoError(t, ice.Oneway(echo).PutBytes(t.Context(), make([]byte, 100_000)))
	}
	require.NoError(t, echo.Ping(t.Context()))
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
