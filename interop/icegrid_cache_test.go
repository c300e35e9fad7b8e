package interop_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/bench/bench"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// countingLocator passes questions on to IceGrid's locator, counts them, and holds them up when it is told to.
type countingLocator struct {
	ice.LocatorPrx
	asked atomic.Int32
	gate  atomic.Pointer[chan struct{}] // closed when questions may pass
}

func (l *countingLocator) FindObjectById(ctx context.Context, id ice.Identity) (ice.ObjectPrx, error) {
	l.question(ctx)
	return l.LocatorPrx.FindObjectById(ctx, id)
}

func (l *countingLocator) FindAdapterById(ctx context.Context, id string) (ice.ObjectPrx, error) {
	l.question(ctx)
	return l.LocatorPrx.FindAdapterById(ctx, id)
}

func (l *countingLocator) question(ctx context.Context) {
	l.asked.Add(1)
	select {
	case <-*l.gate.Load():
	case <-ctx.Done():
	}
}

// hold holds questions up until what it gives is called.
func (l *countingLocator) hold() (pass func()) {
	gate := make(chan struct{})
	l.gate.Store(&gate)
	return func() { close(gate) }
}

// cachingClient is a client of the grid that asks a locator of ours.
type cachingClient struct {
	locator *countingLocator
	comm    *ice.Communicator
	calls   int
}

func (g *grid) cachingClient(t *testing.T, properties ...string) *cachingClient {
	t.Helper()
	c := &cachingClient{locator: &countingLocator{LocatorPrx: ice.NewLocatorPrx(g.comm.DefaultLocator())}}
	c.locator.hold()()
	server := newCommunicator(t)
	adapter, err := server.NewAdapter("", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	locator, err := adapter.Add(ice.NewLocatorServant(c.locator), ice.Identity{Name: "locator"})
	require.NoError(t, err)
	require.NoError(t, adapter.Activate())
	options := []ice.Option{ice.WithProperty("Ice.Default.Locator", locator.String())}
	for i := 0; i < len(properties); i += 2 {
		options = append(options, ice.WithProperty(properties[i], properties[i+1]))
	}
	c.comm = newCommunicator(t, options...)
	return c
}

// fresh is a proxy that has no connection yet, so that its first call needs to know where the server is.
func (c *cachingClient) fresh(t *testing.T, proxy string) bench.EchoPrx {
	t.Helper()
	base, err := c.comm.StringToProxy(proxy)
	require.NoError(t, err)
	c.calls++
	return ice.WithConnectionID(bench.NewEchoPrx(base), fmt.Sprint(c.calls))
}

// The cache asks once, for ever or for a time, or not at all; a server that has moved is asked for again in any case.
func TestIceGridLocatorCacheTimeout(t *testing.T) {
	peer.CheckLeaks(t)
	g := startGrid(t)
	g.deploy(t, 1)
	ctx := patient(t)
	forever, never := g.cachingClient(t), g.cachingClient(t, "Ice.Default.LocatorCacheTimeout", "0")
	for range 5 {
		require.NoError(t, forever.fresh(t, "echo@Echo-1").Ping(ctx))
		require.NoError(t, never.fresh(t, "echo@Echo-1").Ping(ctx))
	}
	assert.EqualValues(t, 1, forever.locator.asked.Load())
	assert.EqualValues(t, 5, never.locator.asked.Load())

	require.NoError(t, g.admin.StopServer(ctx, "echo-1"))
	require.NoError(t, forever.fresh(t, "echo@Echo-1").Ping(ctx), "the server listens elsewhere when it is started again")
	assert.EqualValues(t, 2, forever.locator.asked.Load())

	// An answer that is too old is asked for again, and waited for.
	second := g.cachingClient(t, "Ice.Default.LocatorCacheTimeout", "1")
	require.NoError(t, second.fresh(t, "echo@Echo-1").Ping(ctx))
	pass := second.locator.hold()
	var last *ice.Future[ice.Void]
	require.Eventually(t, func() bool {
		last = second.fresh(t, "echo@Echo-1").PingAsync(ctx)
		select {
		case <-last.Done():
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond): // the next round looks again
		}
		return second.locator.asked.Load() == 2
	}, time.Minute, time.Millisecond)
	assert.False(t, last.IsDone(), "the answer is not there yet")
	pass()
	require.NoError(t, last.Err(ctx))
}

// With Ice.BackgroundLocatorCacheUpdates an answer that is too old still serves, and a new one is fetched beside it, once.
func TestIceGridBackgroundLocatorCacheUpdates(t *testing.T) {
	peer.CheckLeaks(t)
	g := startGrid(t)
	g.deploy(t, 2)
	ctx := patient(t)
	register := func(proxy string, change func(context.Context, ice.ObjectPrx) error) {
		p, err := g.comm.StringToProxy(proxy)
		require.NoError(t, err)
		require.NoError(t, change(ctx, p))
	}
	register("mover@Echo-1", func(ctx context.Context, p ice.ObjectPrx) error {
		return g.admin.AddObjectWithType(ctx, p, "::Bench::Echo")
	})
	first, second := where(t, g.echo(t, "echo@Echo-1")), where(t, g.echo(t, "echo@Echo-2"))
	require.NotEqual(t, first, second)
	client := g.cachingClient(t, "Ice.Default.LocatorCacheTimeout", "1", "Ice.BackgroundLocatorCacheUpdates", "1")
	require.Equal(t, first, where(t, client.fresh(t, "mover")))
	require.EqualValues(t, 2, client.locator.asked.Load(), "for the object, and for its adapter")

	register("mover@Echo-2", g.admin.UpdateObject)
	pass := client.locator.hold()
	require.Eventually(t, func() bool {
		assert.Equal(t, first, where(t, client.fresh(t, "mover")), "the old answer serves")
		return client.locator.asked.Load() == 4
	}, time.Minute, time.Millisecond)
	for range 10 {
		assert.Equal(t, first, where(t, client.fresh(t, "mover")), "the old answer serves on")
	}
	assert.EqualValues(t, 4, client.locator.asked.Load(), "the questions are on their way already")
	pass()
	require.Eventually(t, func() bool { return where(t, client.fresh(t, "mover")) == second }, time.Minute, time.Millisecond)
}
