package ice

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// publicist is a locator, its registry, and a router.
type publicist struct {
	mu       sync.Mutex
	told     []string
	refuse   bool
	server   ObjectPrx // the router's server proxy
	registry LocatorRegistryPrx
}

func (l *publicist) FindObjectById(context.Context, Identity) (ObjectPrx, error) { return nil, nil }
func (l *publicist) FindAdapterById(context.Context, string) (ObjectPrx, error)  { return nil, nil }
func (l *publicist) GetRegistry(context.Context) (LocatorRegistryPrx, error)     { return l.registry, nil }

func (l *publicist) SetAdapterDirectProxy(_ context.Context, id string, p ObjectPrx) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse {
		return errors.New("refused")
	}
	text := "nil"
	if p != nil {
		text = p.String()
	}
	l.told = append(l.told, id+" "+text)
	return nil
}

func (l *publicist) SetReplicatedAdapterDirectProxy(context.Context, string, string, ObjectPrx) error {
	return nil
}
func (l *publicist) SetServerProcessProxy(context.Context, string, ProcessPrx) error { return nil }
func (l *publicist) GetClientProxy(context.Context) (ret ObjectPrx, hasRoutingTable Optional[bool], err error) {
	return nil, hasRoutingTable, nil
}
func (l *publicist) AddProxies(context.Context, ObjectProxySeq) (ObjectProxySeq, error) {
	return nil, nil
}
func (l *publicist) GetServerProxy(context.Context) (ObjectPrx, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.server, nil
}

func (l *publicist) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := l.told
	l.told = nil
	return told
}

func newPublicist(t *testing.T) (l *publicist, locator, router ObjectPrx) {
	t.Helper()
	w := newWorld(t)
	l = &publicist{}
	locator = w.add(NewLocatorServant(l), "locator")
	router = w.add(NewRouterServant(l), "the router")
	l.registry = NewLocatorRegistryPrx(w.add(NewLocatorRegistryServant(l), "registry"))
	return l, locator, router
}

// What an adapter publishes can be changed while it is active, and the locator's registry hears of it; a registry that refuses leaves it as it was.
func TestPublishedEndpointsReachTheRegistry(t *testing.T) {
	peer.CheckLeaks(t)
	l, locator, _ := newPublicist(t)
	comm, err := NewCommunicator(WithProperty("Ice.Default.Locator", locator.String()), WithProperty("A.AdapterId", "Id"), WithProperty("A.PublishedEndpoints", "tcp -h first -p 1 -t 1"))
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	a, err := comm.NewAdapter("A", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, a.SetPublishedEndpoints("tcp -h before -p 1 -t 1"))
	assert.Empty(t, l.take(), "it is not active yet")
	require.NoError(t, a.Activate())
	assert.Equal(t, []string{"Id dummy -t -e 1.1:tcp -h before -p 1 -t 1"}, l.take())

	require.NoError(t, a.SetPublishedEndpoints("tcp -h second -p 2 -t 2:ws -h third -p 3 -t 3"))
	assert.Equal(t, []string{"Id dummy -t -e 1.1:tcp -h second -p 2 -t 2:ws -h third -p 3 -t 3 -r /"}, l.take())
	require.NoError(t, a.RefreshPublishedEndpoints())
	assert.Equal(t, []string{"Id dummy -t -e 1.1:tcp -h first -p 1 -t 1"}, l.take(), "back to what the property says")
	comm.Properties().Set("A.PublishedEndpoints", "tcp -h fourth -p 4 -t 4")
	require.NoError(t, a.RefreshPublishedEndpoints())
	assert.Equal(t, []string{"Id dummy -t -e 1.1:tcp -h fourth -p 4 -t 4"}, l.take())

	comm.Properties().Set("A.PublishedEndpoints", "tcp -q")
	require.ErrorContains(t, a.RefreshPublishedEndpoints(), "A.PublishedEndpoints")
	l.refuse = true
	require.Error(t, a.SetPublishedEndpoints("tcp -h fifth -p 5"))
	assert.Equal(t, []string{"tcp -h fourth -p 4 -t 4"}, a.PublishedEndpoints())
	l.refuse = false

	comm.Properties().Set("A.PublishedEndpoints", "")
	require.NoError(t, a.RefreshPublishedEndpoints())
	assert.Equal(t, a.Endpoints(), a.PublishedEndpoints(), "without the property, where it listens")
	require.NoError(t, a.Destroy(t.Context()))
	require.ErrorIs(t, a.RefreshPublishedEndpoints(), ErrAdapterDeactivated)
	require.ErrorIs(t, a.SetPublishedEndpoints("tcp -h x -p 1"), ErrAdapterDeactivated)
}

// An adapter with a router, of NewAdapterWithRouter or of the property NAME.Router, publishes what the router says, and asks again when it is told to.
func TestPublishedEndpointsOfRouter(t *testing.T) {
	peer.CheckLeaks(t)
	l, _, router := newPublicist(t)
	comm, err := NewCommunicator(WithProperty("A.Router", router.String()), WithProperty("A.Endpoints", "tcp -h 127.0.0.1"))
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	point := func(endpoint string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		p, err := l.registry.(interface{ iceProxy() Proxy }).iceProxy().ref.comm.StringToProxy("dummy:" + endpoint)
		require.NoError(t, err)
		l.server = p
	}
	point("tcp -h one -p 1 -t 1")
	own, err := comm.StringToProxy(router.String())
	require.NoError(t, err)
	for name, make := range map[string]func() (*Adapter, error){
		"A": func() (*Adapter, error) { return comm.NewAdapter("A", "") },
		"B": func() (*Adapter, error) { return comm.NewAdapterWithRouter(t.Context(), "B", own) },
	} {
		point("tcp -h one -p 1 -t 1")
		a, err := make()
		require.NoError(t, err, name)
		assert.Empty(t, a.Endpoints(), "it listens nowhere")
		assert.Equal(t, []string{"tcp -h one -p 1 -t 1"}, a.PublishedEndpoints())
		point("tcp -h two -p 2 -t 2")
		assert.Equal(t, []string{"tcp -h one -p 1 -t 1"}, a.PublishedEndpoints())
		require.NoError(t, a.RefreshPublishedEndpoints())
		assert.Equal(t, []string{"tcp -h two -p 2 -t 2"}, a.PublishedEndpoints())
		require.ErrorContains(t, a.SetPublishedEndpoints("tcp -h x -p 1"), "router")
		require.NoError(t, a.Destroy(t.Context()))
	}
}
