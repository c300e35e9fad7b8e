package ice

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
)

// invocation is the part of a future that does not depend on the type of its value.
type invocation struct {
	mu     sync.Mutex
	flags  atomic.Uint32
	mode   OperationMode
	err    error
	waiter chan struct{} // of the one goroutine that parks
	hooks  *hooks
	stop   func() bool // ends the watch over the context
	timer  *time.Timer // of the invocation timeout

	ref       *reference
	operation string
	throws    []string
	// take, if it is set, gets a reply with results or a user exception as it is, and says whether it keeps the frame.
	take    func(ok bool, reply *frame, d *wire.Decoder) (keep bool)
	lends   bool   // the request refers to memory of who calls
	raw     bool   // write gives the encapsulation, and take gets user exceptions too
	request *frame // whole, for sending it again
	reply   *frame // until it is decoded
	conn    *Connection

	// The connection's, guarded by its mutex.
	requestID int32
	queued    uint64 // place in the queue, 0 if it is not there

	attempt uint8 // number of retries so far; used by one goroutine at a time
}

// replyBody is where a reply's status is in its message: after the header and the request's number.
const replyBody = wire.HeaderSize + 4

// requestMin is the least size of a request's frame.
const requestMin = 256

// call encodes the request and starts the invocation.
func (v *invocation) call(ctx context.Context, p ObjectPrx, format wire.Format, returns bool, write func(*wire.Encoder), size *atomic.Int64) {
	if IsNil(p) {
		v.fail(&InvocationError{Kind: errNilProxy, Operation: v.operation}, inCaller)
		return
	}
	v.ref = p.iceProxy().ref
	ctx, options, watched := optionsOf(ctx)
	if err := v.prepare(ctx, format, returns, options.lent && v.ref.sendsLent(), write, size); err != nil {
		v.fail(err, inCaller)
		return
	}
	if len(v.ref.comm.interceptors) > 0 {
		v.intercept(ctx)
		return
	}
	v.launch(ctx, options.awaited, watched)
}

var errNilProxy error = &kind{text: "ice: call on the null proxy"}

// prepare checks and encodes the request.
func (v *invocation) prepare(ctx context.Context, format wire.Format, returns, lends bool, write func(*wire.Encoder), size *atomic.Int64) error {
	ref := v.ref
	switch {
	case returns && ref.mode != wire.ModeTwoway:
		return &InvocationError{Kind: ErrTwowayOnly, Operation: v.operation, ID: ref.id}
	case ref.comm.closed.Load():
		return v.destroyedError()
	case ctx.Err() != nil:
		if errors.Is(ctx.Err(), context.Canceled) {
			v.set(flagCancelled)
		}
		return v.contextError(ctx)
	}
	if err := ref.checkCall(v.operation, v.raw && write != nil); err != nil {
		return err
	}
	request := newFrame(max(requestMin, int(size.Load())))
	e := wire.AcquireEncoder()
	defer e.Release()
	e.Reset(request.b, wire.Encoding10)
	e.SetDefaultFormat(ref.comm.format)
	if lends {
		e.Lend()
	}
	e.Blob(ref.head())
	e.String(v.operation)
	e.Byte(byte(v.mode))
	wire.WriteContext(e, ref.requestContext(ctx))
	switch {
	case write == nil:
		e.EmptyEncaps(ref.encodingUsed())
	case v.raw:
		write(e)
	default:
		e.StartEncaps(ref.encodingUsed(), format)
		write(e)
		e.EndEncaps()
	}
	if err := e.Err(); err != nil {
		return fmt.Errorf("ice: parameters of %s: %w", v.operation, err)
	}
	e.EndMessage(0)
	if err := e.Err(); err != nil {
		return fmt.Errorf("ice: request %s: %w", v.operation, err)
	}
	request.lent, request.at = e.Lent()
	v.lends = request.lent != nil
	request.b = e.Detach()
	v.request = request
	if n := int64(len(request.b)); n > requestMin || size.Load() > requestMin {
		size.Store(n)
	}
	return nil
}

// rawParams gives what writes an encapsulation that is there already.
func rawParams(params []byte) func(*wire.Encoder) {
	if len(params) == 0 {
		return nil
	}
	return func(e *wire.Encoder) {
		if len(params) < wire.EncapsHeaderSize || int(binary.LittleEndian.Uint32(params)) != len(params) {
			e.Fail(&MarshalError{Offset: -1, Reason: fmt.Sprintf("cannot write: the %d bytes of parameters are no encapsulation", len(params))})
			return
		}
		e.Blob(params)
	}
}

