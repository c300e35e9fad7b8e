package glacier2

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/slice2go/slice2go/generated/glacier2"
	"github.com/slice2go/slice2go/runtime/ice"
)

// routerID is where OMERO's clients look for the router.
var routerID = ice.Identity{Category: "OMERO.Glacier2", Name: "router"}

const (
	// routingTableSize is Glacier2.RoutingTable.MaxSize.
	routingTableSize = 1000
	// categoryLength is how long Glacier2 makes the category of a client's callbacks.
	categoryLength = 20
)

// Backend is what logs people in.
type Backend interface {
	// CreateSession makes a session, or joins the one whose key user is. Its
	// errors go to the client. lease is called once, when the client is gone.
	CreateSession(ctx context.Context, user, password string, client *Client) (factory ice.ObjectPrx, lease func(), err error)
}

// Front is the router of one adapter.
type Front struct {
	adapter *ice.Adapter
	backend Backend
	timeout time.Duration // of a silent client; 0 is never

	mu      sync.Mutex
	clients map[*ice.Connection]*Client
	names   map[string]*Client // by the category of their callbacks
	closed  bool
	stop    chan struct{}
	work    sync.WaitGroup
}

// New puts a router on an adapter, every request of which passes it from now on.
// Clients that are silent for longer than timeout lose their session; zero is never.
func New(adapter *ice.Adapter, backend Backend, timeout time.Duration) (*Front, error) {
	f := &Front{
		adapter: adapter, backend: backend, timeout: timeout,
		clients: map[*ice.Connection]*Client{}, names: map[string]*Client{}, stop: make(chan struct{}),
	}
	if _, err := adapter.Add(glacier2.NewRouterServant(&router{f}), routerID); err != nil {
		return nil, err
	}
	adapter.Use(f.route)
	if timeout > 0 {
		f.work.Go(f.watch)
	}
	return f, nil
}

// Close ends all clients' sessions and waits until that is done.
func (f *Front) Close() {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return
	}
	f.closed = true
	close(f.stop)
	var all []*Client
	for _, c := range f.clients {
		all = append(all, c)
	}
	f.mu.Unlock()
	for _, c := range all {
		f.drop(c)
	}
	f.work.Wait()
}

// Clients are those who are logged in now.
func (f *Front) Clients() []*Client {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []*Client
	for _, c := range f.clients {
		all = append(all, c)
	}
	return all
}

// Callback returns a proxy of a client's object that is called over the
// client's connection, or nil if no client of now has that category.
func (f *Front) Callback(p ice.ObjectPrx) ice.ObjectPrx {
	if ice.IsNil(p) {
		return nil
	}
	id := p.IceIdentity()
	f.mu.Lock()
	c := f.names[id.Category]
	f.mu.Unlock()
	if c == nil {
		return nil
	}
	return ice.WithEncoding(ice.WithFacet(c.conn.Proxy(id), p.IceFacet()), ice.Encoding10)
}

// watch takes the sessions of silent clients away.
func (f *Front) watch() {
	ticker := time.NewTicker(max(f.timeout/4, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-f.stop:
			return
		case <-ticker.C:
		}
		for _, c := range f.Clients() {
			if c.idle() > f.timeout {
				f.drop(c)
				c.conn.Abort()
			}
		}
	}
}

// route is the dispatch of every request.
func (f *Front) route(ctx context.Context, r *ice.IncomingRequest, next ice.DispatchFunc) error {
	current := r.Current()
	if current.ID == routerID {
		return next(ctx, r)
	}
	f.mu.Lock()
	c := f.clients[current.Connection]
	f.mu.Unlock()
	if c == nil {
		// Glacier2 closes the connection of one who is not logged in.
		current.Connection.Abort()
		return &ice.RequestFailedError{Kind: ice.ErrObjectNotExist}
	}
	c.touch()
	if !c.admits(current.ID.Category) {
		return &ice.RequestFailedError{Kind: ice.ErrObjectNotExist}
	}
	if !c.announced(current.ID) {
		// Says to the client that it has to announce the proxy again.
		return &ice.RequestFailedError{Kind: ice.ErrObjectNotExist, ID: current.ID, Operation: "ice_add_proxy"}
	}
	return next(ctx, r)
}

func (f *Front) client(ctx context.Context) *Client {
	current := ice.CurrentFrom(ctx)
	if current == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clients[current.Connection]
}

