package ice

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/slice2go/slice2go/runtime/wire"
)

// CompressBatch says whether a flush sends the queued requests compressed; see [Connection.FlushBatch].
type CompressBatch byte

// BasedOnProxy, the default, compresses if one of the proxies of the queued requests asks for it ([WithCompress]), and otherwise does as the
// connection's endpoint says.
const (
	BasedOnProxy CompressBatch = iota
	CompressYes
	CompressNo
)

// String returns the enumerator as Slice names it.
func (c CompressBatch) String() string {
	switch c {
	case BasedOnProxy:
		return "BasedOnProxy"
	case CompressYes:
		return "Yes"
	case CompressNo:
		return "No"
	}
	return fmt.Sprintf("CompressBatch(%d)", byte(c))
}

// BatchInterceptor is called for every request of a batch call, before the request is queued; it queues the request with [BatchRequest.Enqueue], or
// drops it by not doing so. queued is the number of requests that the queue holds already, and size the size in bytes of the message that they make,
// its header included. It may flush the proxy, such as when the message has grown large:
//
//	ice.WithBatchInterceptor(func(request *ice.BatchRequest, queued, size int) {
//	    if size+request.Size() > 50_000 {
//	        request.Proxy().IceFlushBatchAsync(context.Background())
//	    }
//	    request.Enqueue()
//	})
//
// Calls may come from several goroutines at once. The manual's section is "Batched Invocations".
type BatchInterceptor func(request *BatchRequest, queued, size int)

// WithBatchInterceptor has an interceptor see the requests of batch calls before they are queued.
func WithBatchInterceptor(i BatchInterceptor) Option {
	return func(s *settings) { s.batchInterceptor = i }
}

// BatchRequest is a request of a batch call on its way to the queue. It is valid until the interceptor returns.
type BatchRequest struct {
	queue     *batchQueue
	ref       *reference
	operation string
	encoded   hidden[[]byte]
	used      atomic.Bool
	err       error
}

// Enqueue queues the request. Only the first call does so.
func (r *BatchRequest) Enqueue() {
	if r.used.CompareAndSwap(false, true) {
		r.err = r.queue.add(r.ref, r.encoded.get())
	}
}

// Size returns the size in bytes of the encoded request.
func (r *BatchRequest) Size() int { return len(r.encoded.get()) }

// Operation returns the name of the operation.
func (r *BatchRequest) Operation() string { return r.operation }

// Proxy returns the proxy of the call.
func (r *BatchRequest) Proxy() ObjectPrx { return Proxy{r.ref} }

