package ice

import (
	"encoding/binary"
	"fmt"
	"net"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
)

const (
	// gatherMax bounds how much of the queue goes into one write.
	gatherMax = 256 << 10
	// copyMax is the size up to which a message is copied behind others; larger ones are written from where they are.
	copyMax = 16 << 10
)

// tryWriter writes what a socket takes without waiting for it.
type tryWriter interface {
	// write writes as much of b as the socket takes. One goroutine at a time may call it.
	write(b []byte) (int, error)
	// writeFrame writes as much of a message as the socket takes.
	writeFrame(f *frame) (int, error)
}

func putRequestID(message []byte, id int32) {
	binary.LittleEndian.PutUint32(message[wire.HeaderSize:], uint32(id))
}

func controlMessage(t wire.MessageType) []byte {
	e := wire.NewEncoder(make([]byte, 0, wire.HeaderSize), wire.Encoding10)
	e.StartMessage(t, wire.NoCompression)
	e.EndMessage(0)
	return e.Data()
}

// enqueueLocked puts a message into the queue and wakes the writer.
func (c *Connection) enqueueLocked(o outgoing) {
	c.queueLocked(o)
	if !c.writing {
		c.wakeWriter.Signal()
	}
}

// queueLocked puts a message into the queue.
func (c *Connection) queueLocked(o outgoing) {
	if o.v != nil {
		o.v.queued = c.queueBase + uint64(len(c.queue))
	}
	c.queue = append(c.queue, o)
	c.sending.takeLocked(o.frame.size())
	c.live++
}

// post queues a frame of the runtime's own, such as a reply. It takes the frame over, and drops it if the connection is closed;
// after, if it is not nil, is called when the frame is written or dropped.
func (c *Connection) post(f *frame, after func()) {
	o := outgoing{frame: f, after: after}
	c.mu.Lock()
	if !c.state.takesMessages() {
		c.mu.Unlock()
		o.drop()
		return
	}
	if c.try == nil || c.writing || c.live > 0 {
		c.enqueueLocked(o)
		c.mu.Unlock()
		return
	}
	c.writing = true
	c.sending.takeLocked(f.size())
	c.mu.Unlock()
	c.sendInline(o, false)
}

// sendInline writes a message in the goroutine that has it, which must have set writing. It never waits for the socket: what the socket
// does not take is left to the writer. inCall says that it is the call itself that writes.
func (c *Connection) sendInline(o outgoing, inCall bool) {
	if c.comm.trace.protocol > 0 {
		c.comm.trace.sending(c, o)
	}
	n, err := c.try.writeFrame(o.frame)
	c.comm.trace.moved("wrote", n, c)
	if err != nil {
		c.afterWrite([]outgoing{o}, n, err)
		return
	}
	v := o.v
	if n < o.frame.size() {
		c.leaveRest(&gathering{batch: []outgoing{o}, pieces: skip(o.frame.appendTo(nil), n), before: n})
		return
	}
	c.mu.Lock()
	c.writes++
	defer runAll(c.returnedLocked())
	if !c.state.takesMessages() {
		c.mu.Unlock()
		c.afterWrite([]outgoing{o}, n, nil)
		return
	}
	c.writing = false
	c.sending.freeLocked(o.frame.size())
	if v != nil {
		v.queued = notQueued
	}
	c.leaveIfIdleLocked()
	if c.live > 0 {
		c.wakeWriter.Signal()
	}
	c.mu.Unlock()
	if v == nil {
		o.drop()
		return
	}
	if inCall {
		v.markSent(c, flagSentSync, inCaller)
	} else {
		v.markSent(c, 0, inReader)
	}
}

// afterWrite ends a write of several messages, of which n bytes went out.
func (c *Connection) afterWrite(batch []outgoing, n int, err error) {
	if err != nil {
		if isTimeout(err) {
			err = fmt.Errorf("%w: the peer takes nothing more: %w", ErrTimeout, err)
		}
		err = &ConnectionError{Kind: ErrConnectionLost, Peer: c.peer(), Err: err}
	}
	var orphans []*invocation // two-way requests that nobody else tells that the connection is gone
	c.mu.Lock()
	c.writing = false
	c.writes++
	defer runAll(c.returnedLocked())
	if err == nil && !c.state.takesMessages() {
		err = c.err
	}
	for _, o := range batch {
		c.sending.freeLocked(o.frame.size())
		v := o.v
		if v == nil {
			continue
		}
		v.queued = notQueued
		if err != nil && c.pending[v.requestID] == v {
			delete(c.pending, v.requestID)
			orphans = append(orphans, v)
		}
	}
	c.leaveIfIdleLocked()
	if c.live > 0 {
		c.wakeWriter.Signal()
	}
	c.mu.Unlock()
	if err != nil {
		c.die(err)
		err = c.Err()
	}
	end := 0
	for _, o := range batch {
		end += o.frame.size()
		switch v := o.v; {
		case v == nil:
			o.drop()
		case len(orphans) > 0 && orphans[0] == v:
			orphans = orphans[1:]
			v.lost(err, end <= n)
		case end <= n:
			v.markSent(c, 0, inReader)
		case v.ref.mode != wire.ModeTwoway:
			v.lost(err, false)
		}
	}
}

