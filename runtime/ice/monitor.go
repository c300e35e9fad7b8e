package ice

import (
	"fmt"
	"sync"
	"time"
)

// ACMClose says when a connection that shows no life is closed; see the property Ice.ACM.Close.
type ACMClose int

// The rules of the manual's "Active Connection Management".
const (
	CloseOff ACMClose = iota
	CloseOnIdle
	CloseOnInvocation
	CloseOnInvocationAndIdle
	CloseOnIdleForceful
)

// ACMHeartbeat says when heartbeats are sent; see the property Ice.ACM.Heartbeat.
type ACMHeartbeat int

// The rules of the manual's "Active Connection Management".
const (
	HeartbeatOff ACMHeartbeat = iota
	HeartbeatOnDispatch
	HeartbeatOnIdle
	HeartbeatAlways
)

// ACM are the settings that keep a connection alive, or end it. Where nothing is set, a heartbeat goes out when nothing was written for 30
// seconds, which satisfies servers of Ice 3.6, 3.7 and 3.8 alike, and a peer from which nothing comes for a minute while it owes an answer is taken
// for dead. All of Ice's servers since 3.6 send heartbeats while they work on a request; for one that does not, set Ice.ACM.Client.Close to 0.
type ACM struct {
	Timeout   time.Duration
	Close     ACMClose
	Heartbeat ACMHeartbeat
}

// heartbeatMax is how long nothing may be written at most before a heartbeat goes out.
const heartbeatMax = 30 * time.Second

// monitor looks after a connection from time to time. It has a timer, no goroutine.
type monitor struct {
	c *Connection

	mu      sync.Mutex
	acm     ACM
	idle    idleRules
	timer   *time.Timer
	leave   *time.Timer
	stopped bool

	// At the last tick:
	writes, reads, requests uint64
	calls                   int

	// Ticks in a row
	quietTicks    int // without a write
	silentTicks   int // without a read
	waitTicks     int // without a read, while the peer owed answers
	idleTicks     int // without a read or a write
	inactiveTicks int // without requests
}

func startMonitor(c *Connection) *monitor {
	m := &monitor{c: c, acm: c.rules.acm, idle: c.rules.idle}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.schedule()
	return m
}

// beatAfter is how long nothing may be written before a heartbeat goes out.
func (m *monitor) beatAfter() time.Duration {
	if m.idle.timeout > 0 {
		return m.idle.timeout / 2
	}
	return min(m.acm.Timeout/2, heartbeatMax)
}

// interval is the time between ticks: half the time after which a heartbeat is due, or less where something else is due earlier.
func (m *monitor) interval() time.Duration {
	d := m.beatAfter() / 2
	if i := m.idle.inactivity / 4; i > 0 && (d <= 0 || i < d) {
		d = i
	}
	return max(d, 0)
}

func (m *monitor) schedule() {
	if d := m.interval(); d > 0 && !m.stopped {
		m.timer = time.AfterFunc(d, m.tick)
	}
}

func (m *monitor) stop() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = true
	if m.timer != nil {
		m.timer.Stop()
	}
	if m.leave != nil {
		m.leave.Stop()
	}
}

// leaveWithin aborts the connection if the peer does not close it in time.
func (m *monitor) leaveWithin(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.stopped && m.leave == nil {
		m.leave = time.AfterFunc(d, func() { m.c.die(&ConnectionError{Kind: ErrCloseTimeout, Peer: m.c.peer()}) })
	}
}

// SetACM changes what keeps the connection alive or ends it, in place of what properties say. A timeout of 0 switches it off; a negative one is an
// error, and so is a rule that there is not.
func (c *Connection) SetACM(acm ACM) error {
	if acm.Timeout < 0 || acm.Close < CloseOff || acm.Close > CloseOnIdleForceful || acm.Heartbeat < HeartbeatOff || acm.Heartbeat > HeartbeatAlways {
		return fmt.Errorf("ice: the settings %v, %d, %d are no active connection management: the timeout must not be negative, and the rules are those of the constants", acm.Timeout, acm.Close, acm.Heartbeat)
	}
	m := c.monitor
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acm, m.idle.timeout, m.idle.check = acm, 0, false
	m.quietTicks, m.silentTicks, m.waitTicks, m.idleTicks, m.inactiveTicks = 0, 0, 0, 0, 0
	if m.timer != nil {
		m.timer.Stop()
	}
	m.schedule()
	return nil
}