// batchQueue collects the requests of batch calls on a proxy, or of the fixed proxies of a connection.
type batchQueue struct {
	ref  *reference  // of the proxy, or
	conn *Connection // for fixed proxies

	watch sync.Once // has the queue dropped when the connection is closed

	mu       sync.Mutex
	b        []byte
	number   int
	compress bool // a proxy with a request in it asks for compression
	sending  int  // messages that are taken from the queue, and not the connection's yet
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

func (bs *batches) list() []*batchQueue {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	queues := make([]*batchQueue, 0, len(bs.queues))
	for q := range bs.queues {
		queues = append(queues, q)
	}
	return queues
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
	if r.fixed != nil {
		v.conn = r.fixed
	}
	v.mu.Unlock()
	err := q.take(r, v.operation, request.b[replyBody:])
	request.release()
	v.end(flagDecoded|flagSent, err, inCaller)
}

// take queues a request, by way of the interceptor if there is one.
func (q *batchQueue) take(r *reference, operation string, request []byte) error {
	comm := r.comm
	if comm.closed.Load() {
		return ErrCommunicatorDestroyed
	}
	if q.conn != nil {
		if err := q.conn.Err(); err != nil {
			return err
		}
		q.watch.Do(func() { q.conn.OnClose(func(*Connection, error) { q.drop() }) })
	}
	if comm.batchInterceptor == nil {
		return q.add(r, request)
	}
	q.mu.Lock()
	queued, size := q.number, max(len(q.b), batchHead)
	q.mu.Unlock()
	b := &BatchRequest{queue: q, ref: r, operation: operation, encoded: hide(request)}
	comm.batchInterceptor(b, queued, size)
	b.used.Store(true)
	return b.err
}

// batchHead is the size of a batch message without requests: the header and their number.
const batchHead = wire.HeaderSize + 4

// add appends a request. If the batch would grow beyond Ice.BatchAutoFlushSize, what was queued before goes out first.
func (q *batchQueue) add(r *reference, request []byte) error {
	comm := r.comm
	var full *frame
	var compress bool
	q.mu.Lock()
	if q.number > 0 && len(q.b)+len(request) > comm.batchFlushSize {
		full, compress = q.takeLocked()
	}
	if q.number == 0 {
		e := wire.NewEncoder(q.b[:0], wire.Encoding10)
		e.StartMessage(wire.BatchMessage, wire.NoCompression)
		e.Int(0)
		q.b = e.Data()
		comm.batches.set(q, true)
	}
	q.b = append(q.b, request...)
	q.number++
	q.compress = q.compress || r.compress == yes
	q.mu.Unlock()
	if full != nil {
		q.send(context.Background(), q.future("", nil), full, compressOverride(BasedOnProxy, compress))
	}
	return nil
}

// holds reports whether requests are queued.
func (q *batchQueue) holds() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.number > 0 || q.sending > 0
}

// drop forgets what is queued, for a connection that is closed. As in Ice, nobody is told.
func (q *batchQueue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.b, q.number, q.compress = nil, 0, false
	q.conn.comm.batches.set(q, false)
}

// takeLocked returns what is queued as one message for send, nil if there is nothing.
func (q *batchQueue) takeLocked() (message *frame, compress bool) {
	if q.number == 0 {
		return nil, false
	}
	f := &frame{b: q.b}
	binary.LittleEndian.PutUint32(f.b[10:], uint32(len(f.b)))
	binary.LittleEndian.PutUint32(f.b[wire.HeaderSize:], uint32(q.number))
	compress = q.compress
	q.b, q.number, q.compress = nil, 0, false
	q.sending++
	q.comm().batches.set(q, false)
	return f, compress
}

func (q *batchQueue) comm() *Communicator {
	if q.conn != nil {
		return q.conn.comm
	}
	return q.ref.comm
}

// flush sends what is queued. The future is done when it is sent. It is that of a call of an operation on a reference, which is given, or on no
// proxy at all.
func (q *batchQueue) flush(ctx context.Context, how CompressBatch, operation string, r *reference) *Future[Void] {
	q.mu.Lock()
	message, compress := q.takeLocked()
	q.mu.Unlock()
	f := q.future(operation, r)
	switch {
	case message != nil:
		q.send(ctx, f, message, compressOverride(how, compress))
	case q.conn != nil && q.conn.Err() != nil:
		f.fail(q.conn.Err(), inCaller)
	default:
		f.end(flagDecoded|flagSent|flagSentSync, nil, inCaller)
	}
	return f
}

func (q *batchQueue) future(operation string, r *reference) *Future[Void] {
	f := &Future[Void]{}
	f.operation, f.ref, f.conn = operation, r, q.conn
	if r == nil {
		f.set(flagNoProxy)
		f.ref = q.ref
		if q.conn != nil {
			f.ref = q.conn.comm.newReference(Identity{})
			f.ref.fixed, f.ref.mode = q.conn, wire.ModeOneway
		}
	}
	return f
}

