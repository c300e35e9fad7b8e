package interop_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/slice2go/slice2go/interop/faultproxy"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A call that a lost connection cuts off goes out again only if it may run twice; what a graceful close cuts off has not run.
func TestCoreAtMostOnce(t *testing.T) {
	for _, intervals := range []string{"0", "-1", "0 1 2"} {
		t.Run("Ice.RetryIntervals="+intervals, func(t *testing.T) {
			peer.CheckLeaks(t)
			server := startCore(t, "tcp -h 127.0.0.1 -p 0", "--Ice.Warn.Connections=0")
			comm := newCommunicator(t, ice.WithProperty("Ice.RetryIntervals", intervals))
			p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
			ctx := patient(t)

			err := p.void(ctx, "markAndDrop", ice.Normal, "normal")
			require.ErrorIs(t, err, ice.ErrConnectionLost)
			assert.True(t, ice.MayHaveRun(err))
			n, err := p.count(ctx, "normal")
			require.NoError(t, err, "the next call has a new connection")
			assert.EqualValues(t, 1, n)

			err = p.void(ctx, "markAgainAndDrop", ice.Idempotent, "idempotent")
			n, countErr := p.count(ctx, "idempotent")
			require.NoError(t, countErr)
			if intervals == "-1" {
				require.ErrorIs(t, err, ice.ErrConnectionLost)
				assert.EqualValues(t, 1, n)
			} else {
				require.NoError(t, err)
				assert.EqualValues(t, 2, n)
			}
		})
	}
}

// Calls that wait while the server takes leave are sent again, each runs once, and nobody notices.
func TestCoreGracefulClose(t *testing.T) {
	for _, intervals := range []string{"0", "-1"} {
		t.Run("Ice.RetryIntervals="+intervals, func(t *testing.T) {
			peer.CheckLeaks(t)
			server := startCore(t, "tcp -h 127.0.0.1 -p 0")
			comm := newCommunicator(t, ice.WithProperty("Ice.RetryIntervals", intervals))
			p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
			ctx := patient(t)
			for round := range 20 {
				_, err := ice.Await(ctx, ice.Call(ctx, p, op("leave", ice.Normal), nil))
				require.NoError(t, err)
				var futures []*ice.Future[ice.Void]
				for i := range 20 {
					futures = append(futures, p.voidAsync(ctx, "mark", ice.Normal, fmt.Sprint(round, " ", i)))
				}
				for i, f := range futures {
					require.NoError(t, f.Err(ctx))
					n, err := p.count(ctx, fmt.Sprint(round, " ", i))
					require.NoError(t, err)
					require.EqualValues(t, 1, n)
				}
			}
		})
	}
}

func TestCoreRestart(t *testing.T) {
	peer.CheckLeaks(t)
	port := peer.FreePort(t)
	endpoint := fmt.Sprint("tcp -h 127.0.0.1 -p ", port)
	server := startCore(t, endpoint)
	comm := newCommunicator(t)
	p := coreProxy(t, comm, "peer:%s", endpoint)
	ctx := patient(t)
	require.NoError(t, p.IcePing(ctx))
	first, err := p.IceConnection(ctx)
	require.NoError(t, err)
	server.Kill()
	require.ErrorIs(t, p.IcePing(ctx), ice.ErrConnectionRefused)
	require.Error(t, first.Err())
	startCore(t, endpoint)
	require.NoError(t, p.IcePing(ctx))
	second, err := p.IceConnection(ctx)
	require.NoError(t, err)
	assert.NotSame(t, first, second)
}

func TestCoreFailOver(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCore(t, "tcp -h 127.0.0.1 -p 0")
	comm := newCommunicator(t)
	dead := peer.FreePort(t)
	ctx := patient(t)
	for range 10 {
		p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %d:tcp -h 127.0.0.1 -p %s:opaque -t 99 -e 1.1 -v AA==", dead, server.Value("tcp"))
		require.NoError(t, p.IcePing(ctx))
	}
	p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %d:ssl -h 127.0.0.1 -p %d", dead, dead)
	err := p.IcePing(ctx)
	require.ErrorIs(t, err, ice.ErrConnectionRefused)
	assert.False(t, ice.MayHaveRun(err))
	require.ErrorContains(t, ice.Secure(coreProxy(t, comm, "peer:tcp -p 1:opaque -t 99 -v AA==")).IcePing(ctx), "tcp is not secure, transport 99")
	var none *ice.NoEndpointError
	require.ErrorAs(t, coreProxy(t, comm, "peer").IcePing(ctx), &none)
}