// launch starts an encoded invocation.
func (v *invocation) launch(ctx context.Context, waited, watched bool) {
	ref := v.ref
	if ref.isBatch() {
		ref.enqueueBatch(v)
		return
	}
	if watched && ctx.Done() != nil {
		v.watch(ctx)
	}
	if ref.invocationTimeout > 0 {
		v.mu.Lock()
		if !v.has(flagDone) {
			v.timer = time.AfterFunc(ref.invocationTimeout, v.timeout)
		}
		v.mu.Unlock()
	}
	v.start(sendMode{inCall: true, waited: waited})
}

// requestSize gives how many bytes the request has that the invocation holds, 0 if it is done.
func (v *invocation) requestSize() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.request == nil {
		return 0
	}
	return v.request.size()
}

// watch ends the invocation when the context ends.
func (v *invocation) watch(ctx context.Context) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.has(flagDone) {
		v.stop = context.AfterFunc(ctx, func() { v.cancelFor(ctx) })
	}
}

// sendMode says who sends: the call itself, and whether its caller waits for the reply anyway.
type sendMode struct{ inCall, waited bool }

// start hands the request to the connection, at once if there is one.
func (v *invocation) start(how sendMode) {
	ref := v.ref
	if ref.fixed != nil {
		if err := ref.fixed.send(v, how); err != nil {
			v.lost(err, false)
		}
		return
	}
	ref.bind.start(v, how)
}

// cancelFor ends the invocation because its context has ended.
func (v *invocation) cancelFor(ctx context.Context) {
	flag := flagCancelled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		flag = 0
	}
	v.abandon(flag, v.contextError(ctx))
}

func (v *invocation) timeout() {
	v.abandon(0, &InvocationError{Kind: ErrTimeout, Operation: v.operation, ID: v.ref.id, Sent: v.has(flagSent)})
}

func (v *invocation) cancel() {
	e := &InvocationError{Kind: ErrCanceled, Operation: v.operation, Sent: v.has(flagSent)}
	if v.ref != nil {
		e.ID = v.ref.id
	}
	v.abandon(flagCancelled, e)
}

// abandon completes the invocation without a reply, and has the connection forget it.
func (v *invocation) abandon(flag uint32, err error) {
	v.mu.Lock()
	if v.has(flagDone) {
		v.mu.Unlock()
		return
	}
	if c := v.conn; c != nil {
		recalled, begun := c.withdraw(v, func() {
			if v.end(flag|flagDecoded, err, inReader) {
				c.forget(v)
			}
		})
		if e, ok := err.(*InvocationError); ok && begun {
			e.Sent = true // the peer can have it, or get it still
		}
		if recalled {
			v.mu.Unlock()
			return
		}
	}
	v.finishLocked(flag|flagDecoded, err, inCaller)
}

// markSent notes that the request was handed to the transport whole. A oneway call is complete with it.
// The caller must not use the request any more. If c has given the request up meanwhile and it is on its way
// again, what c did does not matter.
func (v *invocation) markSent(c *Connection, flags uint32, where place) {
	v.mu.Lock()
	if v.conn != c {
		v.mu.Unlock()
		return
	}
	v.set(flags | flagSent)
	if v.has(flagDone) {
		v.mu.Unlock()
		return
	}
	if v.ref.mode != wire.ModeTwoway {
		v.finishLocked(flagDecoded, nil, where)
		return
	}
	h := v.hooks
	if h == nil || h.sent == nil && h.onSent == nil {
		v.mu.Unlock()
		return
	}
	sent, onSent := h.sent, h.onSent
	h.sent, h.onSent = nil, nil
	v.mu.Unlock()
	if sent != nil {
		close(sent)
	}
	run(where, onSent, nil)
}

// arrived completes the invocation with the message that is its reply, and gives the channel by which to wake the goroutine that
// waits for it, if there is one.
func (v *invocation) arrived(reply *frame) (w chan struct{}) {
	if v.retried(reply) {
		return nil
	}
	v.mu.Lock()
	if v.has(flagDone) {
		v.mu.Unlock()
		reply.release()
		return nil
	}
	v.reply = reply
	w, v.waiter = v.waiter, nil
	v.finishLocked(flagSent, nil, inReader) // the reply can be faster than the writer's own note that the request is out
	return w
}

