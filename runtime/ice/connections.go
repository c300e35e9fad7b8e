package ice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
	"github.com/slice2go/slice2go/runtime/wire"
)

// connections are a communicator's connections. Outgoing ones are shared: by endpoint, and by the address that the
// endpoint resolved to, so that two names of one host share too. See the manual's "Connection Establishment".
type connections struct {
	comm *Communicator

	mu       sync.Mutex
	all      map[*Connection]struct{}
	shared   map[connectionKey]*Connection
	attempts map[connectionKey]*attempt
	closed   bool
}

// attempt is a connection in the making.
type attempt struct {
	done chan struct{}
	conn *Connection
	err  error
}

// usable selects and orders the endpoints that the reference can use.
func (r *reference) usable(endpoints []*endpoint) ([]*endpoint, error) {
	var usable []*endpoint
	secureOnly := r.secureOnly()
	var reasons []string
	for _, e := range endpoints {
		switch {
		case e.opaque():
			reasons = append(reasons, fmt.Sprintf("transport %d is not known here", e.typ))
		case e.datagram():
			reasons = append(reasons, "udp is not supported")
		case r.mode >= wire.ModeDatagram:
			reasons = append(reasons, "datagrams need udp, which is not supported")
		case secureOnly && !e.secure():
			reasons = append(reasons, protocolOf(e.typ)+" is not secure")
		default:
			usable = append(usable, r.override(e))
		}
	}
	if len(usable) == 0 {
		slices.Sort(reasons)
		reason := strings.Join(slices.Compact(reasons), ", ")
		if reason == "" {
			reason = "it has none"
		}
		return nil, &NoEndpointError{r.text(), reason}
	}
	if r.selection == Random && len(usable) > 1 {
		rand.Shuffle(len(usable), func(i, j int) { usable[i], usable[j] = usable[j], usable[i] })
	}
	slices.SortStableFunc(usable, func(a, b *endpoint) int {
		switch {
		case a.secure() == b.secure():
			return 0
		case a.secure() == r.preferSecure:
			return -1
		}
		return 1
	})
	return usable, nil
}

// override gives the endpoint with what the proxy and the properties Ice.Override.* say instead of it.
func (r *reference) override(e *endpoint) *endpoint {
	c := *e
	if r.timeout != 0 {
		c.timeout = r.timeout
	}
	if t := r.comm.overrides.timeout; t != 0 {
		c.timeout = t
	}
	if r.compress != unset {
		c.compress = r.compress == yes
	}
	if o := r.comm.overrides.compress; o != unset {
		c.compress = o == yes
	}
	return &c
}

func (r *reference) key(e *endpoint) connectionKey {
	return connectionKey{e.target(), e.compress, r.connectionID}
}

// find gives an active connection to one of the endpoints, in their order.
func (cs *connections) find(r *reference, endpoints []*endpoint) *Connection {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, e := range endpoints {
		if c := cs.shared[r.key(e)]; c != nil && c.usable() {
			return c
		}
	}
	return nil
}

// connect gives a connection to one of the endpoints: one that is there, else the first that can be made.
func (cs *connections) connect(ctx context.Context, r *reference, endpoints []*endpoint) (*Connection, error) {
	if !r.uncached {
		if c := cs.find(r, endpoints); c != nil {
			return c, nil
		}
	}
	var failures []error
	for _, e := range endpoints {
		c, err := cs.connectOne(ctx, r.key(e), e)
		if err == nil {
			return c, nil
		}
		failures = append(failures, err)
		cs.comm.trace.endpointFailed(e.String(), len(failures) < len(endpoints), err)
		if ctx.Err() != nil {
			break
		}
	}
	if len(failures) == 1 {
		return nil, failures[0]
	}
	last := failures[len(failures)-1]
	e := &ConnectionError{Kind: ErrConnectFailed, Peer: fmt.Sprintf("%d endpoints", len(failures)), Err: errors.Join(failures...)}
	if c, ok := errors.AsType[*ConnectionError](last); ok {
		e.Kind = c.Kind
	}
	return nil, e
}

// connectOne makes a connection to an endpoint, together with others who want the same.
func (cs *connections) connectOne(ctx context.Context, key connectionKey, e *endpoint) (*Connection, error) {
	cs.mu.Lock()
	if cs.closed {
		cs.mu.Unlock()
		return nil, ErrCommunicatorDestroyed
	}
	if c := cs.shared[key]; c != nil && c.usable() {
		cs.mu.Unlock()
		return c, nil
	}
	a := cs.attempts[key]
	if a != nil {
		cs.mu.Unlock()
		<-a.done
		return a.conn, a.err
	}
	a = &attempt{done: make(chan struct{})}
	cs.attempts[key] = a
	cs.mu.Unlock()

	a.conn, a.err = cs.dial(ctx, key, e)
	cs.mu.Lock()
	delete(cs.attempts, key)
	cs.mu.Unlock()
	close(a.done)
	return a.conn, a.err
}

