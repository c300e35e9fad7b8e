package ice

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
	"github.com/slice2go/slice2go/runtime/wire"
)

// Connection is a connection to a peer. Proxies share connections; [Proxy.IceConnection] gives the one in use. See the
// manual's "Using Connections".
type Connection struct {
	comm     *Communicator
	serial   uint64 // orders connections
	conn     net.Conn
	info     *transport.Info
	endpoint *endpoint // where it leads to; for an incoming connection where it came in
	key      connectionKey
	timeout  time.Duration // bounds how long a message may be stuck half read or half written
	try      tryWriter     // nil if the transport cannot write without waiting
	rules    *connectionRules
	sizeMax  int  // of a message that is read
	accepted bool // the peer has opened it
	alone    bool // each message is written by itself: Ice's own reads one from each WebSocket message

	adapter   atomic.Pointer[Adapter] // that gets the peer's requests
	heartbeat atomic.Pointer[func(*Connection)]
	monitor   *monitor
	batch     batchQueue // of fixed proxies
	sending   sendRoom
	beating   atomic.Bool // a heartbeat is queued
	incoming  dispatcher  // the peer's requests that are being worked on

	// The reader's:
	reader *reader
	woken  []chan struct{} // of goroutines whose replies have come
	left   int             // calls outstanding after the last reply

	lent    atomic.Bool // the reading is not the read loop's now
	lending lending

	// Where two mutexes are held at once, they are taken in this order: binding, connections or invocation, Connection, dispatcher or monitor,
	// dispatchBudget.
	mu         sync.Mutex
	wakeWriter *sync.Cond
	state      connectionState
	err        error // why it is closed
	pending    map[int32]*invocation
	nextID     int32
	queue      []outgoing
	queueBase  uint64     // place of queue[0]; places start at 1
	live       int        // number of entries in queue that are not taken back
	writing    bool       // somebody writes, or is to finish rest
	rest       *gathering // of a write that did not wait, what the socket did not take
	recalled   []func()   // called when nothing that is lent is being written any more
	onClose    []func(*Connection, error)
	writes     uint64 // number of writes, for the monitor
	reads      atomic.Uint64
	beats      atomic.Uint64 // heartbeats of either side
	done       chan struct{}
	lost       chan struct{} // closed with done unless the peer has closed gracefully
	leaving    chan struct{} // closed when the close message is queued
}

// connectionKey is what connections are shared by.
type connectionKey struct {
	target   transport.Target
	compress bool
	id       string
}

// outgoing is a message in the queue: a request, or a frame of the runtime's own.
type outgoing struct {
	frame *frame
	v     *invocation // nil for a frame of the runtime's own, which is released when written
	after func()      // called when such a frame is written or dropped, may be nil
}

// What invocation.queued says beside a place in the queue.
const (
	notQueued  uint64 = 0
	beingSent  uint64 = ^uint64(0)
	takenBack  uint64 = beingSent - 1 // and is not to be sent
	firstPlace uint64 = 1
)

// errManual marks what Close and Abort did: such invocations are not sent again.
var errManual = errors.New("closed by this side")

func newConnection(comm *Communicator, conn net.Conn, info *transport.Info, e *endpoint, key connectionKey, accepted bool) *Connection {
	c := &Connection{
		comm: comm, serial: serials.Add(1), conn: conn, info: info, endpoint: e, key: key, accepted: accepted,
		timeout: comm.stallTimeout(e), try: newTryWriter(conn),
		pending: make(map[int32]*invocation), queueBase: firstPlace, done: make(chan struct{}), lost: make(chan struct{}), leaving: make(chan struct{}),
	}
	c.setRules(&comm.client)
	c.wakeWriter = sync.NewCond(&c.mu)
	c.sending.room = sync.NewCond(&c.mu)
	c.alone = info != nil && (info.Protocol == "ws" || info.Protocol == "wss")
	c.batch.conn = c
	c.lending = newLending(conn)
	return c
}

func (c *Connection) setRules(r *connectionRules) {
	c.rules, c.sizeMax, c.sending.max = r, r.sizeMax, r.sendQueue
}

// run starts the connection's two goroutines. The validation is over.
func (c *Connection) run(left []byte) {
	c.monitor = startMonitor(c)
	c.reader = newReader(c, left)
	go c.readLoop()
	go c.writeLoop()
}

