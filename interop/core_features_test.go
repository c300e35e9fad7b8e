package interop_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// onCoreServers runs a test against the server in C++ and the one in Python.
func onCoreServers(t *testing.T, options []string, test func(t *testing.T, server *peer.Process)) {
	for name, start := range map[string]func(testing.TB, string, ...string) *peer.Process{"cpp": startCoreCpp, "python": startCore} {
		t.Run(name, func(t *testing.T) {
			peer.CheckLeaks(t)
			test(t, start(t, "tcp -h 127.0.0.1 -p 0", options...))
		})
	}
}

func eventuallyCounted(t *testing.T, p corePrx, name string, want int) {
	t.Helper()
	require.Eventually(t, func() bool {
		n, err := p.count(context.Background(), name)
		return assert.NoError(t, err) && int(n) == want
	}, 2*time.Minute, 5*time.Millisecond, name)
}

func TestCoreOnewayAndBatch(t *testing.T) {
	onCoreServers(t, nil, func(t *testing.T, server *peer.Process) {
		comm := newCommunicator(t, ice.WithProperty("Ice.BatchAutoFlushSize", "1"))
		p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
		ctx := patient(t)
		for range 10 {
			require.NoError(t, ice.Oneway(p).void(ctx, "mark", ice.Normal, "oneway"))
		}
		eventuallyCounted(t, p, "oneway", 10)
		_, err := ice.Oneway(p).say(ctx, "x")
		require.ErrorIs(t, err, ice.ErrTwowayOnly)
		assert.False(t, ice.MayHaveRun(err))

		batch := ice.BatchOneway(p)
		for range 5 {
			require.NoError(t, batch.void(ctx, "mark", ice.Normal, "batch"))
		}
		require.NoError(t, batch.IceFlushBatch(ctx))
		eventuallyCounted(t, p, "batch", 5)
		require.NoError(t, batch.IceFlushBatch(ctx), "nothing to flush")

		require.NoError(t, batch.void(ctx, "mark", ice.Normal, "all"))
		c, err := p.IceConnection(ctx)
		require.NoError(t, err)
		fixed := ice.BatchOneway(ice.FixedTo(p, c))
		require.NoError(t, fixed.void(ctx, "mark", ice.Normal, "connection"))
		require.NoError(t, c.FlushBatch(ctx))
		eventuallyCounted(t, p, "connection", 1)
		require.NoError(t, fixed.void(ctx, "mark", ice.Normal, "all"))
		n, err := p.count(ctx, "all")
		require.NoError(t, err)
		require.Zero(t, n)
		require.NoError(t, comm.FlushBatch(ctx))
		eventuallyCounted(t, p, "all", 2)

		name := strings.Repeat("n", 300) // three or so fill a batch of 1 KiB
		for range 10 {
			require.NoError(t, batch.void(ctx, "mark", ice.Normal, name))
		}
		eventuallyCounted(t, p, name, 9-9%3)
		require.NoError(t, batch.IceFlushBatch(ctx))
		eventuallyCounted(t, p, name, 10)
	})
}

func TestCoreContexts(t *testing.T) {
	onCoreServers(t, nil, func(t *testing.T, server *peer.Process) {
		comm := newCommunicator(t, ice.WithProperty("Ice.ImplicitContext", "Shared"))
		p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
		received := func(ctx context.Context, p corePrx) map[string]string {
			t.Helper()
			m, err := ice.Await(ctx, ice.Call(ice.Awaited(ctx), p, &opContext, nil))
			require.NoError(t, err)
			return m
		}
		ctx := patient(t)
		assert.Empty(t, received(ctx, p))
		comm.ImplicitContext().SetContext(map[string]string{"a": "implicit", "b": "implicit", "c": "implicit"})
		assert.Equal(t, map[string]string{"a": "implicit", "b": "implicit", "c": "implicit"}, received(ctx, p))
		p = ice.WithContext(p, map[string]string{"b": "proxy", "c": "proxy"})
		assert.Equal(t, map[string]string{"a": "implicit", "b": "proxy", "c": "proxy"}, received(ctx, p))
		call := ice.ContextWith(ctx, map[string]string{"c": "call"})
		assert.Equal(t, map[string]string{"a": "implicit", "b": "proxy", "c": "call"}, received(call, p))
		assert.Equal(t, map[string]string{"d": "only"}, received(ice.ContextOnly(ctx, map[string]string{"d": "only"}), p))
		assert.Equal(t, "implicit", comm.ImplicitContext().Remove("a"))
		assert.Equal(t, map[string]string{"b": "proxy", "c": "proxy"}, received(ctx, p))
	})
}

