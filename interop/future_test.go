package interop_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/bench/bench"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// echoServer is a peer that serves ::Bench::Echo, and our side of it.
type echoServer struct {
	*peer.Process
	comm *ice.Communicator
	echo bench.EchoPrx
}

// startEcho starts the server in C++ ("cpp") or in Python ("python").
func startEcho(t testing.TB, language string) *echoServer {
	t.Helper()
	var command peer.Command
	switch language {
	case "cpp":
		command.Path = peer.BuildCpp(t, peer.Cpp{
			Slice: []string{"bench/Bench.ice"}, Sources: []string{"bench/cpp/server.cpp"}, Args: []string{"-O2"},
		})
		command.Args = []string{"--until", "eof"}
	case "python":
		peer.Require(t, "python3")
		command = peer.PythonCommand(t, "peers/python/future/server.py", "bench/Bench.ice")
	}
	s := &echoServer{Process: peer.Start(t, command)}
	var err error
	s.comm, err = ice.NewCommunicator(ice.WithProperty("Ice.MessageSizeMax", "65536"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.comm.Close()) })
	base, err := s.comm.StringToProxy("echo:" + s.Value("tcp"))
	require.NoError(t, err)
	s.echo = bench.NewEchoPrx(base)
	// The first request waits for the connection. When one has been sent at once, the way is free for the next.
	require.Eventually(t, func() bool {
		f := s.echo.PingAsync(t.Context())
		return assert.NoError(t, f.Err(t.Context())) && f.IsSentSynchronously()
	}, 2*time.Minute, time.Millisecond)
	return s
}

// onEchoServers runs a test against both servers.
func onEchoServers(t *testing.T, test func(t *testing.T, s *echoServer)) {
	for _, language := range []string{"cpp", "python"} {
		t.Run(language, func(t *testing.T) {
			peer.CheckLeaks(t)
			test(t, startEcho(t, language))
		})
	}
}

// stopped runs f while the server reads and answers nothing.
func (s *echoServer) stopped(t *testing.T, f func()) {
	t.Helper()
	s.Signal(syscall.SIGSTOP)
	defer s.Signal(syscall.SIGCONT)
	require.Eventually(t, s.allThreadsStopped, 2*time.Minute, time.Millisecond)
	f()
}

// allThreadsStopped reads the state of the server's threads from /proc: a signal needs a moment to arrive.
func (s *echoServer) allThreadsStopped() bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", s.Pid()))
	for _, name := range threads {
		stat, readErr := os.ReadFile(name)
		_, state, _ := strings.Cut(string(stat), ") ")
		if readErr != nil || !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return err == nil && len(threads) > 0
}

// calls is how many requests the server has dispatched.
func (s *echoServer) calls(t *testing.T) int {
	t.Helper()
	n, err := s.echo.Calls(t.Context())
	require.NoError(t, err)
	return int(n)
}

// ended is a context that has ended.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestFutureResult(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		ctx := t.Context()
		text, err := s.echo.EchoStringAsync(ctx, "grüezi").Result(ctx)
		require.NoError(t, err)
		assert.Equal(t, "grüezi", text)

		var raised *bench.BenchError
		fail := s.echo.FailAsync(ctx)
		_, err = fail.Result(ctx)
		require.ErrorAs(t, err, &raised)
		assert.Equal(t, "as asked", raised.Reason)
		assert.Equal(t, err, fail.Err(ctx), "asking again gives the same")

		var slow *ice.Future[string]
		s.stopped(t, func() {
			slow = s.echo.EchoStringAsync(ctx, "late")
			short, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			_, err = slow.Result(short)
			require.ErrorIs(t, err, ice.ErrTimeout)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorIs(t, slow.Err(ended()), ice.ErrCanceled)
			require.ErrorIs(t, slow.Err(ended()), context.Canceled)
			assert.True(t, slow.Running(), "the end of the wait is not that of the invocation")
		})
		text, err = slow.Result(ctx)
		require.NoError(t, err)
		assert.Equal(t, "late", text)
		text, err = slow.Result(ended())
		require.NoError(t, err, "a future that is done needs no time")
		assert.Equal(t, "late", text)
	})
}

