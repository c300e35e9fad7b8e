package ice

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// counter is an object of the server that counts its requests.
func (w *world) counter(id string) (ObjectPrx, *atomic.Int32) {
	n := new(atomic.Int32)
	return w.add(NewBlobject(BlobjectFunc(func(context.Context, []byte) (bool, []byte, error) {
		n.Add(1)
		return true, nil, nil
	})), id), n
}

func eventually(t *testing.T, n *atomic.Int32, want int32) {
	t.Helper()
	require.Eventually(t, func() bool { return n.Load() == want }, 30*time.Second, time.Millisecond, "%d", want)
}

// Batches of fixed proxies go with their connection: a flush of all does not fail because one was closed, and nothing is kept of it.
func TestFlushAfterClose(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	ctx := t.Context()
	p, n := w.counter("c")
	first, err := p.IceConnection(ctx)
	require.NoError(t, err)
	second, err := WithConnectionID(p, "2").IceConnection(ctx)
	require.NoError(t, err)
	lost, kept := BatchOneway(FixedTo(p, first)), BatchOneway(FixedTo(p, second))
	require.NoError(t, lost.IcePing(ctx))
	require.NoError(t, kept.IcePing(ctx))
	first.Abort()
	require.NoError(t, w.client.FlushBatch(ctx))
	eventually(t, n, 1)
	require.ErrorIs(t, first.FlushBatch(ctx), ErrConnectionClosed)
	require.ErrorIs(t, lost.IceFlushBatch(ctx), ErrConnectionClosed)
	require.ErrorIs(t, lost.IcePing(ctx), ErrConnectionClosed, "nothing is queued for a connection that is closed")
	require.Eventually(t, func() bool { return len(w.client.batches.list()) == 0 }, 30*time.Second, time.Millisecond)
	require.NoError(t, w.client.FlushBatchAsync(ctx).Err(ctx), "nothing to flush")
}

// A future tells the truth about its call: proxy, operation, connection and communicator, whatever became of it.
func TestFuturesNameTheirCalls(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	ctx := t.Context()
	p, n := w.counter("c")
	c, err := p.IceConnection(ctx)
	require.NoError(t, err)
	batch, fixed := BatchOneway(p), BatchOneway(FixedTo(p, c))
	require.NoError(t, batch.IcePing(ctx))
	require.NoError(t, fixed.IcePing(ctx))
	check := func(what string, f interface {
		Proxy() ObjectPrx
		Operation() string
		Connection() *Connection
		Communicator() *Communicator
	}, proxy ObjectPrx, operation string, connection *Connection) {
		t.Helper()
		assert.Zero(t, Compare(proxy, f.Proxy()), "%s: %v, not %v", what, f.Proxy(), proxy)
		assert.Equal(t, operation, f.Operation(), what)
		assert.Same(t, connection, f.Connection(), what)
		assert.Same(t, w.client, f.Communicator(), what)
	}
	flushed := batch.IceFlushBatchAsync(ctx)
	require.NoError(t, flushed.Err(ctx))
	check("flush", flushed, batch, "ice_flushBatchRequests", c)
	flushed = fixed.IceFlushBatchAsync(ctx)
	require.NoError(t, flushed.Err(ctx))
	check("flush of a fixed proxy", flushed, fixed, "ice_flushBatchRequests", c)
	eventually(t, n, 2)
	flushed = batch.IceFlushBatchAsync(ctx)
	require.NoError(t, flushed.Err(ctx))
	assert.True(t, flushed.IsSentSynchronously())
	check("flush of nothing", flushed, batch, "ice_flushBatchRequests", nil)
	flushed = c.FlushBatchAsync(ctx)
	require.NoError(t, flushed.Err(ctx))
	check("flush of a connection", flushed, nil, "flushBatchRequests", c)
	require.NoError(t, fixed.IcePing(ctx))
	flushed = c.FlushBatchAsync(ctx, CompressNo)
	require.NoError(t, flushed.Err(ctx))
	check("flush of a connection", flushed, nil, "flushBatchRequests", c)
	eventually(t, n, 3)
	flushed = w.client.FlushBatchAsync(ctx)
	require.NoError(t, flushed.Err(ctx))
	check("flush of all", flushed, nil, "flushBatchRequests", nil)

	queued := batch.IcePingAsync(ctx)
	check("a batch call", queued, batch, "ice_ping", nil)
	check("a batch call on a fixed proxy", fixed.IcePingAsync(ctx), fixed, "ice_ping", c)
	asked := p.IceConnectionAsync(ctx)
	require.NoError(t, asked.Err(ctx))
	check("IceConnection", asked, p, "ice_getConnection", c)
	secure := Secure(FixedTo(p, c))
	refused := secure.IceConnectionAsync(ctx)
	require.Error(t, refused.Err(ctx))
	check("IceConnection that fails", refused, secure, "ice_getConnection", nil)
	failed := secure.IcePingAsync(ctx)
	require.Error(t, failed.Err(ctx))
	check("a call that fails at once", failed, secure, "ice_ping", nil)
	twoway := Oneway(p).IceIsAAsync(ctx, "x")
	require.ErrorIs(t, twoway.Err(ctx), ErrTwowayOnly)
	check("a call that needs a reply", twoway, Oneway(p), "ice_isA", nil)
	done := p.IcePingAsync(ctx)
	require.NoError(t, done.Err(ctx))
	check("a call", done, p, "ice_ping", c)
	var null Proxy
	for _, f := range []interface{ Operation() string }{null.IcePingAsync(ctx), null.IceFlushBatchAsync(ctx), null.IceConnectionAsync(ctx)} {
		assert.NotEmpty(t, f.Operation(), "of the null proxy")
	}
	_, resolver := NewFuture[int]()
	assert.Nil(t, resolver.f.Proxy())
	assert.Nil(t, resolver.f.Communicator())
}