// decodeReply reads a reply and releases it. Calls without reply have none.
func (v *invocation) decodeReply(reply *frame, read func(*wire.Decoder)) error {
	if reply == nil {
		return nil
	}
	d := wire.AcquireDecoder(reply.b)
	d.ShareBuffer()
	keep := false
	defer func() {
		keep = keep || d.Shared()
		d.Release()
		if !keep {
			reply.release()
		}
	}()
	v.ref.prepareDecoder(d)
	d.Skip(wire.HeaderSize)
	var r wire.Reply
	r.IceRead(d)
	if d.Err() == nil {
		switch {
		case v.take != nil && (r.Status == wire.ReplyOK || v.raw && r.Status == wire.ReplyUserException):
			keep = v.take(r.Status == wire.ReplyOK, reply, d)
		case r.Status == wire.ReplyOK:
			v.readResults(d, read)
		case r.Status == wire.ReplyUserException:
			return v.readException(d)
		default:
			return v.systemError(&r)
		}
	}
	if err := d.Err(); err != nil {
		return fmt.Errorf("ice: reply to %s: %w", v.operation, err)
	}
	return nil
}

func rawEncaps(d *wire.Decoder) []byte {
	version, data := d.Encaps()
	e := wire.NewEncoder(make([]byte, 0, len(data)+wire.EncapsHeaderSize), wire.Encoding10)
	e.Encaps(version, data)
	return e.Data()
}

func (v *invocation) readResults(d *wire.Decoder, read func(*wire.Decoder)) {
	if read == nil {
		d.SkipEncaps()
		return
	}
	d.StartEncaps()
	read(d)
	_ = d.End() // it stays the decoder's error
}

// readException gives the user exception of a reply, as an UnknownError if the operation does not declare it.
func (v *invocation) readException(d *wire.Decoder) error {
	d.StartEncaps()
	x, err := wire.ReadException(d)
	if err == nil {
		err = d.End()
	}
	var unknown *wire.UnknownExceptionError
	switch {
	case errors.As(err, &unknown):
		return &UnknownError{Kind: ErrUnknownUser, Reason: unknown.TypeID, Err: err}
	case err != nil:
		return fmt.Errorf("ice: exception from %s: %w", v.operation, err)
	case v.declares(x):
		return x
	}
	return &UnknownError{Kind: ErrUnknownUser, Reason: x.IceTypeID(), Err: x}
}

// declares reports whether the exception, or what it derives from, is one that the operation declares.
func (v *invocation) declares(x wire.UserException) bool {
	for {
		if slices.Contains(v.throws, x.IceTypeID()) {
			return true
		}
		base, ok := x.(interface{ Unwrap() error })
		if !ok {
			return false
		}
		if x, ok = base.Unwrap().(wire.UserException); !ok {
			return false
		}
	}
}

var replyKinds = map[wire.ReplyStatus]error{
	wire.ReplyObjectNotExist:        ErrObjectNotExist,
	wire.ReplyFacetNotExist:         ErrFacetNotExist,
	wire.ReplyOperationNotExist:     ErrOperationNotExist,
	wire.ReplyUnknownLocalException: ErrUnknownLocal,
	wire.ReplyUnknownUserException:  ErrUnknownUser,
}

func (v *invocation) systemError(r *wire.Reply) error {
	k := replyKinds[r.Status]
	if r.Status <= wire.ReplyOperationNotExist {
		e := &RequestFailedError{Kind: k, ID: r.Identity, Facet: r.Facet, Operation: r.Operation}
		if e.ID.Name == "" {
			e.ID, e.Facet = v.ref.id, v.ref.facet
		}
		if e.Operation == "" {
			e.Operation = v.operation
		}
		return e
	}
	if k == nil {
		k = ErrUnknown
	}
	return &UnknownError{Kind: k, Reason: r.Message, Status: byte(r.Status)}
}

func (v *invocation) destroyedError() error {
	return &InvocationError{Kind: ErrCommunicatorDestroyed, Operation: v.operation, ID: v.ref.id, Sent: v.has(flagSent)}
}
