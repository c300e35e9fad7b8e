package ice

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Adapter takes requests for objects and has servants dispatch them (Ice manual, "Object Adapters"). It gets its
// requests over connections that clients make to its endpoints, over those that it is set for with
// [Connection.SetAdapter], or through a router.
//
// A new adapter is held: it listens, so that its endpoints are known, and takes no requests until Activate.
//
// Requests of one connection run at the same time, up to the limit of the property NAME.Connection.MaxDispatches,
// or else Ice.Connection.Server.MaxDispatches; 0 is no limit, the default is 100. A limit of 1 makes the requests
// of a connection, oneway ones included, run one after the other in the order in which they were sent; with any other
// limit they start in that order, and no more is promised.
//
// A client that reads its replies too slowly is served no faster than it reads: while more than NAME.Connection.SendQueueMax
// or Ice.Connection.Server.SendQueueMax KiB (8192 by default, 0 is no bound) wait to be sent to it, its requests are not
// dispatched. Requests that wait to be dispatched take at most Ice.DispatchQueueSizeMax KiB (65536 by default) on all
// connections of the communicator together, beside one of each connection; beyond that connections are not read.
type Adapter struct {
	name     string
	comm     *Communicator
	servants servantMap
	dispatch DispatchFunc // through the interceptors to the servants
	limits   adapterLimits

	active       atomic.Bool // state is adapterActive, for a look without the lock
	deactivated  atomic.Bool // state is adapterDeactivated
	mu           sync.Mutex
	state        adapterState
	changed      chan struct{} // closed and replaced when state changes
	interceptors []DispatchInterceptor
	listeners    []*adapterListener
	connections  map[*Connection]struct{}
	opening      int // accepted connections whose handshakes are going on
	proxies      adapterProxies

	serving  sync.WaitGroup // accept loops and handshakes
	stopping context.CancelFunc
	ctx      context.Context // ends when the adapter is deactivated
	done     chan struct{}   // closed when deactivation is complete
}

type adapterState int

const (
	adapterHeld adapterState = iota
	adapterActive
	adapterDeactivating
	adapterDeactivated
)

// adapterLimits are what properties say.
type adapterLimits struct {
	connectionRules
	connections int // incoming ones; 0 is any number
}

// ErrAdapterDeactivated is what an adapter answers that was deactivated.
var ErrAdapterDeactivated error = &kind{text: "ice: the object adapter is deactivated"}

// registerTimeout bounds what Activate waits for the locator's registry.
const registerTimeout = time.Minute

// unregisterTimeout bounds what deactivation waits for it.
const unregisterTimeout = 5 * time.Second

// adapterLimits reads an adapter's properties. side is that of its connections.
func (c *Communicator) adapterLimits(name string, side connectionRules) adapterLimits {
	l := adapterLimits{connectionRules: c.adapterRules(name, side)}
	if name != "" {
		l.connections = c.properties.Int(name+".MaxConnections", 0)
	}
	return l
}

// NewAdapter makes an object adapter. endpoints, such as "tcp -h 127.0.0.1 -p 10000:ws -p 10001", say where it
// listens; port 0, or none, takes a free port, and no host is every interface. If endpoints is empty the property
// NAME.Endpoints is asked, and if that is not set either, the adapter has no endpoints and serves connections that it
// is set for. An empty name gets a name of its own.
//
// The properties NAME.AdapterId, ReplicaGroupId, PublishedEndpoints, PublishedHost, ProxyOptions, Locator, MaxConnections, MessageSizeMax, ACM and
// Connection are honoured. NAME.Router makes the adapter one of a router, as [Communicator.NewAdapterWithRouter] does, and has it listen nowhere.
func (c *Communicator) NewAdapter(name, endpoints string) (*Adapter, error) {
	if name != "" {
		router, err := c.PropertyToProxy(name + ".Router")
		if err != nil {
			return nil, fmt.Errorf("ice: cannot make adapter %q: %w", name, err)
		}
		if router != nil {
			ctx, cancel := context.WithTimeout(c.ctx, registerTimeout)
			defer cancel()
			return c.NewAdapterWithRouter(ctx, name, router)
		}
	}
	a, err := c.newAdapter(name, c.server)
	if err != nil {
		return nil, err
	}
	if endpoints == "" && name != "" {
		endpoints = c.properties.Get(name + ".Endpoints")
		if err = a.listen(endpoints); err != nil {
			err = fmt.Errorf("%s.Endpoints: %w", name, err)
		}
	} else {
		err = a.listen(endpoints)
	}
	if err == nil {
		err = a.setUpProxies()
	}
	if err != nil {
		a.abandon()
		return nil, fmt.Errorf("ice: cannot make adapter %q: %w", name, err)
	}
	return a, nil
}

