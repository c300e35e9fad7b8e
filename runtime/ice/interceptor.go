package ice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"

	"github.com/slice2go/slice2go/runtime/wire"
)

// Invocation is what an [Interceptor] sees of a call.
type Invocation struct {
	Proxy     Proxy
	Operation string
	Mode      OperationMode
	// Context is the request context that goes out. It must not be changed; an interceptor that adds to it sets another map. Sessions' keys go
	// in it, so it is not printed with the rest.
	Context map[string]string `json:"-"`

	v    *invocation // the call's own
	size int
}

// String names the object and the operation.
func (i *Invocation) String() string {
	return i.Operation + " on " + IdentityToString(i.Proxy.IceIdentity())
}

// Format writes String for every verb.
func (i *Invocation) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, i.String()) }

// LogValue has slog write String.
func (i *Invocation) LogValue() slog.Value { return slog.StringValue(i.String()) }

// Routed reports whether the call goes through a router.
func (i *Invocation) Routed() bool { return i.Proxy.ref.router != nil && i.Proxy.ref.fixed == nil }

// Size gives the size of the encoded request in bytes.
func (i *Invocation) Size() int { return i.size }

// Reply is the reply to an intercepted call: an error is the future's, so what it holds are results that only the caller can read.
type Reply struct{ frame *frame }

// Size gives the size of the reply in bytes, 0 if there is none.
func (r Reply) Size() int {
	if r.frame == nil {
		return 0
	}
	return len(r.frame.b)
}

// Next sends a call on its way. Each use sends it once more.
type Next func(ctx context.Context, call *Invocation) *Future[Reply]

// Interceptor is called around every invocation: it calls next, now or later, once or again, or not at all, and gives the future that ends the
// call. It must not block; what has to wait gives a future of its own ([NewFuture]) and completes that later. The ctx ends when the call is
// canceled. Oneway and batch calls pass too.
type Interceptor func(ctx context.Context, call *Invocation, next Next) *Future[Reply]

// intercept sends the invocation through the interceptors.
func (v *invocation) intercept(ctx context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	v.mu.Lock()
	v.stop = func() bool { cancel(context.Canceled); return true }
	request := v.request
	v.request = nil // an interceptor may use it again after the call was canceled
	v.mu.Unlock()
	entries := v.ref.requestContext(ctx)
	call := &Invocation{Proxy: Proxy{v.ref}, Operation: v.operation, Mode: v.mode, Context: entries, v: v, size: len(request.b)}
	stop := context.AfterFunc(ctx, func() {
		if !v.has(flagDone) {
			v.cancelFor(ctx)
		}
	})
	inner := chain(v.ref.comm.interceptors, dispatchTo(request, entries))(ctx, call)
	inner.OnSent(func(_ *Future[Reply], sync bool) {
		flags := uint32(0)
		if sync {
			flags = flagSentSync
		}
		if v.ref.mode == wire.ModeTwoway {
			v.markSent(nil, flags, inCaller)
		} else {
			v.set(flags)
		}
		v.sentOver(inner.Connection())
	})
	inner.OnDone(func(f *Future[Reply]) {
		stop()
		reply, err := f.take()
		connection := f.Connection()
		v.mu.Lock()
		switch {
		case v.has(flagDone):
			v.mu.Unlock()
		case err != nil:
			v.conn = connection
			v.finishLocked(flagDecoded, v.forgiven(err), inCaller)
		default:
			v.reply, v.conn = reply.frame, connection
			v.finishLocked(flagSent, nil, inCaller)
		}
	})
}

// sentOver notes the connection that an interceptor's call is sent on, for who asks before the reply is there.
func (v *invocation) sentOver(c *Connection) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.has(flagDone) {
		v.conn = c
	}
}

func chain(interceptors []Interceptor, last Next) Next {
	for n := len(interceptors) - 1; n >= 0; n-- {
		interceptor, next := interceptors[n], last
		last = func(ctx context.Context, call *Invocation) *Future[Reply] { return interceptor(ctx, call, next) }
	}
	return last
}

// dispatchTo gives what really sends: a copy of the request, with another context if an interceptor has set one.
func dispatchTo(request *frame, entries map[string]string) Next {
	return func(ctx context.Context, call *Invocation) *Future[Reply] {
		f := &Future[Reply]{}
		v := &f.invocation
		v.ref, v.operation, v.mode, v.throws, v.raw = call.Proxy.ref, call.Operation, call.Mode, call.v.throws, call.v.raw
		v.take = func(_ bool, reply *frame, _ *wire.Decoder) bool {
			f.value = Reply{reply}
			return true
		}
		if ctx.Err() != nil {
			f.cancelFor(ctx)
			return f
		}
		if err := v.copyRequest(request, call, entries); err != nil {
			f.fail(err, inCaller)
			return f
		}
		v.launch(ctx, false, true)
		return f
	}
}

func (v *invocation) copyRequest(request *frame, call *Invocation, entries map[string]string) error {
	v.request = newFrame(len(request.b))
	if maps.Equal(entries, call.Context) && call.Proxy.ref == call.v.ref {
		v.request.b = append(v.request.b, request.b...)
		return nil
	}
	d := wire.NewDecoder(request.b, wire.Encoding10)
	d.Skip(replyBody)
	var h wire.RequestHeader
	h.IceRead(d)
	e := wire.NewEncoder(v.request.b, wire.Encoding10)
	e.Blob(v.ref.head())
	e.String(h.Operation)
	e.Byte(h.Mode)
	wire.WriteContext(e, call.Context)
	e.Blob(request.b[d.Pos():])
	e.EndMessage(0)
	v.request.b = e.Data()
	return errors.Join(d.Err(), e.Err())
}