// admit makes a client of a connection. It is not yet logged in.
func (f *Front) admit(conn *ice.Connection) (*Client, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, &glacier2.CannotCreateSessionException{Reason: "the router is being shut down"}
	}
	if f.clients[conn] != nil {
		return nil, &glacier2.CannotCreateSessionException{Reason: "session exists"}
	}
	c := newClient(f, conn)
	f.clients[conn], f.names[c.category] = c, c
	return c, nil
}

// drop ends what a client has. Its connection stays.
func (f *Front) drop(c *Client) bool {
	f.mu.Lock()
	had := f.clients[c.conn] == c
	if had {
		delete(f.clients, c.conn)
		delete(f.names, c.category)
	}
	f.mu.Unlock()
	c.leave()
	return had
}

// router is the servant.
type router struct{ f *Front }

func (r *router) GetCategoryForClient(ctx context.Context) (string, error) {
	c, err := r.client(ctx)
	if err != nil {
		return "", err
	}
	return c.category, nil
}

// client is the caller's. Asking the router for what only clients have is
// answered like any other request without a session.
func (r *router) client(ctx context.Context) (*Client, error) {
	if c := r.f.client(ctx); c != nil {
		c.touch()
		return c, nil
	}
	return nil, &ice.RequestFailedError{Kind: ice.ErrObjectNotExist}
}

func (r *router) CreateSession(ctx context.Context, user, password string) (glacier2.SessionPrx, error) {
	conn := ice.CurrentFrom(ctx).Connection
	c, err := r.f.admit(conn)
	if err != nil {
		return nil, err
	}
	factory, lease, err := r.f.backend.CreateSession(ctx, user, password, c)
	if err != nil {
		r.f.drop(c)
		return nil, err
	}
	if !c.settle(lease) {
		return nil, &glacier2.CannotCreateSessionException{Reason: "the session was closed meanwhile"}
	}
	conn.OnHeartbeat(func(*ice.Connection) { c.touch() })
	conn.OnClose(func(*ice.Connection, error) { r.f.drop(c) })
	return glacier2.NewSessionPrx(factory), nil
}

func (r *router) CreateSessionFromSecureConnection(context.Context) (glacier2.SessionPrx, error) {
	return nil, &glacier2.PermissionDeniedException{Reason: "no ssl permissions verifier configured"}
}

func (r *router) RefreshSession(ctx context.Context) error {
	c := r.f.client(ctx)
	if c == nil {
		return &glacier2.SessionNotExistException{}
	}
	c.touch()
	return nil
}

func (r *router) DestroySession(ctx context.Context) error {
	c := r.f.client(ctx)
	if c == nil || !r.f.drop(c) {
		return &glacier2.SessionNotExistException{}
	}
	return nil
}

func (r *router) GetSessionTimeout(context.Context) (int64, error) {
	return int64(r.f.timeout / time.Second), nil
}

func (r *router) GetACMTimeout(context.Context) (int32, error) {
	return int32(r.f.timeout / time.Second), nil
}

// GetClientProxy is null: clients use the router's own endpoints.
func (r *router) GetClientProxy(context.Context) (ice.ObjectPrx, ice.Optional[bool], error) {
	return nil, ice.None[bool](), nil
}

// serverEndpoint is what clients put into the proxies of their callbacks.
// Nobody connects to it: the server calls back over the client's own connection. It must not be one of
// the endpoints that the server's own objects have, or ZeroC's clients take these
// objects for ones of their callback adapter, and never send anything.
const serverEndpoint = ":tcp -h 127.0.0.1 -p 1"

func (r *router) GetServerProxy(ctx context.Context) (ice.ObjectPrx, error) {
	c, err := r.client(ctx)
	if err != nil {
		return nil, err
	}
	elsewhere, err := r.f.adapter.Communicator().StringToProxy("dummy" + serverEndpoint)
	if err != nil {
		return nil, err
	}
	return ice.WithIdentity(elsewhere, ice.Identity{Name: "dummy", Category: c.category}), nil
}

func (r *router) AddProxies(ctx context.Context, proxies ice.ObjectProxySeq) (ice.ObjectProxySeq, error) {
	c, err := r.client(ctx)
	if err != nil {
		return nil, err
	}
	return c.announce(proxies), nil
}

// randomCategory gives printable characters, as Glacier2's are.
func randomCategory() string {
	text := make([]byte, categoryLength)
	for i := range text {
		text[i] = byte('!' + rand.IntN('~'-'!'+1))
	}
	return string(text)
}
