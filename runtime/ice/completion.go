package ice

import (
	"context"
	"errors"
	"sync"
)

// What an invocation has come to.
const (
	flagDone         uint32 = 1 << iota // completed, the outcome does not change any more
	flagDecoded                         // value and error are there; without it a reply waits to be decoded
	flagCancelled                       // completed by Cancel
	flagSent                            // the request was handed to the transport whole
	flagSentSync                        // in the call itself
	flagNoProxy                         // the reference is for sending only: no proxy of the application's
	flagAnswered                        // a reply has come, which the call may not have been told yet
	flagFacetMayMiss                    // of a checked cast: that the facet does not exist is no error
)

// place says who completes a future: code that the application called, which may run its callbacks, or
// a goroutine of the runtime, which must not be held up.
type place bool

const (
	inCaller place = false
	inReader place = true
)

// hooks are what few futures have: channels and callbacks.
type hooks struct {
	done, sent     chan struct{}
	onDone, onSent []func()
}

var waiters = sync.Pool{New: func() any { return make(chan struct{}, 1) }}

func (v *invocation) has(flag uint32) bool { return v.flags.Load()&flag != 0 }
func (v *invocation) set(flag uint32)      { v.flags.Or(flag) }

func (v *invocation) hook() *hooks {
	if v.hooks == nil {
		v.hooks = &hooks{}
	}
	return v.hooks
}

var closedChan = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (v *invocation) doneChan() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.has(flagDone) {
		return closedChan
	}
	h := v.hook()
	if h.done == nil {
		h.done = make(chan struct{})
	}
	v.conn.askBack()
	return h.done
}

func (v *invocation) addDone(fn func()) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.has(flagDone) {
		return false
	}
	h := v.hook()
	h.onDone = append(h.onDone, fn)
	v.conn.askBack()
	return true
}

func (v *invocation) addSent(fn func()) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.has(flagSent | flagDone) {
		return false
	}
	h := v.hook()
	h.onSent = append(h.onSent, fn)
	v.conn.askBack()
	return true
}

// wait waits for completion, and gives an error if ctx ends first.
func (v *invocation) wait(ctx context.Context) error {
	if v.ref != nil {
		if !v.park(ctx) {
			return v.contextError(ctx)
		}
		return nil
	}
	// It is no invocation: a channel of its own, and not a pooled one, makes it usable in the bubbles of testing/synctest.
	select {
	case <-v.doneChan():
		return nil
	case <-ctx.Done():
		return v.contextError(ctx)
	}
}

func (v *invocation) waitSent(ctx context.Context) error {
	v.mu.Lock()
	if v.has(flagSent | flagDone) {
		v.mu.Unlock()
		return nil
	}
	h := v.hook()
	if h.sent == nil {
		h.sent = make(chan struct{})
	}
	sent := h.sent
	c := v.conn
	v.mu.Unlock()
	c.askBack()
	select {
	case <-sent:
		return nil
	case <-ctx.Done():
		return v.contextError(ctx)
	}
}

// park waits for completion or for the end of a context, and tells whether it was completion. It costs
// nothing but a pooled channel, if nobody else waits that way.
func (v *invocation) park(ctx context.Context) bool {
	ended := ctx.Done()
	for v.connection().lead(v, ctx) {
		if v.has(flagDone) {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
	}
	v.mu.Lock()
	if v.has(flagDone) {
		v.mu.Unlock()
		return true
	}
	if v.waiter != nil {
		v.mu.Unlock()
		select {
		case <-v.doneChan():
			return true
		case <-ended:
			return v.has(flagDone)
		}
	}
	w := waiters.Get().(chan struct{})
	v.waiter = w
	v.mu.Unlock()
	if ended == nil {
		<-w
		waiters.Put(w)
		return true
	}
	select {
	case <-w:
		waiters.Put(w)
		return true
	case <-ended:
	}
	v.mu.Lock()
	if v.waiter == w {
		v.waiter = nil
		v.mu.Unlock()
		waiters.Put(w)
		return false
	}
	v.mu.Unlock()
	<-w // completion took the waiter, and has or will have woken it
	waiters.Put(w)
	return true
}

// connection gives the connection that the request is on, nil if there is none.
func (v *invocation) connection() *Connection {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.conn
}

// fail completes with an error, and reports whether it was not complete before.
func (v *invocation) fail(err error, where place) bool {
	return v.end(flagDecoded, err, where)
}

// forgiven returns the error of a call, or nil for a checked cast of a facet that does not exist.
func (v *invocation) forgiven(err error) error {
	if err != nil && v.has(flagFacetMayMiss) && errors.Is(err, ErrFacetNotExist) {
		return nil
	}
	return err
}

func (v *invocation) end(flags uint32, err error, where place) bool {
	v.mu.Lock()
	if v.has(flagDone) {
		v.mu.Unlock()
		return false
	}
	v.finishLocked(flags, err, where)
	return true
}

// finishLocked completes an invocation that is not complete and whose mutex is held, and unlocks it.
func (v *invocation) finishLocked(flags uint32, err error, where place) {
	written := v.has(flagSent)
	v.err = err
	v.set(flags | flagDone)
	h, w := v.hooks, v.waiter
	v.hooks, v.waiter = nil, nil
	stop, timer, request := v.stop, v.timer, v.request
	v.stop, v.timer, v.request = nil, nil, nil
	if request != nil && written {
		// A request that is not marked as sent may still be in the hands of the connection's writer.
		request.release()
	}
	v.mu.Unlock()
	if stop != nil {
		stop()
	}
	if timer != nil {
		timer.Stop()
	}
	if w != nil {
		w <- struct{}{}
	}
	if h == nil {
		return
	}
	if h.done != nil {
		close(h.done)
	}
	if h.sent != nil {
		close(h.sent)
	}
	var sent []func()
	if v.has(flagSent) {
		sent = h.onSent
	}
	run(where, sent, h.onDone)
}

// run runs callbacks in order, in a goroutine of their own if the caller must not be held up.
func run(where place, first, second []func()) {
	if len(first)+len(second) == 0 {
		return
	}
	all := func() {
		for _, fn := range first {
			fn()
		}
		for _, fn := range second {
			fn()
		}
	}
	if where == inReader {
		go all()
		return
	}
	all()
}

// contextError is what a call gives when its context ends.
func (v *invocation) contextError(ctx context.Context) error {
	e := &InvocationError{Kind: ErrCanceled, Operation: v.operation, Sent: v.has(flagSent), Err: context.Cause(ctx)}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Kind = ErrTimeout
	}
	if !errors.Is(e.Err, ctx.Err()) {
		e.Err = errors.Join(e.Err, ctx.Err())
	}
	if v.ref != nil {
		e.ID = v.ref.id
	}
	return e
}