// newIncomingConnection greets a client that was accepted, and starts to read its requests for the adapter.
func newIncomingConnection(ctx context.Context, comm *Communicator, conn net.Conn, info *transport.Info, e *endpoint, adapter *Adapter) (*Connection, error) {
	c := newConnection(comm, conn, info, e, connectionKey{}, true)
	c.adapter.Store(adapter)
	c.setRules(&adapter.limits.connectionRules)
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetWriteDeadline(deadline)
	}
	if _, err := conn.Write(controlMessage(wire.ValidateMessage)); err != nil {
		_ = conn.Close()
		return nil, &ConnectionError{Kind: ErrConnectionLost, Peer: c.peer(), Err: err}
	}
	_ = conn.SetWriteDeadline(time.Time{})
	c.run(nil)
	return c, nil
}

// send takes an invocation over. If it gives an error, it has not.
func (c *Connection) send(v *invocation, how sendMode) error {
	v.mu.Lock()
	if v.has(flagDone) {
		v.mu.Unlock()
		return nil
	}
	v.conn = c
	request := v.request
	if v.ref.invocationTimeout == UseConnectionTimeout && v.timer == nil && c.timeout > 0 {
		v.timer = time.AfterFunc(c.timeout, v.timeout)
	}
	v.mu.Unlock()
	twoway := v.ref.mode == wire.ModeTwoway

	c.mu.Lock()
	if !c.state.takesRequests() {
		err := c.closedError()
		c.mu.Unlock()
		return err
	}
	if how.inCall && !how.waited && c.sending.full.Load() {
		c.waitToSendLocked(v)
		if !c.state.takesRequests() {
			err := c.closedError()
			c.mu.Unlock()
			return err
		}
	}
	if v.has(flagDone) || v.queued == takenBack {
		c.mu.Unlock()
		return nil
	}
	if twoway {
		c.number(v, request)
	}
	compress := c.compresses(v.ref, request.size())
	if request.lent != nil && (compress || c.try == nil) {
		request = request.own() // with the mutex held, so that who gives the call up waits for it
	}
	if compress {
		// That takes long: others may go on meanwhile. Until it is over the call is not the connection's.
		c.mu.Unlock()
		packed, err := c.compressed(request)
		if err != nil {
			v.abandon(0, err)
			return nil
		}
		request = packed
		c.mu.Lock()
		if !c.state.takesRequests() {
			err := c.closedError()
			c.mu.Unlock()
			return err
		}
		if v.has(flagDone) || v.queued == takenBack {
			c.mu.Unlock()
			return nil
		}
	}
	if twoway {
		c.pending[v.requestID] = v
		c.incoming.call()
	}
	if c.try == nil || c.writing || c.live > 0 || !how.waited && twoway && len(c.pending) > 1 && request.size() < copyMax {
		// With calls outstanding that nobody waits for, more will follow: the writer sends small ones together.
		if c.callerFlushesLocked(how.waited, twoway) {
			c.queueLocked(outgoing{frame: request, v: v})
		} else {
			c.enqueueLocked(outgoing{frame: request, v: v})
		}
		c.mu.Unlock()
		return nil
	}
	c.writing = true
	v.queued = beingSent
	c.sending.takeLocked(request.size())
	c.mu.Unlock()
	c.sendInline(outgoing{frame: request, v: v}, how.inCall)
	return nil
}

// number gives a request its number. The connection's mutex is held.
func (c *Connection) number(v *invocation, request *frame) {
	for {
		c.nextID++
		if c.nextID <= 0 {
			c.nextID = 1
		}
		if _, taken := c.pending[c.nextID]; !taken {
			break
		}
	}
	v.requestID = c.nextID
	putRequestID(request.b, c.nextID)
}

// forget takes an invocation off the connection: its request out of the queue, its reply will be ignored.
func (c *Connection) forget(v *invocation) {
	c.mu.Lock()
	c.forgetLocked(v)
	c.mu.Unlock()
}

