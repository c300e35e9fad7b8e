package ice

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/slice2go/slice2go/runtime/wire"
)

// batchQueue collects the requests of batch calls on a proxy, or of the fixed proxies of a connection. The manual's section is
// "Batched Invocations".
type batchQueue struct {
	ref  *reference  // of the proxy, or
	conn *Connection // for fixed proxies

	mu      sync.Mutex
	b       []byte
	number  int
	sending int        // messages that are taken from the queue, and not the connection's yet
	like    *reference // through which a connection's batch goes
}

// batches are the queues that hold requests.
type batches struct {
	mu     sync.Mutex
	queues map[*batchQueue]struct{}
}

func (bs *batches) set(q *batchQueue, holds bool) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if !holds {
		delete(bs.queues, q)
		return
	}
	if bs.queues == nil {
		bs.queues = map[*batchQueue]struct{}{}
	}
	bs.queues[q] = struct{}{}
}

// flush flushes all queues.
func (bs *batches) flush() []*Future[Void] {
	bs.mu.Lock()
	var queues []*batchQueue
	for q := range bs.queues {
		queues = append(queues, q)
	}
	bs.mu.Unlock()
	var futures []*Future[Void]
	for _, q := range queues {
		futures = append(futures, q.flush(context.Background()))
	}
	return futures
}

// enqueueBatch queues an encoded request, and completes its invocation.
func (r *reference) enqueueBatch(v *invocation) {
	q := r.batch
	if r.fixed != nil {
		q = &r.fixed.batch
	}
	v.mu.Lock()
	request := v.request
	v.request = nil
	v.mu.Unlock()
	err := q.add(r, request.b[replyBody:])
	request.release()
	v.end(flagDecoded|flagSent, err, inCaller)
}

// add appends a request. If the batch would grow beyond Ice.BatchAutoFlushSize, what was queued before goes out first.
func (q *batchQueue) add(r *reference, request []byte) error {
	comm := r.comm
	var full *frame
	q.mu.Lock()
	if q.number > 0 && len(q.b)+len(request) > comm.batchFlushSize {
		full = q.takeLocked()
	}
	if q.number == 0 {
		e := wire.NewEncoder(q.b[:0], wire.Encoding10)
		e.StartMessage(wire.BatchMessage, wire.NoCompression)
		e.Int(0)
		q.b = e.Data()
		q.like = r
		comm.batches.set(q, true)
	}
	q.b = append(q.b, request...)
	q.number++
	q.mu.Unlock()
	if full != nil {
		q.send(context.Background(), r, full)
	}
	if comm.closed.Load() {
		return ErrCommunicatorDestroyed
	}
	return nil
}

// holds reports whether requests are queued.
func (q *batchQueue) holds() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.number > 0 || q.sending > 0
}

// takeLocked gives what is queued as one message for send, nil if there is nothing.
func (q *batchQueue) takeLocked() *frame {
	if q.number == 0 {
		return nil
	}
	f := &frame{b: q.b}
	binary.LittleEndian.PutUint32(f.b[10:], uint32(len(f.b)))
	binary.LittleEndian.PutUint32(f.b[wire.HeaderSize:], uint32(q.number))
	q.b, q.number = nil, 0
	q.sending++
	q.like.comm.batches.set(q, false)
	return f
}

// flush sends what is queued. The future is done when it is sent.
func (q *batchQueue) flush(ctx context.Context) *Future[Void] {
	q.mu.Lock()
	f := q.takeLocked()
	like := q.like
	q.mu.Unlock()
	if f == nil {
		return Completed(Void{})
	}
	return q.send(ctx, like, f)
}

// send sends a batch message the way of a oneway call.
func (q *batchQueue) send(ctx context.Context, r *reference, message *frame) *Future[Void] {
	defer func() {
		q.mu.Lock()
		q.sending--
		q.mu.Unlock()
	}()
	f := &Future[Void]{}
	f.operation = "ice_flushBatchRequests"
	f.ref = r.changed(false, func(c *reference) { c.mode = wire.ModeOneway })
	f.request = message
	ctx, waited, _ := unmarked(ctx)
	if ctx.Done() != nil && !waited {
		f.watch(ctx)
	}
	f.start(sendMode{inCall: true, waited: waited})
	return f
}

// flush sends the requests that batch calls on the proxy have queued.
func (r *reference) flush(ctx context.Context) *Future[Void] {
	if r == nil {
		return Failed[Void](&InvocationError{Kind: errNilProxy, Operation: "ice_flushBatchRequests"})
	}
	if r.fixed != nil {
		return r.fixed.batch.flush(ctx)
	}
	return r.batch.flush(ctx)
}

// FlushBatch sends the requests that batch calls on fixed proxies of this connection have queued.
func (c *Connection) FlushBatch(ctx context.Context) error {
	return AwaitVoid(ctx, c.batch.flush(Awaited(ctx)))
}

// compressMin is the size from which a message is worth compressing.
const compressMin = 100

// compresses reports whether a message to the reference is sent compressed.
func (c *Connection) compresses(r *reference, size int) bool {
	if size < compressMin {
		return false
	}
	switch {
	case c.comm.overrides.compress != unset:
		return c.comm.overrides.compress == yes
	case r.compress != unset:
		return r.compress == yes
	}
	return c.endpoint != nil && c.endpoint.compress
}

// compressed gives a message in compressed form, or as it is if that would not be shorter.
func (c *Connection) compressed(message *frame) (*frame, error) {
	b, err := wire.Compress(message.b, c.comm.compressionLevel)
	if err != nil {
		return nil, fmt.Errorf("ice: compress a message: %w", err)
	}
	if len(b) >= len(message.b) {
		return message, nil
	}
	return &frame{b: b}, nil
}
