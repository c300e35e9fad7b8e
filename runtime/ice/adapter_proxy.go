package ice

import (
	"context"
	"errors"
	"fmt"

	"github.com/slice2go/slice2go/runtime/wire"
)

// adapterProxies is how an adapter's proxies look.
type adapterProxies struct {
	published    []*endpoint
	adapterID    string
	replicaGroup string
	options      *reference // with the adapter's proxy options
	locator      ObjectPrx
	registered   bool        // with the locator's registry
	router       *routerInfo // whose endpoints are published, or nil
}

// setUpProxies reads the properties that proxies are made by, after the adapter listens.
func (a *Adapter) setUpProxies() error {
	p := &a.proxies
	p.adapterID, p.replicaGroup = a.property("AdapterId"), a.property("ReplicaGroupId")
	options, err := a.comm.parseReference("x " + a.property("ProxyOptions"))
	if err != nil {
		return fmt.Errorf("%s.ProxyOptions: %w", a.name, err)
	}
	p.options = options
	if p.locator, err = a.comm.PropertyToProxy(a.name + ".Locator"); err != nil {
		return err
	}
	p.published, err = a.endpointsToPublish(a.ctx)
	return err
}

func (a *Adapter) parseEndpoints(text string) ([]*endpoint, error) {
	var list []*endpoint
	for _, part := range splitEndpoints(text) {
		e, err := parseEndpoint(part, a.comm.endpointDefaults, false)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// PublishedEndpoints returns the endpoints that the adapter's proxies carry.
func (a *Adapter) PublishedEndpoints() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]string, len(a.proxies.published))
	for i, e := range a.proxies.published {
		list[i] = e.String()
	}
	return list
}

// SetPublishedEndpoints says which endpoints proxies made from now on carry, for an adapter that is reached under other
// addresses than its own. An adapter that is registered with a locator is registered anew; if that fails, nothing changes. The endpoints of an
// adapter with a router are the router's, and cannot be set.
func (a *Adapter) SetPublishedEndpoints(endpoints string) error {
	list, err := a.parseEndpoints(endpoints)
	if err != nil {
		return err
	}
	if a.proxies.router != nil {
		return errors.New("ice: the published endpoints of an adapter with a router are the router's")
	}
	return a.publish(list)
}

// RefreshPublishedEndpoints finds out again where the adapter is reached, and publishes that as SetPublishedEndpoints does: what the property
// NAME.PublishedEndpoints says now, else the addresses that the machine has now, or, for an adapter with a router, the router's endpoints.
func (a *Adapter) RefreshPublishedEndpoints() error {
	ctx, cancel := context.WithTimeout(a.ctx, registerTimeout)
	defer cancel()
	if err := a.usable(); err != nil {
		return err
	}
	list, err := a.endpointsToPublish(ctx)
	if err != nil {
		return err
	}
	return a.publish(list)
}

// endpointsToPublish gives the endpoints of the adapter's proxies, unless SetPublishedEndpoints said otherwise.
func (a *Adapter) endpointsToPublish(ctx context.Context) ([]*endpoint, error) {
	if info := a.proxies.router; info != nil {
		return info.serverEndpoints(ctx)
	}
	if text := a.property("PublishedEndpoints"); text != "" {
		list, err := a.parseEndpoints(text)
		if err != nil {
			return nil, fmt.Errorf("%s.PublishedEndpoints: %w", a.name, err)
		}
		return list, nil
	}
	return a.expand()
}

// publish changes the published endpoints, and tells the locator's registry if it knows the adapter.
func (a *Adapter) publish(list []*endpoint) error {
	if err := a.usable(); err != nil {
		return err
	}
	a.mu.Lock()
	before, registered := a.proxies.published, a.proxies.registered
	a.proxies.published = list
	a.mu.Unlock()
	if !registered {
		return nil
	}
	ctx, cancel := context.WithTimeout(a.ctx, registerTimeout)
	defer cancel()
	if err := a.register(ctx); err != nil {
		a.mu.Lock()
		a.proxies.published = before
		a.mu.Unlock()
		return err
	}
	return nil
}

// Proxy returns a proxy for an object of this adapter, whether there is one or not: an indirect one if the adapter has
// an adapter id, else one with the published endpoints.
func (a *Adapter) Proxy(id Identity) (ObjectPrx, error) {
	a.mu.Lock()
	adapterID, group := a.proxies.adapterID, a.proxies.replicaGroup
	a.mu.Unlock()
	if group != "" {
		adapterID = group
	}
	if adapterID != "" {
		return a.indirect(id, adapterID)
	}
	return a.DirectProxy(id)
}

// DirectProxy returns a proxy with the published endpoints.
func (a *Adapter) DirectProxy(id Identity) (ObjectPrx, error) {
	ref, err := a.reference(id)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	ref.endpoints = a.proxies.published
	a.mu.Unlock()
	return Proxy{ref}, nil
}

// IndirectProxy returns a proxy with the adapter's id, which clients resolve with a locator.
func (a *Adapter) IndirectProxy(id Identity) (ObjectPrx, error) {
	a.mu.Lock()
	adapterID := a.proxies.adapterID
	a.mu.Unlock()
	if adapterID == "" {
		return nil, fmt.Errorf("ice: adapter %q has no id for indirect proxies; set %s.AdapterId", a.name, a.name)
	}
	return a.indirect(id, adapterID)
}