func (c *Connection) forgetLocked(v *invocation) {
	if c.pending[v.requestID] == v {
		delete(c.pending, v.requestID)
	}
	if v.queued >= firstPlace && v.queued < takenBack {
		slot := &c.queue[v.queued-c.queueBase]
		c.sending.freeLocked(slot.frame.size())
		slot.frame.release()
		*slot = outgoing{}
		c.live--
		v.queued = notQueued
	}
	c.kickLocked(v)
	c.leaveIfIdleLocked()
	c.sending.room.Broadcast() // it may be waiting for room
}

// closedError is what a request gets that comes too late. The mutex is held.
func (c *Connection) closedError() error {
	if c.err != nil {
		return c.err
	}
	return &ConnectionError{Kind: ErrConnectionClosed, Peer: c.peer(), Err: errClosing}
}

// errClosing: another connection can be made.
var errClosing = errors.New("the connection is being closed")

// loss is an invocation that its connection gives up, and whether its request can have reached the peer.
type loss struct {
	v    *invocation
	sent bool
}

// die ends the connection at once and for good. Everything that waits for it learns err.
func (c *Connection) die(err error) {
	c.mu.Lock()
	if !c.happensLocked(eventFail) {
		c.mu.Unlock()
		return
	}
	c.err = err
	var losses []loss
	for id, v := range c.pending {
		if v.queued == beingSent {
			continue // afterWrite knows whether it went out
		}
		losses = append(losses, loss{v, v.queued == notQueued})
		v.queued = notQueued
		delete(c.pending, id)
	}
	var dropped []outgoing
	for _, o := range c.queue {
		switch {
		case o.frame == nil:
		case o.v == nil:
			dropped = append(dropped, o)
		case o.v.ref.mode != wire.ModeTwoway:
			o.v.queued = notQueued
			losses = append(losses, loss{o.v, false})
		}
	}
	c.queue, c.live = nil, 0
	callbacks := c.onClose
	c.onClose = nil
	c.mu.Unlock()

	_ = c.conn.Close()
	c.monitor.stop()
	c.incoming.close(&c.comm.dispatching, isGraceful(err))
	c.comm.connections.remove(c)
	close(c.done)
	if !isGraceful(err) {
		close(c.lost)
	}
	c.comm.trace.connectionClosed(c, err)
	for _, l := range losses {
		l.v.lost(err, l.sent)
	}
	for _, o := range dropped {
		o.drop()
	}
	if a := c.adapter.Load(); a != nil {
		a.connectionClosed(c)
	}
	if len(callbacks) > 0 {
		go func() {
			for _, fn := range callbacks {
				fn(c, err)
			}
		}()
	}
}

func (o outgoing) drop() {
	o.frame.release()
	if o.after != nil {
		o.after()
	}
}

// peer names the other side for messages.
func (c *Connection) peer() string {
	if c.info != nil && c.info.RemoteAddr != nil {
		return c.info.RemoteAddr.String()
	}
	return "peer"
}

// OnClose has fn called once, in a goroutine of its own, when the connection is closed, with the reason; also if it is closed already.
func (c *Connection) OnClose(fn func(*Connection, error)) {
	c.mu.Lock()
	if c.state.takesMessages() {
		c.onClose = append(c.onClose, fn)
		c.mu.Unlock()
		return
	}
	err := c.err
	c.mu.Unlock()
	go fn(c, err)
}

// OnHeartbeat has fn called for every heartbeat that the peer sends, by the goroutine that reads: it must not block.
func (c *Connection) OnHeartbeat(fn func(*Connection)) { c.heartbeat.Store(&fn) }

// Done gives a channel that is closed when the connection is.
func (c *Connection) Done() <-chan struct{} { return c.done }

// Err gives the reason why the connection is closed, nil as long as it is not.
func (c *Connection) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// usable reports whether new requests can be sent.
func (c *Connection) usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.takesRequests()
}

// SetAdapter has the adapter get the requests that the peer sends back over this connection; nil has them answered
// with ErrObjectNotExist. An adapter that was deactivated is refused with ErrAdapterDeactivated. See the manual's "Bidirectional Connections".
func (c *Connection) SetAdapter(a *Adapter) error {
	if a != nil {
		if err := a.usable(); err != nil {
			return err
		}
	}
	c.adapter.Store(a)
	return nil
}

// Adapter gives the adapter that gets the peer's requests, nil if there is none.
func (c *Connection) Adapter() *Adapter { return c.adapter.Load() }