func TestFutureStates(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		var f *ice.Future[ice.Void]
		s.stopped(t, func() {
			f = s.echo.PingAsync(t.Context())
			assert.True(t, f.Running())
			assert.False(t, f.IsDone())
			assert.False(t, f.Cancelled())
			select {
			case <-f.Done():
				t.Error("done")
			default:
			}
		})
		<-f.Done()
		assert.False(t, f.Running())
		assert.True(t, f.IsDone())
		assert.False(t, f.Cancelled())
		f.Cancel()
		assert.False(t, f.Cancelled(), "a future that is done cannot be canceled")
		require.NoError(t, f.Err(t.Context()))
	})
}

func TestFutureCancelSent(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		before := s.calls(t)
		var f *ice.Future[ice.Void]
		s.stopped(t, func() {
			f = s.echo.PingAsync(t.Context())
			assert.True(t, f.IsSent())
			f.Cancel()
			assert.True(t, f.IsDone())
			assert.True(t, f.Cancelled())
			require.ErrorIs(t, f.Err(t.Context()), ice.ErrCanceled)
		})
		assert.Equal(t, before+1, s.calls(t), "the request had been sent; only the reply is ignored")
		assert.True(t, f.Cancelled(), "the reply changed nothing")
	})
}

// A request that was queued and canceled never reaches the server; one that is half written does, because
// a message cannot be called back.
func TestFutureCancelQueued(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		before := s.calls(t)
		var queue []*ice.Future[ice.Void]
		sent := 0
		s.stopped(t, func() {
			queue, sent = s.fillQueue(t, s.echo, 5)
			for _, f := range queue[sent+1:] {
				f.Cancel()
				require.ErrorIs(t, f.Err(t.Context()), ice.ErrCanceled)
				assert.False(t, f.IsSent())
			}
		})
		for i, f := range queue[:sent+1] {
			require.NoError(t, f.Err(t.Context()), "request %d", i)
		}
		assert.Equal(t, before+sent+1, s.calls(t))

		before = s.calls(t)
		s.stopped(t, func() {
			queue, sent = s.fillQueue(t, s.echo, 1)
			queue[sent].Cancel() // perhaps half written
			require.ErrorIs(t, queue[sent].Err(t.Context()), ice.ErrCanceled)
		})
		for _, f := range queue[:sent] {
			require.NoError(t, f.Err(t.Context()))
		}
		require.NoError(t, s.echo.Ping(t.Context()), "the connection is whole")
		assert.LessOrEqual(t, s.calls(t)-before, sent+2)
	})
}

// fillQueue sends large requests to a server that does not read until the transport takes no more, then as many as asked.
// It returns all of them, and how many were sent; the next one may be half written.
func (s *echoServer) fillQueue(t *testing.T, echo bench.EchoPrx, queued int) (all []*ice.Future[ice.Void], sent int) {
	t.Helper()
	data := make([]byte, 1<<20)
	for {
		require.Less(t, len(all), 100, "100 MiB do not fill the socket's buffers")
		f := echo.PutBytesAsync(t.Context(), data)
		all = append(all, f)
		stuck, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := f.Sent(stuck)
		cancel()
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			break
		}
	}
	sent = len(all) - 1
	for len(all)-sent < queued {
		all = append(all, echo.PutBytesAsync(t.Context(), data))
	}
	return all, sent
}

func TestFutureOnDone(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		var mu sync.Mutex
		var order []int
		note := func(i int) func(*ice.Future[ice.Void]) {
			return func(f *ice.Future[ice.Void]) {
				mu.Lock()
				defer mu.Unlock()
				assert.True(t, f.IsDone())
				order = append(order, i)
			}
		}
		finished := make(chan struct{})
		var f *ice.Future[ice.Void]
		s.stopped(t, func() {
			f = s.echo.PingAsync(t.Context())
			for i := range 10 {
				f.OnDone(note(i))
			}
			f.OnDone(func(*ice.Future[ice.Void]) { close(finished) })
		})
		<-finished
		assert.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, order)
		f.OnDone(note(10))
		assert.Equal(t, 10, order[10], "a done future calls back before OnDone returns")
	})
}

// OnDoneAsync and OnSentAsync never call back in the caller: it holds what the callback needs.
func TestFutureAsyncCallbacks(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		f := s.echo.PingAsync(t.Context())
		require.NoError(t, f.Err(t.Context()))
		var mu sync.Mutex
		var calls sync.WaitGroup
		calls.Add(2)
		mu.Lock()
		f.OnDoneAsync(func(*ice.Future[ice.Void]) {
			defer calls.Done()
			mu.Lock()
			defer mu.Unlock()
		})
		f.OnSentAsync(func(_ *ice.Future[ice.Void], synchronously bool) {
			defer calls.Done()
			mu.Lock()
			defer mu.Unlock()
			assert.True(t, synchronously)
		})
		mu.Unlock()
		calls.Wait()
	})
}

