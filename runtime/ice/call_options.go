package ice

import "context"

// Options of a call that are no part of its request travel in its context, as values: they hold for every context that is made of it.

type callOptionsKey struct{}

// callOptions is a context with options.
type callOptions struct {
	context.Context
	awaited bool // who makes the call waits for it at once with Await
	lent    bool // parameters are not changed while the call lasts
}

// Value gives the options by their key.
func (o callOptions) Value(key any) any {
	if key == (callOptionsKey{}) {
		return o
	}
	return o.Context.Value(key)
}

// with gives a context with the options of ctx and more.
func with(ctx context.Context, awaited, lent bool) context.Context {
	outer, _ := ctx.Value(callOptionsKey{}).(callOptions)
	if direct, ok := ctx.(callOptions); ok {
		ctx = direct.Context
	}
	return callOptions{ctx, awaited || outer.awaited, lent || outer.lent}
}

// optionsOf gives the options of a call, and the context without them. watched says that the call's own context has to be watched: one that was made
// of a context with options can end before that for which the caller waits.
func optionsOf(ctx context.Context) (plain context.Context, o callOptions, watched bool) {
	o, direct := ctx.(callOptions)
	if direct {
		ctx, watched = o.Context, !o.awaited
	} else {
		o, _ = ctx.Value(callOptionsKey{}).(callOptions)
		watched = true
	}
	if ctx.Value(callOptionsKey{}) != nil {
		ctx = callOptions{Context: ctx} // whoever gets this context does not get the options
	}
	return ctx, o, watched
}

// Awaited marks the context of a call for which the caller waits with [Await] at once; the runtime can save work then, and [Lend] is implied.
// Generated code uses it for the plain form of an operation.
func Awaited(ctx context.Context) context.Context { return with(ctx, true, true) }

// Lend marks the context of a call whose byte sequences the caller does not change until the call's future is done. A long one is not
// copied then, but sent from where it is; to a file transfer with several blocks outstanding that is worth a quarter of its speed. That is so on a
// tcp connection that exists, without compression and interceptors; else it is copied all the same. A call that is given up while its request is being written
// is done only when the connection needs the bytes no more, a moment later. Without the mark, parameters can be changed as soon as the call
// has returned, as in the manual's "Asynchronous Method Invocation (AMI)". Contexts that are made of the marked one, with a deadline, a value, by an
// errgroup or for tracing, have the mark, too. Calls that wait for their reply need none.
func Lend(ctx context.Context) context.Context { return with(ctx, false, true) }