// dial resolves the endpoint and tries its addresses in turn.
func (cs *connections) dial(ctx context.Context, key connectionKey, e *endpoint) (*Connection, error) {
	target := key.target
	if t := cs.comm.overrides.connectTimeout; t != 0 {
		target.Timeout = max(t, 0)
	} else if t := cs.comm.client.connect; t > 0 {
		target.Timeout = t
	}
	addresses, err := cs.comm.dialer.Resolve(ctx, target)
	if err != nil {
		return nil, cs.connectError(ctx, e, err)
	}
	var failures []error
	for _, address := range addresses {
		byAddress := key
		byAddress.target = address
		byAddress.target.Host, byAddress.target.Timeout = address.Addr.String(), key.target.Timeout
		if c := cs.atAddress(key, byAddress); c != nil {
			return c, nil
		}
		c, err := cs.open(ctx, key, byAddress, address, e)
		if err == nil {
			return c, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, cs.connectError(ctx, e, errors.Join(failures...))
}

// atAddress gives a connection to an address that was made for another name.
func (cs *connections) atAddress(key, byAddress connectionKey) *Connection {
	if !byAddress.target.Addr.IsValid() || byAddress.target.WebSocket() || byAddress.target.Secure() {
		return nil // with TLS and HTTP the name counts
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c := cs.shared[byAddress]
	if c == nil || !c.usable() {
		return nil
	}
	cs.shared[key] = c
	return c
}

// open makes a connection to an address and waits for the server's greeting.
func (cs *connections) open(ctx context.Context, key, byAddress connectionKey, address transport.Target, e *endpoint) (*Connection, error) {
	cs.comm.trace.connecting(address)
	conn, info, err := cs.comm.dialer.Dial(ctx, address)
	cs.comm.trace.connected(address, info, err)
	if err != nil {
		return nil, err
	}
	c := newConnection(cs.comm, conn, info, e, key, false)
	if err := c.validate(ctx, address.Timeout); err != nil {
		_ = conn.Close()
		return nil, err
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.closed {
		_ = conn.Close()
		return nil, ErrCommunicatorDestroyed
	}
	cs.all[c] = struct{}{}
	cs.shared[key] = c
	if address.Addr.IsValid() {
		cs.shared[byAddress] = c
	}
	c.run(nil)
	return c, nil
}

// validate waits for the message with which a server begins.
func (c *Connection) validate(ctx context.Context, timeout time.Duration) error {
	if timeout > 0 {
		_ = c.conn.SetReadDeadline(time.Now().Add(timeout))
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetReadDeadline(time.Unix(1, 0)) })
	var b [wire.HeaderSize]byte
	n, err := io.ReadFull(c.conn, b[:])
	stop()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && isTimeout(err):
		return &ConnectionError{Kind: ErrConnectTimeout, Peer: c.peer(), Err: errors.New("the server did not send its greeting"),
			Hint: "the server may be overloaded, or this is no Ice server for " + c.info.Protocol}
	case err != nil && (n == 0 || string(b[:min(n, 4)]) == "IceP"[:min(n, 4)]):
		lost := &ConnectionError{Kind: ErrConnectionLost, Peer: c.peer(), Err: fmt.Errorf("while waiting for the server's greeting: %w", err)}
		if c.info.TLS != nil {
			lost.Hint = transport.Hint(err) // with TLS 1.3 the server's verdict on our certificate comes here
		}
		return lost
	}
	h, err := wire.ParseHeader(b[:n], 0)
	if err != nil {
		return c.badHeader(b[:n], err)
	}
	if h.Type != wire.ValidateMessage || h.Size != wire.HeaderSize {
		return &ProtocolError{Peer: c.peer(), Reason: fmt.Sprintf("a server begins with a %s message of %d bytes, not with a %s", h.Type, h.Size, wire.ValidateMessage)}
	}
	_ = c.conn.SetReadDeadline(time.Time{})
	return nil
}

// connectError says of what kind a failure to connect is.
func (cs *connections) connectError(ctx context.Context, e *endpoint, err error) error {
	if _, ok := errors.AsType[*ProtocolError](err); ok {
		return err
	}
	if c, ok := err.(*ConnectionError); ok {
		return c
	}
	k := ErrConnectFailed
	var t net.Error
	switch {
	case ctx.Err() != nil && cs.comm.closed.Load():
		return ErrCommunicatorDestroyed
	case errors.Is(err, ErrConnectTimeout), errors.As(err, &t) && t.Timeout():
		k = ErrConnectTimeout
	case errors.Is(err, syscall.ECONNREFUSED):
		k = ErrConnectionRefused
	case errors.Is(err, ErrConnectionLost):
		k = ErrConnectionLost
	}
	return &ConnectionError{Kind: k, Peer: e.String(), Err: err}
}

// add takes an incoming connection in.
func (cs *connections) add(c *Connection) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if !cs.closed {
		cs.all[c] = struct{}{}
	}
	return !cs.closed
}

// remove forgets a connection that is closed.
func (cs *connections) remove(c *Connection) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	delete(cs.all, c)
	for key, other := range cs.shared {
		if other == c {
			delete(cs.shared, key)
		}
	}
}

// list gives all connections.
func (cs *connections) list() []*Connection {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	list := make([]*Connection, 0, len(cs.all))
	for c := range cs.all {
		list = append(list, c)
	}
	return list
}
