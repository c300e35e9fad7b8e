package ice

import (
	"context"
	"sync"
	"sync/atomic"
)

// binding leads the invocations on a proxy to its connection: at once if it is there, else in a queue until it is.
// Proxies that differ only in what does not choose the connection share one.
type binding struct {
	ref  *reference
	conn atomic.Pointer[Connection] // that calls go to
	used atomic.Pointer[Connection] // the same, but set before what has queued up was sent

	mu         sync.Mutex
	connecting bool
	waiting    []waiter
	size       int           // of the requests that wait, in bytes
	drained    chan struct{} // closed when they are sent or have failed, nil if nobody wants to know
}

// waiter waits for a connection: an invocation, or somebody who wants it for itself.
type waiter struct {
	v  *invocation
	fn func(*Connection, error)
}

// start sends an invocation or queues it. Only an asynchronous call may wait here, for room.
func (b *binding) start(v *invocation, how sendMode) {
	for {
		c := b.conn.Load()
		if c == nil {
			if how.inCall && !how.waited {
				b.waitForRoom(v)
			}
			if c = b.wait(waiter{v: v}); c == nil {
				return
			}
		}
		if c.send(v, how) == nil {
			return
		}
		b.reset(c)
	}
}

// connection calls fn with the connection, at once or when it is there.
func (b *binding) connection(fn func(*Connection, error)) {
	for {
		c := b.conn.Load()
		if c == nil {
			if c = b.wait(waiter{fn: fn}); c == nil {
				return
			}
		}
		if c.usable() {
			fn(c, nil)
			return
		}
		b.reset(c)
	}
}

// wait gives the connection if it can be had without waiting; else the waiter is queued.
func (b *binding) wait(w waiter) *Connection {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.conn.Load(); c != nil {
		return c
	}
	if !b.connecting {
		if c := b.ref.existing(); c != nil {
			if !b.ref.uncached {
				b.used.Store(c)
				b.conn.Store(c)
			}
			return c
		}
		b.connecting = true
		if !b.ref.comm.begin() {
			b.connecting = false
			go b.tell([]waiter{w}, nil, ErrCommunicatorDestroyed)
			return nil
		}
		go b.connect()
	}
	b.waiting = append(b.waiting, w)
	if w.v != nil {
		b.size += w.v.requestSize()
	}
	return nil
}

// waitForRoom waits while the requests that wait for a connection that is being made exceed what may wait to be sent on it, until v is given up.
func (b *binding) waitForRoom(v *invocation) {
	limit := b.ref.comm.client.sendQueue
	for {
		b.mu.Lock()
		if !b.connecting || limit == 0 || b.size <= limit {
			b.mu.Unlock()
			return
		}
		if b.drained == nil {
			b.drained = make(chan struct{})
		}
		drained := b.drained
		b.mu.Unlock()
		select {
		case <-drained:
		case <-v.doneChan():
			return
		}
	}
}

// reset forgets a connection that cannot be used any more, any if c is nil.
func (b *binding) reset(c *Connection) {
	if c == nil {
		b.conn.Store(nil)
		b.used.Store(nil)
		return
	}
	b.conn.CompareAndSwap(c, nil)
	b.used.CompareAndSwap(c, nil)
}

// connect finds or makes the connection and sends what has queued up, in order.
func (b *binding) connect() {
	defer b.ref.comm.end()
	c, err := b.ref.establish(b.ref.comm.ctx)
	if err == nil && !b.ref.uncached {
		b.used.Store(c)
	}
	for {
		b.mu.Lock()
		waiting := b.waiting
		b.waiting, b.size = nil, 0
		if b.drained != nil {
			close(b.drained)
			b.drained = nil
		}
		died := err == nil && !c.usable()
		if err != nil || died || len(waiting) == 0 {
			// Only now that nothing is queued may others send past the queue.
			b.connecting = false
			if err == nil && !died && !b.ref.uncached {
				b.conn.Store(c)
			}
			b.mu.Unlock()
			if died {
				b.restart(waiting)
				return
			}
			b.tell(waiting, nil, err)
			return
		}
		b.mu.Unlock()
		b.tell(waiting, c, nil)
	}
}

// restart looks for a connection again, for those for whom the last one was closed before they could use it.
func (b *binding) restart(waiting []waiter) {
	for _, w := range waiting {
		if w.fn != nil {
			b.connection(w.fn)
		} else {
			b.start(w.v, sendMode{})
		}
	}
}

func (b *binding) tell(waiting []waiter, c *Connection, err error) {
	for _, w := range waiting {
		switch {
		case w.fn != nil:
			w.fn(c, err)
		case err != nil:
			w.v.lost(err, false)
		default:
			if err := c.send(w.v, sendMode{}); err != nil {
				w.v.lost(err, false)
			}
		}
	}
}

// existing gives a connection that is there already, if no locator or router has to be asked.
func (r *reference) existing() *Connection {
	if r.router != nil {
		return r.router.existing(r)
	}
	if r.isIndirect() || r.uncached {
		return nil
	}
	endpoints, err := r.usable(r.endpoints)
	if err != nil {
		return nil
	}
	return r.comm.connections.find(r, endpoints)
}

// establish finds or makes the connection for the reference.
func (r *reference) establish(ctx context.Context) (*Connection, error) {
	if r.router != nil {
		return r.router.connect(ctx, r)
	}
	if !r.isIndirect() {
		return r.connectTo(ctx, r.endpoints)
	}
	if r.locator == nil {
		return nil, &NoEndpointError{r.text(), "it is indirect, and there is no locator (see Ice.Default.Locator)"}
	}
	for {
		endpoints, cached, err := r.locator.endpoints(ctx, r)
		if err != nil {
			return nil, err
		}
		c, err := r.connectTo(ctx, endpoints)
		if err == nil || !cached {
			return c, err
		}
		// The answer may be out of date: ask again.
		r.locator.clearCache(r)
	}
}

// connectTo finds or makes a connection to one of the endpoints.
func (r *reference) connectTo(ctx context.Context, endpoints []*endpoint) (*Connection, error) {
	usable, err := r.usable(endpoints)
	if err != nil {
		return nil, err
	}
	return r.comm.connections.connect(ctx, r, usable)
}