func (c *Communicator) newAdapter(name string, side connectionRules) (*Adapter, error) {
	a := &Adapter{
		name: name, comm: c, changed: make(chan struct{}), connections: map[*Connection]struct{}{}, done: make(chan struct{}),
		limits: c.adapterLimits(name, side),
	}
	if a.name == "" {
		a.name = uuid.NewString()
	}
	a.ctx, a.stopping = context.WithCancel(context.Background())
	a.compose()
	a.warnWithoutEffect()
	a.warnUnknown()
	c.shutdown.idle.start()
	if err := c.adapters.add(a); err != nil {
		a.stopping()
		return nil, fmt.Errorf("ice: cannot make adapter %q: %w", a.name, err)
	}
	return a, nil
}

// adapterSet holds a communicator's adapters.
type adapterSet struct {
	mu     sync.Mutex
	byName map[string]*Adapter
	none   *Adapter // stands in for an adapter that was destroyed
	closed bool
}

func (s *adapterSet) add(a *Adapter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrCommunicatorDestroyed
	}
	if s.byName[a.name] != nil {
		return &AlreadyRegisteredError{What: "adapter of this name"}
	}
	if s.byName == nil {
		s.byName = map[string]*Adapter{}
	}
	s.byName[a.name] = a
	return nil
}

func (s *adapterSet) remove(a *Adapter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byName[a.name] == a {
		delete(s.byName, a.name)
	}
}