func (a *Adapter) indirect(id Identity, adapterID string) (ObjectPrx, error) {
	ref, err := a.reference(id)
	if err != nil {
		return nil, err
	}
	ref.adapterID = adapterID
	return Proxy{ref}, nil
}

// reference begins a proxy for an object of the adapter.
func (a *Adapter) reference(id Identity) (*reference, error) {
	if err := a.usable(); err != nil {
		return nil, err
	}
	if id.Name == "" {
		return nil, fmt.Errorf("ice: no proxy can be made: the identity %q has no name", id.Category)
	}
	ref := a.comm.newReference(id)
	if o := a.proxies.options; o != nil {
		ref.facet, ref.mode, ref.secure, ref.encoding, ref.protocol = o.facet, o.mode, o.secure, o.encoding, o.protocol
	}
	return ref, nil
}

// SetLocator has Activate register the adapter with a locator's registry; the communicator's default locator does
// otherwise.
func (a *Adapter) SetLocator(locator ObjectPrx) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.proxies.locator = locator
}

// What a locator's registry is asked, as ::Ice::Locator and ::Ice::LocatorRegistry define it.
var (
	opGetRegistry   = Op[ObjectPrx]{Name: "getRegistry", Mode: Nonmutating, Returns: true, Read: ReadProxy}
	opSetAdapter    = Op[Void]{Name: "setAdapterDirectProxy", Mode: Idempotent, Throws: registryThrows}
	opSetReplicated = Op[Void]{Name: "setReplicatedAdapterDirectProxy", Mode: Idempotent, Throws: registryThrows}
	registryThrows  = []string{"::Ice::AdapterNotFoundException", "::Ice::AdapterAlreadyActiveException", "::Ice::InvalidReplicaGroupIdException"}
)

// register tells the locator's registry where the adapter is.
func (a *Adapter) register(ctx context.Context) error {
	p, err := a.DirectProxy(Identity{Name: "dummy"})
	if err != nil {
		return err
	}
	if err := a.tellRegistry(ctx, p); err != nil {
		return fmt.Errorf("ice: adapter %q cannot be registered as %q with the locator: %w", a.name, a.proxies.adapterID, err)
	}
	a.mu.Lock()
	a.proxies.registered = true
	a.mu.Unlock()
	return nil
}

// unregister tells it that the adapter is gone. A registry that cannot be told finds out.
func (a *Adapter) unregister() {
	a.mu.Lock()
	registered := a.proxies.registered
	a.mu.Unlock()
	if !registered {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), unregisterTimeout)
	defer cancel()
	if err := a.tellRegistry(ctx, nil); err != nil {
		a.comm.log.Warn("an adapter could not be taken out of the locator's registry", "adapter", a.name, "error", err)
	}
}

func (a *Adapter) tellRegistry(ctx context.Context, p ObjectPrx) error {
	a.mu.Lock()
	id, group, locator := a.proxies.adapterID, a.proxies.replicaGroup, a.proxies.locator
	a.mu.Unlock()
	if id == "" {
		return nil
	}
	if IsNil(locator) {
		info := a.comm.locator.Load()
		if info == nil {
			return nil
		}
		locator = info.locator
	}
	registry, err := Await(ctx, Call(Awaited(ctx), locator, &opGetRegistry, nil))
	if err != nil || IsNil(registry) {
		return err
	}
	if group == "" {
		return AwaitVoid(ctx, Call(Awaited(ctx), registry, &opSetAdapter, func(e *wire.Encoder) {
			e.String(id)
			WriteProxy(e, p)
		}))
	}
	return AwaitVoid(ctx, Call(Awaited(ctx), registry, &opSetReplicated, func(e *wire.Encoder) {
		e.String(id)
		e.String(group)
		WriteProxy(e, p)
	}))
}

// NewAdapterWithRouter makes an adapter whose objects are reached through a router, such as Glacier2's, over the
// connection to it that this communicator has: so a client behind a firewall gets callbacks. Identities of its objects
// must have the category that the router gives its clients (Glacier2's getCategoryForClient). The adapter serves
// the connection that there is now; when that is lost, so is the router's session, and with a new one goes a new
// adapter.
func (c *Communicator) NewAdapterWithRouter(ctx context.Context, name string, router ObjectPrx) (*Adapter, error) {
	if IsNil(router) {
		return nil, errors.New("ice: an adapter with a router needs one; the proxy is null")
	}
	a, err := c.newAdapter(name, c.client)
	if err != nil {
		return nil, err
	}
	if err := a.attach(ctx, router); err != nil {
		a.abandon()
		return nil, fmt.Errorf("ice: cannot make adapter %q with router %s: %w", name, IdentityToString(router.IceIdentity()), err)
	}
	return a, nil
}

// attach makes the adapter one of a router.
func (a *Adapter) attach(ctx context.Context, router ObjectPrx) (err error) {
	info := a.comm.routerInfo(router)
	p := &a.proxies
	if p.published, err = info.serverEndpoints(ctx); err != nil {
		return err
	}
	p.router = info
	if options := a.property("ProxyOptions"); options != "" {
		if p.options, err = a.comm.parseReference("x " + options); err != nil {
			return err
		}
	}
	return info.serve(ctx, a)
}

// detach ends what attach began.
func (a *Adapter) detach() {
	info := a.proxies.router
	if info == nil {
		return
	}
	info.mu.Lock()
	defer info.mu.Unlock()
	if info.adapter == a {
		info.adapter = nil
	}
}