// ACM gives what keeps the connection alive or ends it.
func (c *Connection) ACM() ACM {
	c.monitor.mu.Lock()
	defer c.monitor.mu.Unlock()
	return c.monitor.acm
}

// verdict is what a tick finds.
type verdict struct {
	dead, unanswered, idle, inactive bool
	beat                             bool // a heartbeat is due, if the rules want one
}

// observe counts what happened since the last tick.
func (m *monitor) observe(writes, reads, requests uint64, calls int, active bool) (v verdict) {
	wrote, read := writes != m.writes, reads != m.reads
	count := func(ticks *int, reset bool, limit time.Duration) bool {
		if *ticks++; reset {
			*ticks = 0
		}
		return limit > 0 && time.Duration(*ticks)*m.interval() >= limit
	}
	v.beat = count(&m.quietTicks, wrote, m.beatAfter()/2) && !wrote
	v.dead = count(&m.silentTicks, read, m.idle.timeout) && m.idle.check
	// A call that has begun just now says nothing of the silence before it.
	v.unanswered = count(&m.waitTicks, read || m.calls == 0 || calls == 0, m.acm.Timeout)
	v.idle = count(&m.idleTicks, read || wrote, m.acm.Timeout)
	v.inactive = count(&m.inactiveTicks, active || requests != m.requests, m.idle.inactivity)
	m.writes, m.reads, m.requests, m.calls = writes, reads, requests, calls
	return v
}

func (m *monitor) tick() {
	c := m.c
	c.mu.Lock()
	writes, reads, state := c.writes, c.reads.Load(), c.state
	calls, dispatching, queued := len(c.pending), !c.incoming.idleNow(), c.live > 0 || c.writing
	c.mu.Unlock()
	busy := calls > 0 || dispatching || queued || c.batch.holds()

	m.mu.Lock()
	if m.stopped {
		m.mu.Unlock()
		return
	}
	acm, idle, read := m.acm, m.idle, reads != m.reads
	v := m.observe(writes, reads, writes+reads-c.beats.Load(), calls, busy)
	m.schedule()
	m.mu.Unlock()
	if state >= connectionClosing {
		return
	}
	beat := acm.Heartbeat == HeartbeatAlways || acm.Heartbeat == HeartbeatOnDispatch && dispatching || acm.Heartbeat == HeartbeatOnIdle && !read
	switch {
	case v.dead:
		c.die(&ConnectionError{Kind: ErrConnectionLost, Peer: c.peer(), Err: ErrTimeout, Hint: "nothing came from the peer for " + idle.timeout.String() + ", see Ice.Connection…IdleTimeout"})
	case v.unanswered && (acm.Close == CloseOnInvocation || acm.Close == CloseOnInvocationAndIdle):
		c.die(&ConnectionError{Kind: ErrConnectionLost, Peer: c.peer(), Err: ErrTimeout, Hint: "nothing came from the peer for " + acm.Timeout.String() + ", see Ice.ACM"})
	case v.idle && !busy && (acm.Close == CloseOnIdle || acm.Close == CloseOnInvocationAndIdle), v.inactive:
		m.closeIdle()
	case v.idle && acm.Close == CloseOnIdleForceful:
		c.die(&ConnectionError{Kind: ErrConnectionClosed, Peer: c.peer(), Err: errIdle})
	case v.beat && beat && !queued:
		c.Heartbeat()
	}
}

// closeIdle closes a connection that is idle. A call that has begun just now is waited for: what was sent must not be sent again because this
// side closes.
func (m *monitor) closeIdle() { m.c.closeGracefully() }

var errIdle error = &kind{text: "nothing came or went for the time of Ice.ACM.Timeout"}