func TestCoreCompression(t *testing.T) {
	onCoreServers(t, nil, func(t *testing.T, server *peer.Process) {
		comm := newCommunicator(t)
		p := ice.WithCompress(coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp")), true)
		ctx := patient(t)
		text := strings.Repeat("compressible ", 10_000)
		for range 3 {
			got, err := p.say(ctx, text)
			require.NoError(t, err)
			require.Equal(t, text, got)
		}
		assert.Contains(t, p.String(), " -z")
	})
}

func TestCoreDynamicInvocation(t *testing.T) {
	onCoreServers(t, nil, func(t *testing.T, server *peer.Process) {
		comm := newCommunicator(t)
		p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
		ctx := patient(t)
		e := wire.NewEncoder(nil, wire.Encoding10)
		e.StartEncaps(wire.Encoding11, wire.DefaultFormat)
		e.String("dynamic")
		e.EndEncaps()
		ok, results, err := p.IceInvoke(ctx, "say", ice.Normal, e.Data())
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Equal(t, e.Data(), results)
		e = wire.NewEncoder(nil, wire.Encoding10)
		e.StartEncaps(wire.Encoding10, wire.DefaultFormat)
		e.String("failure")
		e.EndEncaps()
		ok, results, err = p.IceInvoke(ctx, "fail", ice.Normal, e.Data())
		require.NoError(t, err)
		assert.False(t, ok)
		assert.Contains(t, string(results), "::CoreTest::Failure")
		_, _, err = p.IceInvoke(ctx, "say", ice.Normal, []byte("no encapsulation"))
		require.ErrorContains(t, err, "no encapsulation")
		ok, _, err = p.IceInvoke(ctx, "ice_ping", ice.Idempotent, nil)
		require.NoError(t, err)
		assert.True(t, ok)
	})
}

func TestCoreInterceptors(t *testing.T) {
	onCoreServers(t, nil, func(t *testing.T, server *peer.Process) {
		var order []string
		var twice atomic.Bool
		gate := make(chan struct{})
		var gated atomic.Bool
		comm := newCommunicator(t, ice.WithInterceptor(
			func(ctx context.Context, call *ice.Invocation, next ice.Next) *ice.Future[ice.Reply] {
				order = append(order, "outer "+call.Operation)
				call.Context = map[string]string{"added": "yes"}
				return next(ctx, call)
			},
			func(ctx context.Context, call *ice.Invocation, next ice.Next) *ice.Future[ice.Reply] {
				order = append(order, "inner")
				if twice.Load() {
					if err := next(ctx, call).Err(ctx); err != nil {
						return ice.Failed[ice.Reply](err)
					}
				}
				if !gated.Load() {
					return next(ctx, call)
				}
				f, resolver := ice.NewFuture[ice.Reply]()
				go func() {
					select {
					case <-gate:
					case <-ctx.Done():
						resolver.Reject(ctx.Err())
						return
					}
					reply, err := next(ctx, call).Result(ctx)
					if err != nil {
						resolver.Reject(err)
						return
					}
					resolver.Resolve(reply)
				}()
				return f
			}))
		p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
		ctx := patient(t)
		got, err := p.say(ctx, "hello")
		require.NoError(t, err)
		assert.Equal(t, "hello", got)
		assert.Equal(t, []string{"outer say", "inner"}, order)
		m, err := ice.Await(ctx, ice.Call(ctx, p, &opContext, nil))
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"added": "yes"}, m)
		var failure *coreFailure
		require.ErrorAs(t, p.fail(ctx, "failure"), &failure)
		require.NoError(t, ice.Oneway(p).void(ctx, "mark", ice.Normal, "oneway"))
		eventuallyCounted(t, p, "oneway", 1)

		twice.Store(true)
		require.NoError(t, p.void(ctx, "mark", ice.Normal, "twice"))
		twice.Store(false)
		eventuallyCounted(t, p, "twice", 2)

		gated.Store(true)
		waiting := p.voidAsync(ctx, "mark", ice.Normal, "gated")
		canceled := p.voidAsync(ctx, "mark", ice.Normal, "canceled")
		canceled.Cancel()
		require.ErrorIs(t, canceled.Err(ctx), ice.ErrCanceled)
		assert.True(t, waiting.Running())
		close(gate)
		require.NoError(t, waiting.Err(ctx))
		gated.Store(false)
		eventuallyCounted(t, p, "gated", 1)
		n, err := p.count(ctx, "canceled")
		require.NoError(t, err)
		assert.Zero(t, n)
	})
}