// send sends a batch message the way of a oneway call.
func (q *batchQueue) send(ctx context.Context, f *Future[Void], message *frame, compress override) {
	defer func() {
		q.mu.Lock()
		q.sending--
		q.mu.Unlock()
	}()
	if f.has(flagNoProxy) && compress != unset {
		f.ref = f.ref.changed(false, func(c *reference) { c.compress = compress })
	}
	if f.ref.mode == wire.ModeTwoway { // of a fixed proxy that is no batch proxy itself; a batch has no reply
		f.ref = f.ref.changed(false, func(c *reference) { c.mode = wire.ModeOneway })
	}
	f.request = message
	ctx, options, watched := optionsOf(ctx)
	if ctx.Done() != nil && watched {
		f.watch(ctx)
	}
	f.start(sendMode{inCall: true, waited: options.awaited})
}

// compressOverride says how a flush compresses, unset if that is left to proxy and endpoint.
func compressOverride(how CompressBatch, asked bool) override {
	switch {
	case how == CompressYes, how == BasedOnProxy && asked:
		return yes
	case how == CompressNo:
		return no
	}
	return unset
}

// flush sends the requests that batch calls on the proxy have queued.
func (r *reference) flush(ctx context.Context) *Future[Void] {
	const operation = "ice_flushBatchRequests"
	if r == nil {
		f := Failed[Void](&InvocationError{Kind: errNilProxy, Operation: operation})
		f.operation = operation
		return f
	}
	q := r.batch
	if r.fixed != nil {
		q = &r.fixed.batch
	}
	return q.flush(ctx, BasedOnProxy, operation, r)
}

const flushOperation = "flushBatchRequests"

// FlushBatch sends the requests that batch calls on fixed proxies of this connection have queued. compress says whether they are compressed,
// BasedOnProxy if it is left out.
func (c *Connection) FlushBatch(ctx context.Context, compress ...CompressBatch) error {
	return AwaitVoid(ctx, c.FlushBatchAsync(Awaited(ctx), compress...))
}

// FlushBatchAsync is the asynchronous form of FlushBatch. The future is done when the requests are sent; it fails if the connection is closed.
func (c *Connection) FlushBatchAsync(ctx context.Context, compress ...CompressBatch) *Future[Void] {
	return c.batch.flush(ctx, howOf(compress), flushOperation, nil)
}

func howOf(compress []CompressBatch) CompressBatch {
	if len(compress) == 0 {
		return BasedOnProxy
	}
	return compress[0]
}

// FlushBatch sends all requests that batch calls have queued, of all proxies and connections. What was queued for a connection that is
// closed meanwhile is dropped, as Ice does; a proxy's requests whose connection cannot be made are an error. compress says whether the requests
// are compressed, BasedOnProxy if it is left out.
func (comm *Communicator) FlushBatch(ctx context.Context, compress ...CompressBatch) error {
	return AwaitVoid(ctx, comm.FlushBatchAsync(Awaited(ctx), compress...))
}

// FlushBatchAsync is the asynchronous form of FlushBatch. The future is done when all requests are sent or have failed.
func (comm *Communicator) FlushBatchAsync(ctx context.Context, compress ...CompressBatch) *Future[Void] {
	all := &Future[Void]{}
	all.operation, all.ref = flushOperation, comm.newReference(Identity{})
	all.set(flagNoProxy)
	if plain, _, watched := optionsOf(ctx); plain.Done() != nil && watched {
		all.watch(plain)
	}
	var mu sync.Mutex
	var failures []error
	open := 1
	finish := func(err error) {
		mu.Lock()
		if err != nil {
			failures = append(failures, err)
		}
		open--
		last := open == 0
		mu.Unlock()
		if last {
			all.end(flagDecoded|flagSent, errors.Join(failures...), inReader)
		}
	}
	for _, q := range comm.batches.list() {
		mu.Lock()
		open++
		mu.Unlock()
		q.flush(ctx, howOf(compress), flushOperation, nil).OnDone(func(f *Future[Void]) {
			_, err := f.take()
			if q.conn != nil {
				err = nil // its connection is lost, and with it what was queued
			}
			finish(err)
		})
	}
	finish(nil)
	return all
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