func TestFutureSentAtOnce(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		f := s.echo.PingAsync(t.Context())
		assert.True(t, f.IsSent())
		assert.True(t, f.IsSentSynchronously())
		synchronously, err := f.Sent(ended())
		require.NoError(t, err)
		assert.True(t, synchronously)
		called := false
		f.OnSent(func(same *ice.Future[ice.Void], synchronously bool) {
			called = true
			assert.Same(t, f, same)
			assert.True(t, synchronously)
		})
		assert.True(t, called, "a request that is sent calls back before OnSent returns")
		require.NoError(t, f.Err(t.Context()))
	})
}

func TestFutureSentFromTheQueue(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		var f *ice.Future[ice.Void]
		var queue []*ice.Future[ice.Void]
		called, calledAsync := make(chan bool, 1), make(chan bool, 1)
		s.stopped(t, func() {
			var sent int
			queue, sent = s.fillQueue(t, s.echo, 3)
			f = queue[len(queue)-1]
			assert.False(t, f.IsSent())
			assert.False(t, f.IsSentSynchronously())
			_, err := f.Sent(ended())
			require.ErrorIs(t, err, context.Canceled)
			f.OnSent(func(_ *ice.Future[ice.Void], synchronously bool) { called <- synchronously })
			f.OnSentAsync(func(_ *ice.Future[ice.Void], synchronously bool) { calledAsync <- synchronously })

			canceled := queue[sent+1]
			canceled.OnSent(func(*ice.Future[ice.Void], bool) { t.Error("what was taken back is not sent") })
			canceled.Cancel()
			_, err = canceled.Sent(t.Context())
			require.ErrorIs(t, err, ice.ErrCanceled)
			queue = append(queue[:sent+1], queue[sent+2:]...)
		})
		synchronously, err := f.Sent(t.Context())
		require.NoError(t, err)
		assert.False(t, synchronously)
		assert.True(t, f.IsSent())
		assert.False(t, <-called)
		assert.False(t, <-calledAsync)
		for _, f := range queue {
			require.NoError(t, f.Err(t.Context()))
		}
	})
}

func TestFutureAccessors(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		f := s.echo.EchoStringAsync(t.Context(), "x")
		require.NoError(t, f.Err(t.Context()))
		assert.Same(t, s.comm, f.Communicator())
		assert.Equal(t, s.echo.String(), f.Proxy().String())
		assert.Equal(t, "echoString", f.Operation())
		connection, err := s.echo.IceConnection(t.Context())
		require.NoError(t, err)
		assert.Same(t, connection, f.Connection())
	})
	own, _ := ice.NewFuture[int]()
	assert.Nil(t, own.Communicator())
	assert.Nil(t, own.Proxy())
	assert.Nil(t, own.Connection())
	assert.Empty(t, own.Operation())
}

func TestFutureContext(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		s.stopped(t, func() {
			ctx, cancel := context.WithCancel(t.Context())
			f := s.echo.PingAsync(ctx)
			cancel()
			err := f.Err(t.Context())
			require.ErrorIs(t, err, ice.ErrCanceled)
			require.ErrorIs(t, err, context.Canceled)
			assert.True(t, f.Cancelled())

			ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			f = s.echo.PingAsync(ctx)
			err = f.Err(t.Context())
			require.ErrorIs(t, err, ice.ErrTimeout)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.False(t, f.Cancelled())

			err = ice.WithInvocationTimeout(s.echo, time.Millisecond).PingAsync(t.Context()).Err(t.Context())
			require.ErrorIs(t, err, ice.ErrTimeout)
			require.ErrorIs(t, s.echo.Ping(ended()), context.Canceled)
		})
		require.NoError(t, s.echo.Ping(t.Context()), "the connection goes on")
	})
}

