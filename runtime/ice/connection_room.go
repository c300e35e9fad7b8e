package ice

import (
	"sync"
	"sync/atomic"
)

// A peer that does not read must not make this side take memory without end. What waits to be written on a connection is bounded by the property
// Ice.Connection.Client.SendQueueMax for connections that this side makes, Ice.Connection.Server.SendQueueMax or NAME.Connection.SendQueueMax for
// those that it accepts. Beyond the bound
//
//   - requests of the peer are not dispatched, and when enough of them wait the connection is not read any further,
//   - an asynchronous call, a oneway or a batch waits in the call, until there is room or it is given up; also while the connection is made,
//   - a heartbeat is left out, as the peer has something to read.
//
// The bound can be exceeded by the last message, and by the replies of requests that are being dispatched: their number has its own bound,
// MaxDispatches. A call that is waited for does not wait here, as its caller holds its memory anyway. A peer that takes nothing for the
// endpoint's timeout loses its connection.
const (
	defaultClientSendQueue = 64 << 20
	defaultServerSendQueue = 8 << 20
)

// sendRoom counts what a connection has to write still. The connection's mutex guards it.
type sendRoom struct {
	unsent int        // bytes that are queued or being written
	room   *sync.Cond // broadcast when there is room again
	max    int        // 0 is no bound
	full   atomic.Bool
}

// takeLocked notes that bytes are queued.
func (r *sendRoom) takeLocked(n int) {
	if r.unsent += n; r.max > 0 && r.unsent > r.max {
		r.full.Store(true)
	}
}

// freeLocked notes that bytes are written or dropped.
func (r *sendRoom) freeLocked(n int) {
	if r.unsent -= n; r.full.Load() && r.unsent <= r.max {
		r.full.Store(false)
		r.room.Broadcast()
	}
}

// waitToReply waits until a reply has room, or the connection is closed.
func (c *Connection) waitToReply() {
	if !c.sending.full.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.sending.full.Load() && c.state.takesMessages() {
		c.sending.room.Wait()
	}
}

// waitToSendLocked waits until a request has room, its call is given up, or no request can be sent any more.
func (c *Connection) waitToSendLocked(v *invocation) {
	for c.sending.full.Load() && c.state.takesRequests() && !v.has(flagDone) && v.queued != takenBack {
		if !c.writing {
			c.wakeWriter.Signal()
		}
		c.sending.room.Wait()
	}
}
