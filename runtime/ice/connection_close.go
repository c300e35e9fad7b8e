package ice

import (
	"context"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
)

// Close closes the connection gracefully: it waits until no invocation and no dispatch is outstanding, takes leave, and waits for the peer
// to close. If ctx ends or the close timeout (Ice.Override.CloseTimeout, else the endpoint's timeout, at most 10 seconds) passes before that, the
// connection is aborted. New invocations go to a new connection. The
// manual's section is "Closing a Connection", its GracefullyWithWait.
func (c *Connection) Close(ctx context.Context) error {
	c.closeGracefully()
	return c.waitClosed(ctx)
}

// CloseNow is Close, but does not wait for invocations that are outstanding: they end with ErrConnectionClosed. What needs no reply, oneway calls and
// batches that are queued, is still sent. In the manual it is Gracefully.
func (c *Connection) CloseNow(ctx context.Context) error {
	c.closeNow(&ConnectionError{Kind: ErrConnectionClosed, Peer: c.peer(), Err: errManual})
	return c.waitClosed(ctx)
}

// Abort closes the connection at once, without taking leave. In the manual it is Forcefully.
func (c *Connection) Abort() {
	c.die(&ConnectionError{Kind: ErrConnectionClosed, Peer: c.peer(), Err: errManual})
}

// closeNow fails the calls that wait for a reply with err, and takes leave when the rest of the queue is sent.
func (c *Connection) closeNow(err error) {
	c.mu.Lock()
	if c.state >= connectionLeaving {
		c.mu.Unlock()
		return
	}
	c.happensLocked(eventClose)
	var losses []loss
	for id, v := range c.pending {
		if !c.recallLocked(v, func() { v.lost(err, true) }) {
			losses = append(losses, loss{v, v.queued == notQueued || v.queued == beingSent})
		}
		delete(c.pending, id)
		c.kickLocked(v)
	}
	for i, o := range c.queue {
		if o.v == nil || o.v.ref.mode != wire.ModeTwoway {
			continue // it leaves before the close message
		}
		o.v.queued = notQueued
		c.sending.freeLocked(o.frame.size())
		c.queue[i] = outgoing{}
		c.live--
	}
	c.leaveIfIdleLocked()
	c.mu.Unlock()
	c.forgetShared()
	for _, l := range losses {
		l.v.lost(err, l.sent)
	}
}

// closeGracefully begins what Close does, and does not wait.
func (c *Connection) closeGracefully() {
	c.mu.Lock()
	c.happensLocked(eventClose)
	c.leaveIfIdleLocked()
	c.mu.Unlock()
	c.forgetShared()
}

func (c *Connection) forgetShared() {
	cs := c.comm.connections
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for key, other := range cs.shared {
		if other == c {
			delete(cs.shared, key)
		}
	}
}

// leaveIfIdleLocked takes leave of the peer when a graceful close is under way and nothing is outstanding any more. As long as calls of this
// side are, the peer's requests are still served: the calls may be waiting for them.
func (c *Connection) leaveIfIdleLocked() {
	if c.state != connectionClosing || len(c.pending) > 0 || !c.incoming.leave() {
		return
	}
	if d := c.closeTimeout(); d > 0 {
		c.monitor.leaveWithin(d) // from now on: what is still to be written may be stuck
	}
	if c.live > 0 || c.writing {
		if !c.writing {
			c.wakeWriter.Signal() // it may have been left to a caller that waits
		}
		return
	}
	c.happensLocked(eventSettled)
}

// sendCloseLocked queues the close message behind all that was sent.
func (c *Connection) sendCloseLocked() {
	close(c.leaving)
	c.enqueueLocked(outgoing{frame: &frame{b: controlMessage(wire.CloseMessage)}})
}

// closeTimeout bounds a graceful close, 0 if nothing does. Without Ice.Override.CloseTimeout it is the endpoint's timeout, as in Ice 3.7, but
// no longer than Ice 3.8 waits.
func (c *Connection) closeTimeout() time.Duration {
	if c.comm.overrides.closeTimeout == 0 && c.rules.close > 0 {
		return c.rules.close
	}
	d := c.comm.closeTimeout()
	if c.comm.overrides.closeTimeout == 0 && c.timeout > 0 {
		d = min(d, c.timeout)
	}
	return d
}

// waitClosed waits until the connection is closed, and aborts it when ctx ends.
func (c *Connection) waitClosed(ctx context.Context) error {
	select {
	case <-c.done:
	case <-ctx.Done():
		err := &ConnectionError{Kind: ErrCloseTimeout, Peer: c.peer(), Err: context.Cause(ctx)}
		c.die(err)
		return err
	}
	if err := c.Err(); err != nil && !isOrderly(err) {
		return err
	}
	return nil
}

// isGraceful reports whether the peer has closed the connection in the protocol's way.
func isGraceful(err error) bool {
	c, ok := err.(*ConnectionError)
	return ok && c.Graceful
}

// isOrderly reports whether the connection ended as it should when it is closed: by our leave or by the peer's.
func isOrderly(err error) bool {
	c, ok := err.(*ConnectionError)
	return ok && (c.Err == errManual || c.Graceful || c.Kind == ErrConnectionLost)
}

// Heartbeat sends a heartbeat now, unless the last one is still waiting to be sent.
func (c *Connection) Heartbeat() {
	if c.beating.CompareAndSwap(false, true) {
		c.beats.Add(1)
		c.post(&frame{b: controlMessage(wire.ValidateMessage)}, func() { c.beating.Store(false) })
	}
}
