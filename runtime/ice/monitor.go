package ice

import (
	"sync"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
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
// seconds, which satisfies servers of Ice 3.6, 3.7 and 3.8 alike, and a silent peer is not taken for a dead one.
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
	timer   *time.Timer
	leave   *time.Timer
	stopped bool

	writes, reads uint64 // at the last tick
	silentTicks   int    // ticks without a read
	idleTicks     int    // ticks without a read or a write of ours
}

func startMonitor(c *Connection) *monitor {
	m := &monitor{c: c, acm: c.comm.acmClient}
	if c.accepted {
		m.acm = c.comm.acmServer
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.schedule()
	return m
}

// interval is the time between ticks: half the time after which a heartbeat is due.
func (m *monitor) interval() time.Duration {
	if m.acm.Timeout <= 0 {
		return 0
	}
	return min(m.acm.Timeout/2, heartbeatMax) / 2
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

// SetACM changes what keeps the connection alive or ends it. A timeout of 0 switches it off.
func (c *Connection) SetACM(acm ACM) {
	m := c.monitor
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acm = acm
	m.silentTicks, m.idleTicks = 0, 0
	if m.timer != nil {
		m.timer.Stop()
	}
	m.schedule()
}

// ACM gives what keeps the connection alive or ends it.
func (c *Connection) ACM() ACM {
	c.monitor.mu.Lock()
	defer c.monitor.mu.Unlock()
	return c.monitor.acm
}

func (m *monitor) tick() {
	c := m.c
	c.mu.Lock()
	writes, reads, state := c.writes, c.reads.Load(), c.state
	calls, dispatching, queued := len(c.pending), !c.incoming.idleNow(), c.live > 0 || c.writing
	c.mu.Unlock()

	m.mu.Lock()
	if m.stopped {
		m.mu.Unlock()
		return
	}
	acm := m.acm
	wrote, read := writes != m.writes, reads != m.reads
	m.writes, m.reads = writes, reads
	if m.silentTicks++; read {
		m.silentTicks = 0
	}
	if m.idleTicks++; read || wrote {
		m.idleTicks = 0
	}
	expired := func(ticks int) bool { return time.Duration(ticks)*m.interval() >= acm.Timeout }
	silent, idle := expired(m.silentTicks), expired(m.idleTicks)
	m.schedule()
	m.mu.Unlock()
	if state >= connectionClosing {
		return
	}
	busy := calls > 0 || dispatching || queued || c.batch.holds()
	beat := acm.Heartbeat == HeartbeatAlways || acm.Heartbeat == HeartbeatOnDispatch && dispatching || acm.Heartbeat == HeartbeatOnIdle && !read
	switch {
	case silent && calls > 0 && (acm.Close == CloseOnInvocation || acm.Close == CloseOnInvocationAndIdle):
		c.die(&ConnectionError{Kind: ErrConnectionLost, Peer: c.peer(), Err: ErrTimeout, Hint: "nothing came from the peer for " + acm.Timeout.String() + ", see Ice.ACM"})
	case idle && !busy && (acm.Close == CloseOnIdle || acm.Close == CloseOnInvocationAndIdle):
		m.closeIdle()
	case idle && acm.Close == CloseOnIdleForceful:
		c.die(&ConnectionError{Kind: ErrConnectionClosed, Peer: c.peer(), Err: errIdle})
	case beat && !wrote && !queued:
		c.post(&frame{b: controlMessage(wire.ValidateMessage)}, nil)
	}
}

// closeIdle closes a connection that is idle. A call that has begun just now is waited for: what was sent must not be sent again because this
// side closes.
func (m *monitor) closeIdle() { m.c.closeGracefully() }

var errIdle error = &kind{text: "nothing came or went for the time of Ice.ACM.Timeout"}