// Proxies travel, and keep what Ice keeps of them.
func TestCoreProxiesTravel(t *testing.T) {
	onCoreServers(t, nil, func(t *testing.T, server *peer.Process) {
		comm := newCommunicator(t)
		p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
		ctx := patient(t)
		for _, text := range []string{
			"a -t -e 1.1", "a/b -f f -o -s -e 1.0", "a -t -e 1.1 @ id", "a -O -e 1.1:tcp -h h -p 1 -t 5 -z", "a -t -e 1.1:ssl -h h -p 1 -t infinite",
			"a -t -e 1.1:ws -h h -p 1 -t 5 -r /x:wss -h h -p 1 -t 5 -r /", "a -d -e 1.1:udp -h h -p 1", "a -t -e 1.1:opaque -t 99 -e 1.1 -v abch:tcp -h h -p 2 -t 60000",
		} {
			sent, err := comm.StringToProxy(text)
			require.NoError(t, err)
			back, err := ice.Await(ctx, ice.Call(ice.Awaited(ctx), p, &opReflect, func(e *wire.Encoder) { ice.WriteProxy(e, sent) }))
			require.NoError(t, err)
			assert.Equal(t, text, back.String())
			assert.True(t, sent.Equal(back), text)
		}
		back, err := ice.Await(ctx, ice.Call(ice.Awaited(ctx), p, &opReflect, func(e *wire.Encoder) { ice.WriteProxy(e, nil) }))
		require.NoError(t, err)
		assert.Nil(t, back)
	})
}

// A communicator that is closed ends what is outstanding, and takes nothing more.
func TestCoreCommunicatorClosed(t *testing.T) {
	onCoreServers(t, nil, func(t *testing.T, server *peer.Process) {
		comm, err := ice.NewCommunicator()
		require.NoError(t, err)
		p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
		ctx := patient(t)
		require.NoError(t, p.IcePing(ctx))
		var slow []*ice.Future[ice.Void]
		for range 5 {
			slow = append(slow, p.sleepAsync(ctx, 100))
		}
		require.NoError(t, comm.Close())
		for _, f := range slow {
			require.ErrorIs(t, f.Err(ctx), ice.ErrCommunicatorDestroyed)
		}
		err = p.IcePing(ctx)
		require.ErrorIs(t, err, ice.ErrCommunicatorDestroyed)
		assert.False(t, ice.MayHaveRun(err))
		_, err = comm.StringToProxy("a")
		require.True(t, errors.Is(err, ice.ErrCommunicatorDestroyed))
	})
}
