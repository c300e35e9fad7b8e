package ice

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/slice2go/slice2go/runtime/wire"
)

// dispatcher runs the requests of one connection, each in a goroutine of its own, up to a limit. The zero dispatcher
// is ready for use.
//
// Beyond the limit requests wait in a queue, so that replies on a bidirectional connection are still read: servants may
// be waiting for just these. Only when what waits takes too much memory, the connection is not read any further; that is much
// later while calls of this side are outstanding on it.
// Requests start in the order in which they arrive; with a limit of one they also end in it.
type dispatcher struct {
	mu      sync.Mutex
	room    *sync.Cond // signalled when the queue has room again
	running int
	queue   []*dispatchJob
	waiting int      // bytes that the queue takes
	idle    []func() // called once when nothing runs
	closed  bool
	leaving bool // nothing more is taken on

	full   atomic.Bool // the reader waits for room, or is about to
	called bool        // a call of this side has begun since then
}

const (
	// maxWaiting is how many bytes of a connection's requests may wait, beside the last one.
	maxWaiting = 4 << 20
	// maxWaitingCalls is how many may while calls of this side are outstanding, whose replies come behind them.
	maxWaitingCalls = 64 << 20
)

// size is what a job takes while it waits.
func (j *dispatchJob) size() int { return cap(j.frame.b) + 128 }

// replyCapacity is the capacity that a reply begins with.
const replyCapacity = 512

// oneway reports whether the request wants no reply.
func (j *dispatchJob) oneway() bool {
	const end = wire.HeaderSize + 4
	return j.kind == wire.BatchMessage || len(j.frame.b) >= end && binary.LittleEndian.Uint32(j.frame.b[wire.HeaderSize:]) == 0
}

// dispatchJob is a message with requests to dispatch.
type dispatchJob struct {
	connection *Connection
	adapter    *Adapter
	kind       wire.MessageType
	compressed bool // the request was, so the reply may be
	frame      *frame
	limit      int // of the adapter, for a job that waits
}

// message takes a message with requests from the connection's reader. It returns at once unless the adapter is held or
// the limit is exceeded.
func (p *dispatcher) message(c *Connection, kind wire.MessageType, compressed bool, f *frame) {
	// A request that could have been compressed, but was too short, asks for a compressed reply as well.
	compressed = compressed || f.b[9] != byte(wire.NoCompression)
	a := c.adapter.Load()
	// Only connections that the adapter accepted are held: on others the replies to this side's calls come in, too.
	if a != nil && c.accepted && !a.waitUntilActive(c) {
		f.release()
		return
	}
	if a == nil || a.deactivated.Load() {
		a = c.comm.noAdapter()
	}
	p.take(&dispatchJob{connection: c, adapter: a, kind: kind, compressed: compressed, frame: f}, a.limits.dispatches)
}

// take runs a job when its turn has come.
func (p *dispatcher) take(job *dispatchJob, limit int) {
	p.mu.Lock()
	if p.room == nil {
		p.room = sync.NewCond(&p.mu)
	}
	for p.busy(job.connection, limit) && p.crowded(job.connection) && !p.closed {
		p.room.Wait()
	}
	p.full.Store(false)
	switch {
	case p.closed, p.leaving:
		p.mu.Unlock()
		job.frame.release()
		return
	case p.busy(job.connection, limit):
		job.limit = limit
		p.queue = append(p.queue, job)
		p.waiting += job.size()
		job.connection.comm.dispatching.add(job.size())
	default:
		p.running++
		go p.work(job)
	}
	p.mu.Unlock()
}

// busy reports whether a request is to wait: as many run as may, or the peer does not read the replies to those that ran. The mutex is held.
func (p *dispatcher) busy(c *Connection, limit int) bool {
	return limit > 0 && p.running >= limit || p.running > 0 && c.sending.full.Load()
}

// crowded reports whether so much waits that the connection is not to be read any further. If so, the condition room is signalled when that changes.
// The mutex is held, but not all the time.
func (p *dispatcher) crowded(c *Connection) bool {
	budget := &c.comm.dispatching
	if p.waiting == 0 || p.waiting < maxWaiting && !budget.full(p, false) {
		return false
	}
	return p.waiting >= maxWaitingCalls || !p.calling(c) || budget.full(p, true)
}

// calling reports whether calls of this side are outstanding on the connection. If not, the condition room is signalled by the next one.
// The mutex is held, but not all the time.
func (p *dispatcher) calling(c *Connection) bool {
	p.called = false
	p.full.Store(true)
	p.mu.Unlock()
	c.mu.Lock()
	calls := len(c.pending)
	c.mu.Unlock()
	p.mu.Lock()
	return calls > 0 || p.called
}

// call is told when a call of this side begins on the connection.
func (p *dispatcher) call() {
	if !p.full.Load() {
		return
	}
	p.mu.Lock()
	p.called = true
	p.room.Signal()
	p.mu.Unlock()
}

// work runs a job, and then those that wait.
func (p *dispatcher) work(job *dispatchJob) {
	for c := job.connection; job != nil; job = p.next(c) {
		job.run()
	}
}

