package ice

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"time"
)

// A connection is read by one goroutine at a time. As a rule that is the connection's own, the read loop. Where one goroutine calls
// and waits again and again, being woken by the read loop for each reply costs more than all the rest of the call: then the loop
// lends the reading to whoever waits, who finds the reply without being woken, and sends what has queued up before. The loop takes it
// back when nobody came for a while, and at once when somebody cannot wait that long: a second goroutine that waits, a callback,
// a channel.
const (
	roleLoop = iota // the read loop reads
	roleFree        // nobody reads, whoever waits next does
	roleLed         // who waits for an invocation reads
)

const (
	leadAfter = 8 // reads in a row, each of which wakes one goroutine, after which the reading is lent
	leadTick  = time.Millisecond
	lazyMax   = 128 // requests that may wait in the queue for their caller to wait and send them
)

// lending is a connection's account of who reads it. The connection's mutex guards it, where nothing else is said.
type lending struct {
	role    int
	leader  *invocation     // whose goroutine reads
	asked   bool            // the loop is to have the reading back when the leader is done
	kicked  bool            // the read deadline was moved to get the reader out of its read
	leads   uint            // number of times that somebody came
	lazy    bool            // the last leader left other calls outstanding: it will be back soon
	watched <-chan struct{} // of the context whose end gets the leader out of its read
	stop    func() bool     // ends the watch over it
	back    chan struct{}   // tells the loop that it has the reading
	able    bool            // does not change
	singles int             // the loop's: reads that woke one goroutine
	later   backoff         // the loop's
	led     bool            // the reader's: the leader's reply has not come yet
}

func newLending(conn net.Conn) lending {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	// Others may not know deadlines, or not survive them.
	_, able := conn.(*net.TCPConn)
	return lending{able: able, back: make(chan struct{}, 1)}
}

// errKicked is what a read gives when somebody wants the reader out of it.
var errKicked = errors.New("ice: the reader is wanted elsewhere")

// worthLending is asked by the read loop when all that was read is worked off, with the number of goroutines that this wakes.
func (l *lending) worthLending(woken int) bool {
	switch {
	case woken == 1:
		l.singles++
	case woken > 1:
		l.singles = min(l.singles, 0)
	}
	return l.able && l.singles >= leadAfter && runtime.GOMAXPROCS(0) > 1 // one processor goes from goroutine to goroutine quickly
}

// lend leaves the reading to others until it falls back to the loop. It gives false when the connection is closed.
func (c *Connection) lend() bool {
	l := &c.lending
	l.singles = 0
	woken := c.woken
	c.woken = nil // the next reader's from now on
	c.mu.Lock()
	l.role, l.lazy = roleFree, false
	select {
	case <-l.back: // too late for the last time
	default:
	}
	first := l.leads
	seen := first
	c.lent.Store(true)
	c.mu.Unlock()
	for _, w := range woken {
		w <- struct{}{}
	}
	tick := time.NewTimer(leadTick)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-l.back:
		case <-c.done:
			c.mu.Lock()
			if l.role == roleFree { // a leader does that himself
				c.takeBackLocked()
			}
			c.mu.Unlock()
			return false
		}
		c.mu.Lock()
		switch {
		case l.role == roleLoop:
			// It was asked back: by somebody who is likely to be there again.
			l.singles = -l.later.after(int(l.leads - first))
		case l.leads != seen:
			tick.Reset(leadTick)
		case l.role == roleFree:
			c.takeBackLocked()
		default:
			// This one takes its time. It tells when it is done.
			l.asked = true
		}
		seen = l.leads
		role := l.role
		c.mu.Unlock()
		if role == roleLoop {
			return true
		}
	}
}

// takeBackLocked gives the reading back to the loop, which nobody else has.
func (c *Connection) takeBackLocked() {
	c.lending.role, c.lending.asked = roleLoop, false
	c.lent.Store(false)
	c.lending.unwatch()
	if c.live > 0 && !c.writing {
		c.wakeWriter.Signal()
	}
}

// askBackLocked has the loop read again, at once or when the leader is done.
func (c *Connection) askBackLocked() {
	l := &c.lending
	switch l.role {
	case roleFree:
		c.takeBackLocked()
		l.signal()
	case roleLed:
		l.asked = true
	}
}

// askBack is called for somebody who waits for something without waiting for a reply himself.
func (c *Connection) askBack() {
	if c == nil || !c.lent.Load() {
		return
	}
	c.mu.Lock()
	c.askBackLocked()
	c.mu.Unlock()
}

func (l *lending) signal() {
	select {
	case l.back <- struct{}{}:
	default:
	}
}

// kickLocked has the invocation's goroutine stop reading, if it does.
func (c *Connection) kickLocked(v *invocation) {
	if l := &c.lending; v != nil && l.leader == v {
		l.leader, l.kicked, l.asked = nil, true, true
		_ = c.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// kick has whoever leads look at its context.
func (c *Connection) kick() {
	c.mu.Lock()
	c.kickLocked(c.lending.leader)
	c.mu.Unlock()
}

// wasKicked tells a reader whose read has timed out whether that was a kick, and which deadline there is without it.
func (c *Connection) wasKicked(late time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.lending.kicked {
		return false
	}
	c.lending.kicked = false
	_ = c.conn.SetReadDeadline(late)
	return true
}

// lead reads the connection for an invocation that waits, until that is answered or given up, or ctx ends. It gives false if somebody else
// reads, or if the invocation does not wait for this connection.
func (c *Connection) lead(v *invocation, ctx context.Context) bool {
	if c == nil || !c.lent.Load() {
		return false
	}
	l := &c.lending
	c.mu.Lock()
	if c.pending[v.requestID] != v || l.role != roleFree {
		if l.role == roleLed {
			l.asked = true
		}
		c.mu.Unlock()
		return false
	}
	l.role, l.leader = roleLed, v
	l.leads++
	c.watchLocked(ctx)
	flush := c.live > 0 && !c.writing && c.try != nil
	if flush {
		c.gatherLocked(&c.reader.out)
	}
	c.mu.Unlock()
	defer c.leave()
	if flush {
		c.writeSome(&c.reader.out)
	}
	l.led = ctx.Err() == nil
	for l.led || c.reader.holdsMessage() {
		if err := c.reader.step(); err == errKicked {
			break
		} else if err != nil {
			c.wake()
			c.die(err)
			break
		}
	}
	return true
}

// leave ends the leader's reading.
func (c *Connection) leave() {
	l := &c.lending
	c.wake()
	c.mu.Lock()
	l.leader = nil
	l.lazy = c.left > 0
	l.role = roleFree
	if l.asked || !c.state.takesMessages() {
		c.takeBackLocked()
		l.signal()
	}
	c.mu.Unlock()
}

// watchLocked has the leader kicked when ctx ends. The watch stays for the next one who comes with the same context.
func (c *Connection) watchLocked(ctx context.Context) {
	l := &c.lending
	if done := ctx.Done(); done != nil && done != l.watched {
		l.unwatch()
		l.watched, l.stop = done, context.AfterFunc(ctx, c.kick)
	}
}

func (l *lending) unwatch() {
	if l.stop != nil {
		l.stop()
		l.watched, l.stop = nil, nil
	}
}
