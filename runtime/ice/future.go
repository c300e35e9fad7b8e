package ice

import (
	"context"

	"github.com/slice2go/slice2go/runtime/wire"
)

// Void is the result of an operation without results.
type Void struct{}

// Future is the outcome of an asynchronous call: it completes once, with a value or an error. All methods can
// be used from any goroutine. It stands for the InvocationFuture of Ice's manual ("Asynchronous Method Invocation").
//
// An asynchronous call returns at once, unless the peer is slow: while more than Ice.Connection.Client.SendQueueMax KiB
// (65536 by default, 0 is no bound) wait to be sent on its connection, it waits until there is room, its context or the
// invocation timeout ends, or the connection does.
//
// The reply to an invocation is decoded by who first asks for the value, never by the goroutine that reads the
// connection.
type Future[T any] struct {
	invocation
	value T
	read  func(*wire.Decoder) T
}

// NewFuture gives a future and the means to complete it.
func NewFuture[T any]() (*Future[T], Resolver[T]) {
	f := &Future[T]{}
	return f, Resolver[T]{f}
}

// Completed gives a future that is done with a value.
func Completed[T any](v T) *Future[T] {
	f := &Future[T]{value: v}
	f.flags.Store(flagDone | flagDecoded | flagSent | flagSentSync)
	return f
}

// Failed gives a future that is done with an error.
func Failed[T any](err error) *Future[T] {
	f := &Future[T]{}
	f.err = err
	f.flags.Store(flagDone | flagDecoded)
	return f
}

// Resolver completes a future of [NewFuture]. The first call counts, later ones do nothing; nor does any after
// the future was canceled.
type Resolver[T any] struct{ f *Future[T] }

// Resolve completes the future with a value. It reports whether the future was not done before.
func (r Resolver[T]) Resolve(v T) bool {
	f := r.f
	f.mu.Lock()
	if f.has(flagDone) {
		f.mu.Unlock()
		return false
	}
	f.value = v
	f.finishLocked(flagDecoded|flagSent, nil, inCaller)
	return true
}

// Reject completes the future with an error, which must not be nil. It reports whether the future was not done before.
func (r Resolver[T]) Reject(err error) bool {
	if err == nil {
		panic("ice: Reject(nil)")
	}
	return r.f.fail(err, inCaller)
}

// Result waits until the future is done, and gives its value or error. If ctx ends first, Result gives an error
// that is the context's and an ErrTimeout or ErrCanceled; the invocation goes on.
func (f *Future[T]) Result(ctx context.Context) (T, error) {
	if !f.has(flagDone) {
		if err := f.wait(ctx); err != nil {
			var zero T
			return zero, err
		}
	}
	return f.take()
}

// Err waits like Result, and gives the error alone.
func (f *Future[T]) Err(ctx context.Context) error {
	_, err := f.Result(ctx)
	return err
}

// take gives the outcome of a future that is done.
func (f *Future[T]) take() (T, error) {
	if !f.has(flagDecoded) {
		f.decode()
	}
	return f.value, f.err
}

func (f *Future[T]) decode() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.has(flagDecoded) {
		return
	}
	reply := f.reply
	f.reply = nil
	var v T
	var err error
	if f.read == nil {
		err = f.decodeReply(reply, nil)
	} else {
		err = f.decodeReply(reply, func(d *wire.Decoder) { v = f.read(d) })
	}
	if err == nil && f.read != nil {
		f.value = v
	}
	f.err = f.forgiven(err)
	f.set(flagDecoded)
}

// IsDone reports whether the future is done.
func (f *Future[T]) IsDone() bool { return f.has(flagDone) }

// Running reports whether the future is not done yet.
func (f *Future[T]) Running() bool { return !f.has(flagDone) }

// Cancelled reports whether the future was done by Cancel or by the end of its context's life before its deadline.
func (f *Future[T]) Cancelled() bool { return f.has(flagCancelled) }

// Done gives a channel that is closed when the future is done, for select.
func (f *Future[T]) Done() <-chan struct{} { return f.doneChan() }

// Cancel ends the invocation on this side: a request that is still queued is taken back, the reply to one that was
// sent will be ignored. The result is ErrCanceled. It does nothing to a future that is done.
func (f *Future[T]) Cancel() { f.cancel() }

// OnDone has fn called once when the future is done: at once, in the caller, if it is done already; else by who
// completes it. Callbacks run in the order in which they were given, one at a time. A reply that arrives
// from a connection completes its future in a goroutine of the callbacks' own, so that they may block and invoke.
func (f *Future[T]) OnDone(fn func(*Future[T])) {
	if !f.addDone(func() { fn(f) }) {
		fn(f)
	}
}

// OnDoneAsync is OnDone, but fn is never called in the caller.
func (f *Future[T]) OnDoneAsync(fn func(*Future[T])) {
	if !f.addDone(func() { go fn(f) }) {
		go fn(f)
	}
}

// IsSent reports whether the request was handed to the transport whole.
func (f *Future[T]) IsSent() bool { return f.has(flagSent) }

// IsSentSynchronously reports whether that happened in the call that made the future. A request is queued instead
// if the connection is not there yet, if the transport takes no more, or if requests before it wait for it.
func (f *Future[T]) IsSentSynchronously() bool { return f.has(flagSentSync) }

// Sent waits until the request is sent, and tells whether that was at once. It gives an error if the invocation
// failed without it, or if ctx ends first.
func (f *Future[T]) Sent(ctx context.Context) (synchronously bool, err error) {
	if !f.has(flagSent) {
		if err := f.waitSent(ctx); err != nil {
			return false, err
		}
		if !f.has(flagSent) {
			return false, f.Err(ctx)
		}
	}
	return f.has(flagSentSync), nil
}

// OnSent has fn called once when the request is sent: in the caller if it is sent already. It is not called
// if the request never is. Like the callbacks of OnDone it may block and invoke.
func (f *Future[T]) OnSent(fn func(f *Future[T], synchronously bool)) {
	if !f.addSent(func() { fn(f, false) }) && f.has(flagSent) {
		fn(f, f.has(flagSentSync))
	}
}

// OnSentAsync is OnSent, but fn is never called in the caller.
func (f *Future[T]) OnSentAsync(fn func(f *Future[T], synchronously bool)) {
	if !f.addSent(func() { go fn(f, false) }) && f.has(flagSent) {
		go fn(f, f.has(flagSentSync))
	}
}

// Communicator gives the communicator of the invocation, nil for a future that is none.
func (f *Future[T]) Communicator() *Communicator {
	if f.ref == nil {
		return nil
	}
	return f.ref.comm
}

// Connection gives the connection that the request is sent on; nil before that, and for a future that is no invocation.
func (f *Future[T]) Connection() *Connection {
	return f.connection()
}

// Proxy gives the proxy of the invocation, nil for a future that is none.
func (f *Future[T]) Proxy() ObjectPrx {
	if f.ref == nil || f.has(flagNoProxy) {
		return nil
	}
	return Proxy{f.ref}
}

// Operation gives the name of the operation, empty for a future that is no invocation.
func (f *Future[T]) Operation() string { return f.operation }
