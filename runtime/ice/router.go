package ice

import (
	"context"
	"sync"

	"github.com/slice2go/slice2go/runtime/wire"
)

// routerInfo is a router and what the runtime has told it. See the manual's "Routers" and "Glacier2".
type routerInfo struct {
	comm   *Communicator
	router Proxy

	mu         sync.Mutex
	generation int // changes when the router is reset
	client     []*endpoint
	haveClient bool
	noTable    bool // the router keeps no routing table, and wants no proxies
	known      map[Identity]struct{}
	adapter    *Adapter
}

// clientProxy is what Router::getClientProxy gives.
type clientProxy struct {
	proxy    ObjectPrx
	hasTable Optional[bool]
}

var (
	opClientProxy = Op[clientProxy]{Name: "getClientProxy", Mode: Nonmutating, Returns: true, Read: func(d *wire.Decoder) (r clientProxy) {
		r.proxy = ReadProxy(d)
		if d.Optional(1, wire.F1) {
			*r.hasTable.Ptr() = d.Bool()
		}
		return
	}}
	opServerProxy = Op[ObjectPrx]{Name: "getServerProxy", Mode: Nonmutating, Returns: true, Read: ReadProxy}
	opAddProxies  = Op[[]ObjectPrx]{Name: "addProxies", Mode: Idempotent, Returns: true, Read: func(d *wire.Decoder) []ObjectPrx {
		return wire.ReadSeq(d, 2, func(d *wire.Decoder, p *ObjectPrx) { *p = ReadProxy(d) })
	}}
)

// SetDefaultRouter has proxies that are made from now on go through the given router; nil has them go straight.
func (comm *Communicator) SetDefaultRouter(router ObjectPrx) {
	comm.router.Store(comm.routerInfo(router))
}

// DefaultRouter gives the router that new proxies go through, nil if there is none.
func (comm *Communicator) DefaultRouter() ObjectPrx {
	if r := comm.router.Load(); r != nil {
		return r.router
	}
	return nil
}

func (comm *Communicator) routerInfo(router ObjectPrx) *routerInfo {
	if IsNil(router) {
		return nil
	}
	// A router is not reached through a router.
	given := router.iceProxy().ref
	plain := Proxy{given}
	if given.router != nil {
		plain = Proxy{given.changed(true, func(r *reference) { r.router = nil })}
	}
	return comm.routers.get(plain.String(), func() *routerInfo {
		return &routerInfo{comm: comm, router: plain, known: map[Identity]struct{}{}}
	})
}

// ResetRouter forgets what the runtime knows of a router: its client proxy, and which proxies it was told of. Proxies that go through it
// announce themselves again with their next call, over the router proxy's connection of then. It is for a session that was lost and made anew.
func (comm *Communicator) ResetRouter(router ObjectPrx) {
	if i := comm.routerInfo(router); i != nil {
		i.reset()
	}
}

func (i *routerInfo) reset() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.generation++
	i.client, i.haveClient, i.noTable = nil, false, false
	clear(i.known)
}

// existing gives the router's connection if the router knows the proxy already.
func (i *routerInfo) existing(r *reference) *Connection {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.haveClient || i.client != nil || !i.isKnownLocked(r) {
		return nil
	}
	if c := i.router.ref.current(); c != nil && c.usable() && r.checkCarried(c) == nil {
		return c
	}
	return nil
}

func (i *routerInfo) isKnownLocked(r *reference) bool {
	_, known := i.known[r.id]
	return known || i.noTable
}

// connect gives the connection to the router, which knows the proxy then.
func (i *routerInfo) connect(ctx context.Context, r *reference) (*Connection, error) {
	client, err := i.clientEndpoints(ctx)
	if err != nil {
		return nil, err
	}
	if err := i.announce(ctx, r); err != nil {
		return nil, err
	}
	var c *Connection
	if client == nil {
		// The session is bound to the router proxy's own connection: never another one.
		if c, err = i.router.ref.connection(ctx).Result(ctx); err == nil {
			err = r.checkCarried(c)
		}
	} else {
		c, err = r.connectTo(ctx, client)
	}
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	adapter := i.adapter
	i.mu.Unlock()
	if adapter != nil && c.Adapter() != adapter {
		_ = c.SetAdapter(adapter) // one that is deactivated meanwhile serves no more
	}
	return c, nil
}