// close destroys all adapters. Requests that still run when ctx ends lose their connections, which ends their contexts;
// adapters with requests that run on nevertheless are named in an error.
func (s *adapterSet) close(ctx context.Context) error {
	all := s.end()
	for _, a := range all {
		a.Deactivate()
	}
	late := slices.DeleteFunc(all, func(a *Adapter) bool { return a.Destroy(ctx) == nil })
	if len(late) == 0 {
		return nil
	}
	for _, a := range late {
		for _, c := range a.open() {
			c.Abort()
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	var failures []error
	for _, a := range late {
		if err := a.Destroy(ctx); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// closeGrace is the time that requests have which run on when their connections are gone.
const closeGrace = time.Second

// noAdapter stands in where there is no adapter, or none any more: it knows no object.
func (c *Communicator) noAdapter() *Adapter {
	s := &c.adapters
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.none == nil {
		s.none = &Adapter{comm: c, limits: adapterLimits{connectionRules: c.server}}
		s.none.compose()
	}
	return s.none
}

// Name returns the adapter's name.
func (a *Adapter) Name() string { return a.name }

// Communicator returns the communicator that made the adapter.
func (a *Adapter) Communicator() *Communicator { return a.comm }

// Use adds interceptors around all dispatches of the adapter, inside of those that were added before. It must be
// called before Activate.
func (a *Adapter) Use(interceptors ...DispatchInterceptor) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.interceptors = append(a.interceptors, interceptors...)
	a.compose()
}

// compose puts the interceptors around the servants.
func (a *Adapter) compose() {
	dispatch := a.servants.dispatch
	for _, list := range [][]DispatchInterceptor{a.interceptors, a.comm.dispatchInterceptors} {
		for i := len(list) - 1; i >= 0; i-- {
			interceptor, next := list[i], dispatch
			dispatch = func(ctx context.Context, r *IncomingRequest) error { return interceptor(ctx, r, next) }
		}
	}
	a.dispatch = a.comm.shutdown.idle.around(dispatch)
}

// Add registers a servant for an object and returns a proxy for it. An object of the same identity is an
// [*AlreadyRegisteredError].
func (a *Adapter) Add(s Servant, id Identity) (ObjectPrx, error) { return a.AddFacet(s, id, "") }

// AddFacet is Add for a facet of an object (Ice manual, "Facets and Versioning").
func (a *Adapter) AddFacet(s Servant, id Identity, facet string) (ObjectPrx, error) {
	if err := a.usable(); err != nil {
		return nil, err
	}
	if err := a.servants.add(s, id, facet); err != nil {
		return nil, err
	}
	p, err := a.Proxy(id)
	if err != nil {
		return nil, err
	}
	return WithFacet(p, facet), nil
}

// AddWithUUID is Add with an identity that is new in the world.
func (a *Adapter) AddWithUUID(s Servant) (ObjectPrx, error) {
	return a.Add(s, Identity{Name: uuid.NewString()})
}

// AddDefault registers the servant for all objects of a category that have none of their own, or, with the empty
// category, for all objects (Ice manual, "Default Servants").
func (a *Adapter) AddDefault(s Servant, category string) error {
	if err := a.usable(); err != nil {
		return err
	}
	return a.servants.addDefault(s, category)
}

// AddLocator registers a servant locator for a category, or, with the empty category, for all.
func (a *Adapter) AddLocator(l ServantLocator, category string) error {
	if err := a.usable(); err != nil {
		return err
	}
	return a.servants.addLocator(l, category)
}

// Remove takes an object out and returns its servant, or nil if there was none. Requests that run already run on.
func (a *Adapter) Remove(id Identity) Servant { return a.servants.remove(id, "") }

// RemoveFacet is Remove for a facet.
func (a *Adapter) RemoveFacet(id Identity, facet string) Servant {
	return a.servants.remove(id, facet)
}

// RemoveAllFacets takes out an object with all its facets and returns their servants.
func (a *Adapter) RemoveAllFacets(id Identity) map[string]Servant { return a.servants.removeAll(id) }

// RemoveDefault takes out a default servant and returns it, or nil.
func (a *Adapter) RemoveDefault(category string) Servant { return a.servants.removeDefault(category) }

// RemoveLocator takes out a servant locator and returns it, or nil. Its Deactivate is not called.
func (a *Adapter) RemoveLocator(category string) ServantLocator {
	return a.servants.removeLocator(category)
}

// Find returns the servant that is registered for an object, or nil.
func (a *Adapter) Find(id Identity) Servant { return a.servants.find(id, "") }

// FindFacet returns the servant that is registered for a facet, or nil.
func (a *Adapter) FindFacet(id Identity, facet string) Servant { return a.servants.find(id, facet) }

// FindAllFacets returns the servants of an object by facet.
func (a *Adapter) FindAllFacets(id Identity) map[string]Servant { return a.servants.facets(id) }

// FindByProxy returns the servant that is registered for a proxy's object and facet, or nil.
func (a *Adapter) FindByProxy(p ObjectPrx) Servant {
	if IsNil(p) {
		return nil
	}
	return a.servants.find(p.IceIdentity(), p.IceFacet())
}

// FindDefault returns the default servant of a category, or nil.
func (a *Adapter) FindDefault(category string) Servant { return a.servants.findDefault(category) }

// FindLocator returns the servant locator of a category, or nil.
func (a *Adapter) FindLocator(category string) ServantLocator {
	return a.servants.findLocator(category)
}

// usable is nil as long as the adapter is not deactivated.
func (a *Adapter) usable() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state >= adapterDeactivating {
		return fmt.Errorf("%w: %s", ErrAdapterDeactivated, a.name)
	}
	return nil
}

// setState changes the state; a.mu is held.
func (a *Adapter) setState(s adapterState) {
	a.state = s
	a.active.Store(s == adapterActive)
	a.deactivated.Store(s == adapterDeactivated)
	close(a.changed)
	a.changed = make(chan struct{})
}

// Activate makes the adapter take connections and requests. With a locator, it tells the locator's registry about
// the adapter first.
func (a *Adapter) Activate() error {
	if err := a.usable(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(a.ctx, registerTimeout)
	defer cancel()
	if err := a.register(ctx); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state >= adapterDeactivating {
		return fmt.Errorf("%w: %s", ErrAdapterDeactivated, a.name)
	}
	if a.state == adapterActive {
		return nil
	}
	a.setState(adapterActive)
	for _, l := range a.listeners {
		l.start()
	}
	if a.comm.properties.Bool("Ice.PrintAdapterReady", false) {
		fmt.Println(a.name + " ready")
	}
	return nil
}

// Hold makes the adapter take no requests until it is activated again; they wait where they are. Those that run
// already run on.
func (a *Adapter) Hold() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state >= adapterDeactivating {
		return fmt.Errorf("%w: %s", ErrAdapterDeactivated, a.name)
	}
	if a.state == adapterActive {
		a.setState(adapterHeld)
	}
	return nil
}

// open lists the connections that the adapter has accepted.
func (a *Adapter) open() []*Connection {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Keys(a.connections))
}

// WaitForHold waits until no request runs on a held adapter.
func (a *Adapter) WaitForHold(ctx context.Context) error {
	for _, c := range a.open() {
		idle := make(chan struct{})
		c.incoming.whenIdle(func() { close(idle) })
		select {
		case <-idle:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// waitUntilActive holds back a request that came over c, an incoming connection, while the adapter is held. It
// returns false if the connection ends meanwhile. A deactivated adapter holds nothing back.
func (a *Adapter) waitUntilActive(c *Connection) bool {
	for !a.active.Load() {
		a.mu.Lock()
		state, changed := a.state, a.changed
		a.mu.Unlock()
		if state != adapterHeld {
			return true
		}
		select {
		case <-changed:
		case <-c.leaving: // which promises the peer that the request does not run; it is to be read on, for the peer's end of the close
			return false
		case <-c.done:
			return false
		}
	}
	return true
}

// Deactivate makes the adapter stop: it listens no longer, its connections are closed gracefully, and requests that
// run end first. It does not wait for them; WaitForDeactivate does. A deactivated adapter cannot be activated again.
func (a *Adapter) Deactivate() {
	a.mu.Lock()
	if a.state >= adapterDeactivating {
		a.mu.Unlock()
		return
	}
	a.setState(adapterDeactivating)
	listeners := a.listeners
	a.mu.Unlock()
	connections := a.open()
	a.stopping()
	for _, l := range listeners {
		l.stop()
	}
	for _, c := range connections {
		c.closeGracefully()
	}
	go a.finish(connections)
}

// finish waits for what Deactivate has begun.
func (a *Adapter) finish(connections []*Connection) {
	a.serving.Wait()
	for _, c := range connections {
		<-c.done
		idle := make(chan struct{})
		c.incoming.whenIdle(func() { close(idle) })
		<-idle
	}
	a.detach()
	a.unregister()
	a.mu.Lock()
	a.setState(adapterDeactivated)
	a.mu.Unlock()
	a.comm.adapters.remove(a)
	close(a.done)
}

// IsDeactivated reports whether the adapter was deactivated.
func (a *Adapter) IsDeactivated() bool { return a.usable() != nil }

// WaitForDeactivate waits until the adapter was deactivated and its requests have ended.
func (a *Adapter) WaitForDeactivate(ctx context.Context) error {
	select {
	case <-a.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Destroy deactivates the adapter, waits until its requests have ended, and forgets its servants.
func (a *Adapter) Destroy(ctx context.Context) error {
	a.Deactivate()
	if err := a.WaitForDeactivate(ctx); err != nil {
		return fmt.Errorf("ice: requests are still running on adapter %q: %w", a.name, err)
	}
	a.servants.clear()
	return nil
}

// abandon takes back an adapter that could not be made.
func (a *Adapter) abandon() {
	a.Deactivate()
	<-a.done
}