// What Ice throws from the call itself is a future that has failed already; nothing panics.
func TestFutureErrorsOnTheWayOut(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		ctx := t.Context()
		f := ice.Oneway(s.echo).CallsAsync(ctx)
		assert.True(t, f.IsDone())
		require.ErrorIs(t, f.Err(ctx), ice.ErrTwowayOnly)
		f = ice.BatchOneway(s.echo).CallsAsync(ctx)
		assert.True(t, f.IsDone())
		require.ErrorIs(t, f.Err(ctx), ice.ErrTwowayOnly)

		nowhere, err := s.comm.StringToProxy("nothing")
		require.NoError(t, err)
		var noEndpoint *ice.NoEndpointError
		require.ErrorAs(t, bench.NewEchoPrx(nowhere).PingAsync(ctx).Err(ctx), &noEndpoint)

		comm, err := ice.NewCommunicator()
		require.NoError(t, err)
		base, err := comm.StringToProxy(s.echo.String())
		require.NoError(t, err)
		other := bench.NewEchoPrx(base)
		require.NoError(t, other.Ping(ctx))
		require.NoError(t, comm.Close())
		for name, f := range map[string]*ice.Future[ice.Void]{
			"two-way": other.PingAsync(ctx),
			"one-way": ice.Oneway(other).PingAsync(ctx),
			"batch":   ice.BatchOneway(other).PingAsync(ctx),
		} {
			assert.True(t, f.IsDone(), name)
			require.ErrorIs(t, f.Err(ctx), ice.ErrCommunicatorDestroyed, name)
			_, err := f.Sent(ctx)
			require.ErrorIs(t, err, ice.ErrCommunicatorDestroyed, name)
		}
	})
}

func TestFutureConnectionRefused(t *testing.T) {
	peer.CheckLeaks(t)
	s := startEcho(t, "python")
	s.Kill()
	err := ice.WithConnectionID(s.echo, "new").PingAsync(t.Context()).Err(t.Context())
	require.ErrorIs(t, err, ice.ErrConnectionRefused)
}

// A one-way call is done when the transport has it, a batched one when it is queued.
func TestFutureOnewayAndBatch(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		ctx := t.Context()
		before := s.calls(t)
		oneway, batch := ice.Oneway(s.echo), ice.BatchOneway(s.echo)
		var queue []*ice.Future[ice.Void]
		s.stopped(t, func() {
			f := oneway.PingAsync(ctx)
			assert.True(t, f.IsDone())
			assert.True(t, f.IsSentSynchronously())
			require.NoError(t, f.Err(ctx))

			var sent int
			queue, sent = s.fillQueue(t, oneway, 2)
			for i, f := range queue {
				assert.Equal(t, i < sent, f.IsDone(), "one-way request %d of %d, %d of them sent", i, len(queue), sent)
			}
		})
		for _, f := range queue {
			require.NoError(t, f.Err(ctx))
			assert.True(t, f.IsSent())
		}

		for range 10 {
			f := batch.PingAsync(ctx)
			assert.True(t, f.IsDone())
			require.NoError(t, f.Err(ctx))
		}
		// The server has several threads: one may count while another has yet to dispatch what came before.
		requireSoon(t, func(context.Context) bool { return s.calls(t) >= before+1+len(queue) }, "the one-way requests arrive")
		assert.Equal(t, before+1+len(queue), s.calls(t), "the batch is still here")
		require.NoError(t, batch.IceFlushBatchAsync(ctx).Err(ctx))
		requireSoon(t, func(context.Context) bool { return s.calls(t) == before+1+len(queue)+10 }, "the batch arrives")
	})
}

func TestFutureOfOnesOwn(t *testing.T) {
	broken := errors.New("broken")
	f, r := ice.NewFuture[int]()
	assert.True(t, f.Running())
	assert.True(t, r.Resolve(1))
	assert.False(t, r.Resolve(2))
	assert.False(t, r.Reject(broken))
	v, err := f.Result(ended())
	require.NoError(t, err)
	assert.Equal(t, 1, v)

	f, r = ice.NewFuture[int]()
	assert.True(t, r.Reject(broken))
	require.ErrorIs(t, f.Err(ended()), broken)

	f, r = ice.NewFuture[int]()
	f.Cancel()
	assert.True(t, f.Cancelled())
	assert.False(t, r.Resolve(1))

	v, err = ice.Completed(5).Result(ended())
	require.NoError(t, err)
	assert.Equal(t, 5, v)
	assert.True(t, ice.Completed(5).IsDone())
	require.ErrorIs(t, ice.Failed[int](broken).Err(ended()), broken)
}

// requireSoon waits for a condition that the peer brings about in its own time.
func requireSoon(t *testing.T, condition func(ctx context.Context) bool, what string) {
	t.Helper()
	ctx := t.Context()
	require.Eventually(t, func() bool { return condition(ctx) }, 2*time.Minute, 10*time.Millisecond, what)
}