func (p *dispatcher) next(c *Connection) *dispatchJob {
	p.mu.Lock()
	if len(p.queue) > 0 {
		job, freed := p.takeLocked()
		// While the peer did not read, fewer may have been running than may.
		for len(p.queue) > 0 && !p.busy(c, p.queue[0].limit) {
			more, size := p.takeLocked()
			freed += size
			p.running++
			go p.work(more)
		}
		if p.room != nil {
			p.room.Signal()
		}
		p.mu.Unlock()
		c.comm.dispatching.add(-freed)
		return job
	}
	p.running--
	var idle []func()
	last := p.running == 0
	if last {
		idle, p.idle = p.idle, nil
	}
	p.mu.Unlock()
	for _, f := range idle {
		f()
	}
	if last {
		c.dispatched()
	}
	return nil
}

// takeLocked takes the first job out of the queue, and gives what it took there.
func (p *dispatcher) takeLocked() (*dispatchJob, int) {
	job := p.queue[0]
	p.queue[0] = nil
	p.queue = p.queue[1:]
	p.waiting -= job.size()
	return job, job.size()
}

// idleNow reports whether nothing is dispatched.
func (p *dispatcher) idleNow() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running == 0
}

// leave has requests dropped that come from now on, and reports whether nothing is dispatched any more. Who takes leave of the peer
// promises that they do not run: the peer sends them again over another connection. So the check and the end of dispatching are one.
func (p *dispatcher) leave() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leaving = true
	return p.running == 0
}

// whenIdle calls f once nothing is dispatched any more, at once if that is so.
func (p *dispatcher) whenIdle(f func()) {
	p.mu.Lock()
	if p.running > 0 {
		p.idle = append(p.idle, f)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	f()
}

// close drops what waits, for a connection that is dead. What runs runs on. After a graceful close by the peer requests without a reply run, too:
// it was told that they are sent.
func (p *dispatcher) close(budget *dispatchBudget, graceful bool) {
	p.mu.Lock()
	p.closed = true
	var kept, dropped []*dispatchJob
	for _, job := range p.queue {
		if graceful && job.oneway() {
			kept = append(kept, job)
			continue
		}
		dropped = append(dropped, job)
		p.waiting -= job.size()
	}
	p.queue = kept
	if p.room != nil {
		p.room.Broadcast()
	}
	p.mu.Unlock()
	budget.forget(p)
	for _, job := range dropped {
		budget.add(-job.size())
		job.frame.release()
	}
}

// run dispatches all requests of the message, one after the other.
func (j *dispatchJob) run() {
	defer j.frame.release()
	d := wire.AcquireDecoder(j.frame.b)
	defer d.Release()
	d.Skip(wire.HeaderSize)
	count := 1
	if j.kind == wire.BatchMessage {
		count = d.BatchCount()
	}
	for range count {
		var requestID int32
		if j.kind == wire.RequestMessage {
			requestID = d.Int()
		}
		if requestID != 0 {
			j.connection.waitToReply()
		}
		if !j.request(d, requestID) {
			break
		}
	}
	err := d.Err()
	if err == nil && d.Remaining() > 0 {
		err = fmt.Errorf("%d bytes too many behind the last request of a batch", d.Remaining())
	}
	if err != nil {
		j.connection.die(&ProtocolError{Peer: j.connection.peer(), Reason: "bad request", Err: err})
	}
}

// request reads a request, runs it and sends the reply. It returns false if the message cannot be read on.
func (j *dispatchJob) request(d *wire.Decoder, requestID int32) bool {
	var h wire.RequestHeader
	h.IceRead(d)
	from := d.Pos()
	version := d.SkipEncaps()
	if j.kind == wire.RequestMessage && d.Remaining() > 0 {
		d.Fail(fmt.Errorf("%d bytes too many behind the request", d.Remaining()))
	}
	if d.Err() != nil {
		return false
	}
	params := j.frame.b[from:d.Pos()]
	r := &IncomingRequest{
		current: Current{
			Adapter: j.adapter, Connection: j.connection, ID: h.Identity, Facet: h.Facet, Operation: h.Operation,
			Mode: OperationMode(h.Mode), Context: h.Context, RequestID: requestID, Encoding: version,
		},
		params: params, decoder: wire.AcquireDecoder(nil), encoder: wire.AcquireEncoder(),
	}
	defer r.decoder.Release()
	defer r.encoder.Release()
	f := newFrame(replyCapacity)
	r.encoder.Reset(f.b, wire.Encoding10)
	r.encoder.StartMessage(wire.ReplyMessage, wire.NoCompression)
	r.encoder.Int(requestID)
	r.start = r.encoder.Len()
	ctx := &dispatchContext{request: r, done: j.connection.done}
	if requestID == 0 {
		ctx.done = j.connection.lost
	}
	r.run(ctx, j.adapter.dispatch)
	r.encoder.EndMessage(0)
	if err := r.encoder.Err(); err != nil {
		// A reply that is beyond what the protocol can carry; there is always room for saying so.
		r.fail(context.Background(), err)
		r.encoder.EndMessage(0)
	}
	f.b = r.encoder.Detach()
	if requestID == 0 {
		f.release()
		return true
	}
	if j.compressed && len(f.b) >= compressMin {
		if packed, err := j.connection.compressed(f); err == nil && packed != f {
			f.release()
			f = packed
		}
	}
	j.connection.post(f, nil)
	return true
}