// An interceptor sees each request before it is queued, and can flush, or drop requests.
func TestBatchInterceptor(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	type seen struct {
		operation    string
		count, size  int
		request      int
		sameIdentity bool
	}
	var all []seen
	var kept *BatchRequest
	p, n := w.counter("c")
	var err error
	comm, err := NewCommunicator(WithBatchInterceptor(func(r *BatchRequest, queued, size int) {
		all = append(all, seen{r.Operation(), queued, size, r.Size(), SameIdentity(r.Proxy(), p)})
		kept = r
		switch {
		case r.Operation() == "ice_id": // dropped
		case queued == 3:
			r.Proxy().IceFlushBatchAsync(context.Background())
			fallthrough
		default:
			r.Enqueue()
			r.Enqueue() // once is enough
		}
	}))
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	q, err := comm.StringToProxy(p.String())
	require.NoError(t, err)
	ctx := t.Context()
	batch := BatchOneway(q)
	for range 3 {
		require.NoError(t, batch.IcePing(ctx))
	}
	_, _, err = batch.IceInvoke(ctx, "ice_id", Idempotent, nil)
	require.NoError(t, err, "as in Ice, a request that the interceptor drops is no error")
	require.NoError(t, batch.IcePing(ctx))
	kept.Enqueue() // too late
	eventually(t, n, 3)
	require.NoError(t, batch.IceFlushBatch(ctx))
	eventually(t, n, 4)
	// Ice 3.7's BatchRequestInterceptor is told these numbers for the same calls.
	assert.Equal(t, []seen{{"ice_ping", 0, 18, 21, true}, {"ice_ping", 1, 39, 21, true}, {"ice_ping", 2, 60, 21, true}, {"ice_id", 3, 81, 19, true}, {"ice_ping", 3, 81, 21, true}}, all)
}

// A flush compresses as it is told, else as the proxies of the queued requests ask, else as the endpoint says.
func TestFlushCompresses(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	p, n := w.counter("c")
	var want int32
	for _, c := range []struct {
		how        CompressBatch
		change     func(ObjectPrx) ObjectPrx
		compressed bool
	}{
		{BasedOnProxy, func(p ObjectPrx) ObjectPrx { return p }, false},
		{BasedOnProxy, func(p ObjectPrx) ObjectPrx { return WithCompress(p, true) }, true},
		{BasedOnProxy, func(p ObjectPrx) ObjectPrx { return WithCompress(p, false) }, false},
		{CompressYes, func(p ObjectPrx) ObjectPrx { return p }, true},
		{CompressYes, func(p ObjectPrx) ObjectPrx { return WithCompress(p, false) }, true},
		{CompressNo, func(p ObjectPrx) ObjectPrx { return WithCompress(p, true) }, false},
	} {
		for _, flush := range []string{"connection", "communicator", "communicator, of a proxy's own queue"} {
			log := &safeBuffer{}
			comm, err := NewCommunicator(WithProperty("Ice.Trace.Protocol", "1"), WithLogger(slog.New(slog.NewTextHandler(log, nil))))
			require.NoError(t, err)
			ctx := t.Context()
			q, err := comm.StringToProxy(p.String())
			require.NoError(t, err)
			connection, err := q.IceConnection(ctx)
			require.NoError(t, err)
			q = c.change(q)
			if flush != "communicator, of a proxy's own queue" {
				q = FixedTo(q, connection)
			}
			batch := BatchOneway(q)
			for range 20 {
				require.NoError(t, batch.IcePing(ctx))
			}
			if want += 20; flush == "connection" {
				err = connection.FlushBatch(ctx, c.how)
			} else {
				err = comm.FlushBatch(ctx, c.how)
			}
			require.NoError(t, err)
			eventually(t, n, want)
			require.NoError(t, comm.Close())
			assert.Equal(t, c.compressed, strings.Contains(log.String(), "compressed=true"), "%v of %s: %s", c.how, flush, log)
		}
	}
}