func TestCoreConnectionSharing(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCore(t, "tcp -h 127.0.0.1 -p 0")
	comm := newCommunicator(t)
	ctx := patient(t)
	connection := func(p ice.ObjectPrx) *ice.Connection {
		t.Helper()
		c, err := p.IceConnection(ctx)
		require.NoError(t, err)
		return c
	}
	p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	first := connection(p)
	other := coreProxy(t, comm, "cat/peer -f x:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	byName := coreProxy(t, comm, "peer:tcp -h localhost -p %s", server.Value("tcp"))
	for _, same := range []ice.ObjectPrx{other, byName, ice.Oneway(p), ice.WithContext(p, nil), ice.WithFacet(p, "y"), ice.WithInvocationTimeout(p, time.Second)} {
		assert.Same(t, first, connection(same), same.String())
	}
	for _, different := range []ice.ObjectPrx{ice.WithConnectionID(p, "b"), ice.WithTimeout(p, time.Minute-time.Second), ice.WithCompress(p, true)} {
		assert.NotSame(t, first, connection(different), different.String())
	}
	fixed := ice.FixedTo(p, first)
	require.NoError(t, fixed.IcePing(ctx))
	require.NoError(t, first.Close(ctx))
	require.ErrorIs(t, fixed.IcePing(ctx), ice.ErrConnectionClosed)
	require.NoError(t, p.IcePing(ctx))
	_, err := ice.Await(ctx, ice.Call(ctx, p, &opReflect, func(e *wire.Encoder) { ice.WriteProxy(e, fixed) }))
	require.ErrorIs(t, err, ice.ErrFixedProxy)
}

// A close by this side waits for calls, or ends them, as asked; none is sent again.
func TestCoreClose(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCore(t, "tcp -h 127.0.0.1 -p 0")
	comm := newCommunicator(t)
	p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	ctx := patient(t)

	slow := p.sleepAsync(ctx, 100)
	c, err := p.IceConnection(ctx)
	require.NoError(t, err)
	require.NoError(t, c.Close(ctx))
	assert.True(t, slow.IsDone())
	require.NoError(t, slow.Err(ctx))

	slow = p.sleepAsync(ctx, 100)
	c, err = p.IceConnection(ctx)
	require.NoError(t, err)
	closed := make(chan error, 1)
	c.OnClose(func(_ *ice.Connection, err error) { closed <- err })
	require.NoError(t, c.CloseNow(ctx))
	require.ErrorIs(t, slow.Err(ctx), ice.ErrConnectionClosed)
	require.ErrorIs(t, <-closed, ice.ErrConnectionClosed)

	slow = ice.Call(ctx, p, op("rest", ice.Idempotent), num(100))
	c, err = p.IceConnection(ctx)
	require.NoError(t, err)
	c.Abort()
	require.ErrorIs(t, slow.Err(ctx), ice.ErrConnectionClosed)
	require.NoError(t, p.IcePing(ctx))
}

func TestCoreTimeouts(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCore(t, "tcp -h 127.0.0.1 -p 0")
	comm := newCommunicator(t)
	ctx := patient(t)
	p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	require.NoError(t, p.IcePing(ctx))

	err := ice.WithInvocationTimeout(p, 250*time.Millisecond).sleepAsync(ctx, 3000).Err(ctx)
	require.ErrorIs(t, err, ice.ErrTimeout)
	assert.True(t, ice.MayHaveRun(err))
	short, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.sleepAsync(short, 3000).Err(ctx), context.DeadlineExceeded)
	_, err = p.say(short, "x")
	require.ErrorIs(t, err, ice.ErrTimeout)
	require.NoError(t, p.IcePing(ctx), "the connection stays")

	// A server that accepts and says nothing.
	port, err := strconv.Atoi(server.Value("tcp"))
	require.NoError(t, err)
	silent := faultproxy.Start(t, port)
	silent.Set(faultproxy.ToClient, faultproxy.Fault{Stall: true})
	err = coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %d -t 50", silent.Port()).IcePing(ctx)
	require.ErrorIs(t, err, ice.ErrConnectTimeout)
	require.ErrorIs(t, err, ice.ErrTimeout)
	assert.False(t, ice.MayHaveRun(err))
}
