package gateway

import (
	"context"
	"fmt"

	"github.com/slice2go/slice2go/runtime/ice"
)

// repeats is how often a call is sent again after its connection was lost.
const repeats = 3

type oursKey struct{}

// ours marks the context of calls that the gateway makes itself to set a link
// up or to take leave: they do not wait for a link, and are not repeated.
func ours(ctx context.Context) context.Context { return context.WithValue(ctx, oursKey{}, true) }

// intercept is around every call of the session's communicator. It holds
// calls to the server up while there is no link, and repeats those that were
// lost and may be repeated.
func (s *Session) intercept(ctx context.Context, call *ice.Invocation, next ice.Next) *ice.Future[ice.Reply] {
	if !call.Routed() || ctx.Value(oursKey{}) != nil {
		return next(ctx, call)
	}
	if id := call.Proxy.IceIdentity(); id.Category == failedCategory {
		s.mu.Lock()
		defer s.mu.Unlock()
		return ice.Failed[ice.Reply](s.failed[id.Name])
	}
	future, resolver := ice.NewFuture[ice.Reply]()
	r := &routed{s: s, ctx: ctx, call: call, next: next, resolver: resolver}
	r.try()
	return future
}

// routed is a call through the router on its way.
type routed struct {
	s        *Session
	ctx      context.Context
	call     *ice.Invocation
	next     ice.Next
	resolver ice.Resolver[ice.Reply]
	tries    int
	lost     error // how the last try ended, if there was one
}

// try sends the call, at once if there is a link. It does not block.
func (r *routed) try() {
	r.s.mu.Lock()
	l := r.s.link
	r.s.mu.Unlock()
	if l != nil && r.s.ended.Err() == nil {
		r.send(l)
		return
	}
	go func() {
		l, err := r.s.ready(r.ctx)
		switch {
		case err == nil:
			r.send(l)
		case r.lost != nil:
			// First of all it was lost: whether it may have run depends on that.
			r.reject(fmt.Errorf("%w; sending it again: %w", r.lost, err))
		default:
			r.reject(err)
		}
	}()
}

func (r *routed) send(l *link) {
	r.tries++
	r.next(r.ctx, r.call).OnDone(func(f *ice.Future[ice.Reply]) {
		reply, err := f.Result(context.Background())
		switch {
		case err == nil:
			if r.call.Operation == "close" {
				r.s.forget(r.call.Proxy.IceIdentity())
			}
			r.resolver.Resolve(reply)
		case !lost(err):
			r.reject(err)
		default:
			r.lost = err
			r.s.lose(l, err)
			if r.repeatable(err) {
				r.try()
			} else {
				r.reject(err)
			}
		}
	})
}

// reject ends the call with an error that does not show the session's key.
func (r *routed) reject(err error) { r.resolver.Reject(r.s.hideError(err)) }

// repeatable says whether a call that was lost may be sent once more.
func (r *routed) repeatable(err error) bool {
	return r.tries <= repeats && r.ctx.Err() == nil && (r.call.Mode != ice.Normal || !ice.MayHaveRun(err))
}
