package ice

import (
	"net"
	"time"
)

// A request can refer to memory of who makes the call; see Lend. The call must not be done before the connection is through with it.

// sendsLent reports whether a request on the proxy would be sent from where its parameters are, as far as that is known: where they are
// copied in the end, it is better done at once.
func (r *reference) sendsLent() bool {
	if r.isBatch() || len(r.comm.interceptors) > 0 {
		return false
	}
	c := r.fixed
	if c == nil {
		c = r.bind.conn.Load()
	}
	return c != nil && c.try != nil && !c.compresses(r, compressMin)
}

// withdraw takes the request of an invocation that is given up off the connection, so that what it lent is not written any more. If that is being
// done, recalled is true, and then is called as soon as it is not. begun says that some of the request is written, or being written.
func (c *Connection) withdraw(v *invocation, then func()) (recalled, begun bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	begun = v.queued == beingSent || v.has(flagAnswered) || c.pending[v.requestID] == v && v.queued == notQueued
	if c.recallLocked(v, then) {
		return true, begun
	}
	c.forgetLocked(v)
	if !begun {
		v.queued = takenBack
	}
	return false, begun
}

// recallLocked has then called, by whom does not matter, as soon as nothing that v lent is being written. It gives false if that is so already.
func (c *Connection) recallLocked(v *invocation, then func()) bool {
	if !v.lends || v.queued != beingSent || c.try == nil {
		return false
	}
	c.recalled = append(c.recalled, then)
	_ = c.conn.SetWriteDeadline(time.Unix(1, 0)) // whoever waits for the socket is to look
	return true
}

func (c *Connection) isRecalled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.recalled) > 0
}

// returnedLocked gives what to call now that nothing is being written.
func (c *Connection) returnedLocked() []func() {
	if len(c.recalled) == 0 {
		return nil
	}
	then := c.recalled
	c.recalled = nil
	_ = c.conn.SetWriteDeadline(time.Time{})
	return then
}

func runAll(fns []func()) {
	for _, fn := range fns {
		fn()
	}
}

// prepareWrite is called before the writer may have to wait for the socket. What was recalled is copied then, so that it can be given back.
func (c *Connection) prepareWrite(g *gathering, patience time.Duration) {
	c.mu.Lock()
	then := c.returnedLocked()
	if then != nil {
		g.own()
	}
	if patience > 0 {
		_ = c.conn.SetWriteDeadline(time.Now().Add(patience))
	}
	c.mu.Unlock()
	runAll(then)
}

// endWrite takes the write deadline back.
func (c *Connection) endWrite() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.recalled) == 0 {
		_ = c.conn.SetWriteDeadline(time.Time{})
	}
}

// leaveRest leaves what the socket does not take now to the writer.
func (c *Connection) leaveRest(g *gathering) {
	c.mu.Lock()
	if !c.state.takesMessages() {
		// The writer is gone, or goes without looking here.
		c.mu.Unlock()
		c.afterWrite(g.batch, g.before, nil)
		return
	}
	c.writes++
	then := c.returnedLocked()
	if then != nil {
		g.own()
	}
	c.rest = g
	c.wakeWriter.Signal()
	c.mu.Unlock()
	runAll(then)
}

// own replaces what is still to be written by a copy.
func (g *gathering) own() {
	var whole []byte
	for _, b := range g.pieces {
		whole = append(whole, b...)
	}
	g.pieces = net.Buffers{whole}
}

// skip gives the pieces without their first n bytes.
func skip(pieces net.Buffers, n int) net.Buffers {
	for n > 0 && n >= len(pieces[0]) {
		n -= len(pieces[0])
		pieces = pieces[1:]
	}
	pieces[0] = pieces[0][n:]
	return pieces
}