// clientEndpoints gives the endpoints that requests go to, nil for those of the router itself. A router that names endpoints of its own
// here and that is reached by them is the same as one that names none; so is one behind a proxy or another address, whose names do not lead back to it.
func (i *routerInfo) clientEndpoints(ctx context.Context) ([]*endpoint, error) {
	i.mu.Lock()
	have, client, generation := i.haveClient, i.client, i.generation
	i.mu.Unlock()
	if have {
		return client, nil
	}
	answer, err := Call(ctx, i.router, &opClientProxy, nil).Result(ctx)
	if err != nil {
		return nil, err
	}
	if !IsNil(answer.proxy) && !i.sameServer(answer.proxy.iceProxy().ref) {
		client = answer.proxy.iceProxy().ref.endpoints
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.generation == generation {
		i.client, i.haveClient = client, true
		if table, ok := answer.hasTable.Get(); ok {
			i.noTable = !table
		}
	}
	return client, nil
}

// sameServer reports whether the client proxy leads to the router: Glacier2's is an object of the category or name of its own that the router's
// connection serves.
func (i *routerInfo) sameServer(client *reference) bool {
	if len(client.endpoints) == 0 {
		return true
	}
	// A Glacier2 router serves its clients on the connection that the session was made on, and on no other.
	return i.router.ref.id.Category == "Glacier2" || i.router.ref.id.Name == "router" || sharesEndpoint(i.router.ref.endpoints, client.endpoints)
}

func sharesEndpoint(a, b []*endpoint) bool {
	for _, x := range a {
		for _, y := range b {
			if x.typ == y.typ && x.host == y.host && x.port == y.port {
				return true
			}
		}
	}
	return false
}

// announce tells the router of the proxy, unless it knows it.
func (i *routerInfo) announce(ctx context.Context, r *reference) error {
	i.mu.Lock()
	known, generation := i.isKnownLocked(r), i.generation
	i.mu.Unlock()
	if known {
		return nil
	}
	plain := Proxy{r.changed(true, func(c *reference) { c.router, c.fixed, c.mode = nil, nil, wire.ModeTwoway })}
	evicted, err := Call(ctx, i.router, &opAddProxies, func(e *wire.Encoder) {
		wire.WriteSeq(e, []ObjectPrx{plain}, WriteProxy)
	}).Result(ctx)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.generation != generation {
		return nil
	}
	i.known[r.id] = struct{}{}
	for _, p := range evicted {
		if !IsNil(p) {
			delete(i.known, p.IceIdentity())
		}
	}
	return nil
}

// forget notes that the router does not know the proxy any more.
func (i *routerInfo) forget(r *reference) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.known, r.id)
}

// serverEndpoints gives the endpoints by which servers behind the router reach objects of this client.
func (i *routerInfo) serverEndpoints(ctx context.Context) ([]*endpoint, error) {
	p, err := Call(ctx, i.router, &opServerProxy, nil).Result(ctx)
	if err != nil {
		return nil, err
	}
	if IsNil(p) {
		return nil, &NoEndpointError{i.router.String(), "the router has no server endpoints, and so can pass no callbacks on (Glacier2.Server.Endpoints)"}
	}
	return p.iceProxy().ref.endpoints, nil
}

// serve has an adapter get the requests that come back through the router.
func (i *routerInfo) serve(ctx context.Context, a *Adapter) error {
	i.mu.Lock()
	i.adapter = a
	i.mu.Unlock()
	if a == nil {
		return nil
	}
	c, err := i.router.ref.connection(ctx).Result(ctx)
	if err != nil {
		return err
	}
	return c.SetAdapter(a)
}