// writeLoop writes what is queued, all that there is at a time.
func (c *Connection) writeLoop() {
	var own gathering
	c.mu.Lock()
	for {
		for c.rest == nil && (c.writing || c.live == 0) && c.state.takesMessages() {
			c.wakeWriter.Wait()
		}
		if c.rest == nil && !c.state.takesMessages() {
			c.mu.Unlock()
			return
		}
		g := &own
		if c.rest != nil {
			g, c.rest = c.rest, nil
			c.mu.Unlock()
		} else {
			c.gatherLocked(g)
			c.mu.Unlock()
			c.pack(g)
		}
		n, err := c.writeOut(g)
		c.comm.trace.moved("wrote", n, c)
		c.afterWrite(g.batch, g.before+n, err)
		g.reset()
		c.mu.Lock()
	}
}

// gathering is what goes into one write.
type gathering struct {
	batch  []outgoing
	pieces net.Buffers // what is not written yet
	buf    []byte      // what pieces of small messages refer to
	before int         // bytes that are written already
}

func (g *gathering) reset() {
	clear(g.batch)
	g.batch, g.pieces, g.buf, g.before = g.batch[:0], nil, g.buf[:0], 0
	if cap(g.buf) > gatherMax/4 {
		g.buf = nil
	}
}

// gatherLocked takes messages from the queue.
func (c *Connection) gatherLocked(g *gathering) {
	size, taken := 0, 0
	for _, o := range c.queue {
		if o.frame != nil {
			if size > 0 && (size+o.frame.size() > gatherMax || c.alone) {
				break
			}
			size += o.frame.size()
			if o.v != nil {
				o.v.queued = beingSent
			}
			g.batch = append(g.batch, o)
			c.live--
		}
		taken++
	}
	c.queueBase += uint64(taken)
	if taken == len(c.queue) {
		clear(c.queue)
		c.queue = c.queue[:0]
	} else {
		clear(c.queue[:taken])
		c.queue = c.queue[taken:]
	}
	c.writing = true
}

// pack makes the pieces of the write: small messages are copied together.
func (c *Connection) pack(g *gathering) {
	if c.comm.trace.protocol > 0 {
		c.comm.trace.sending(c, g.batch...)
	}
	small := 0
	for _, o := range g.batch {
		if n := o.frame.size(); n <= copyMax {
			small += n
		}
	}
	if cap(g.buf) < small {
		g.buf = make([]byte, 0, max(small, 4<<10))
	}
	start := 0
	flush := func() {
		if len(g.buf) > start {
			g.pieces = append(g.pieces, g.buf[start:])
			start = len(g.buf)
		}
	}
	for _, o := range g.batch {
		// What is copied is too short to have something lent in it.
		if b := o.frame.b; o.frame.lent == nil && len(b) <= copyMax && len(g.batch) > 1 && len(g.buf)+len(b) <= cap(g.buf) {
			g.buf = append(g.buf, b...)
			continue
		}
		flush()
		g.pieces = o.frame.appendTo(g.pieces)
	}
	flush()
}

// writeOut writes what was gathered, and waits for the socket as long as it takes something now and then.
func (c *Connection) writeOut(g *gathering) (n int, err error) {
	if c.try != nil && len(g.pieces) == 1 {
		if n, err = c.try.write(g.pieces[0]); err != nil || n == len(g.pieces[0]) {
			return n, err
		}
		g.pieces[0] = g.pieces[0][n:]
	}
	defer c.endWrite()
	patience := c.timeout
	if c.try != nil {
		// The socket does not tell when it took the last byte: look often enough to know within a quarter of the timeout.
		patience = c.timeout / 4
	}
	for last := time.Now(); ; {
		c.prepareWrite(g, patience)
		more, err := g.pieces.WriteTo(c.conn)
		n += int(more)
		if more > 0 {
			last = time.Now()
		}
		if err == nil || !isTimeout(err) || c.try == nil || time.Since(last) >= c.timeout && !c.isRecalled() {
			return n, err
		}
		// The peer is slow, but not stuck: WriteTo has taken what was written from the pieces.
	}
}

// callerFlushesLocked reports whether a request may wait in the queue until its caller waits for a reply and then sends
// what has queued up itself.
func (c *Connection) callerFlushesLocked(waited, twoway bool) bool {
	l := &c.lending
	return l.role == roleFree && c.try != nil && (waited || l.lazy && twoway && c.live < lazyMax)
}

// writeSome writes what was gathered as far as the socket takes it without waiting, and leaves the rest to the writer.
func (c *Connection) writeSome(g *gathering) {
	c.pack(g)
	total := 0
	for len(g.pieces) > 0 {
		n, err := c.try.write(g.pieces[0])
		c.comm.trace.moved("wrote", n, c)
		total += n
		if err != nil {
			c.afterWrite(g.batch, total, err)
			g.reset()
			return
		}
		if n < len(g.pieces[0]) {
			rest := *g
			*g = gathering{}
			rest.pieces, rest.before = skip(rest.pieces, n), total
			c.leaveRest(&rest)
			return
		}
		g.pieces = g.pieces[1:]
	}
	c.afterWrite(g.batch, total, nil)
	g.reset()
}
