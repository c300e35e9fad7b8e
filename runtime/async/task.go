package async

import (
	"context"
	"errors"
	"sync"

	"github.com/slice2go/slice2go/runtime/ice"
)

// Go runs fn in a goroutine of its own and returns the future of its result. The context that fn
// receives ends when ctx does and when the future is canceled; a canceled future is done at
// once, the goroutine ends when fn returns. A panic in fn is the future's error, a *PanicError. If
// ctx has ended already, fn does not run.
//
// Invocations of proxies need no Go: their Async form returns a future and uses no goroutine.
func Go[T any](ctx context.Context, fn func(context.Context) (T, error)) *ice.Future[T] {
	return spawn(ctx, fn, func() {})
}

// spawn is Go, with a function that is called after fn has returned and the future is done.
func spawn[T any](ctx context.Context, fn func(context.Context) (T, error), ended func()) *ice.Future[T] {
	if ctx.Err() != nil {
		defer ended()
		return ice.Failed[T](contextError(ctx))
	}
	future, resolver := ice.NewFuture[T]()
	ctx, cancel := context.WithCancel(ctx)
	future.OnDone(func(*ice.Future[T]) { cancel() })
	go func() {
		defer ended()
		v, err := *new(T), ErrGoexit
		defer func() { settle(resolver)(v, err) }()
		v, err = protect(func() (T, error) { return fn(ctx) })
	}()
	return future
}

// Run runs the functions concurrently and returns their results in the order of the arguments. The
// first error cancels the context of the others; Run returns it when all of them have
// returned, so nothing that it started outlives it. A function may itself call Run: an error or
// the end of ctx then stops the inner functions as well.
//
// Catch has errors of a type returned in place, as results; Untyped lets functions with different
// results run together.
func Run[T any](ctx context.Context, fns ...func(context.Context) (T, error)) ([]T, error) {
	group := NewGroup(ctx)
	futures := make([]*ice.Future[T], len(fns))
	for i, fn := range fns {
		futures[i] = GoIn(group, fn)
	}
	if err := group.Wait(); err != nil {
		return nil, group.first()
	}
	return All(context.Background(), futures...)
}

// Catch wraps a function for Run so that an error of type E (as errors.As finds it in a chain) is
// part of its outcome and does not stop the others; any other error does. Catch[error] keeps every
// error in place, panics included. The type of the result is inferred:
//
//	outcomes, err := async.Run(ctx, async.Catch[*omero.ServerError](load), async.Catch[*omero.ServerError](save))
func Catch[E error, T any](fn func(context.Context) (T, error)) func(context.Context) (Outcome[T], error) {
	return func(ctx context.Context) (Outcome[T], error) {
		v, err := protect(func() (T, error) { return fn(ctx) })
		if _, caught := errors.AsType[E](err); err != nil && !caught {
			return Outcome[T]{}, err
		}
		return Outcome[T]{Value: v, Err: err}, nil
	}
}

// Untyped wraps a function so that it can be given to Run together with functions that have other results.
func Untyped[T any](fn func(context.Context) (T, error)) func(context.Context) (any, error) {
	return func(ctx context.Context) (any, error) { return fn(ctx) }
}

// Group is a set of tasks, of any result types, that live and fail together: the first that fails
// ends the group's context and cancels the others, and Wait returns when none is left. Tasks may start
// further tasks in their group as long as they run themselves. A Group is made by NewGroup.
type Group struct {
	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu   sync.Mutex
	errs []error
}

// NewGroup returns an empty group whose context ends with ctx, with the first failure, and with Wait.
// Wait must be called, or the group's context outlives its use.
func NewGroup(ctx context.Context) *Group {
	ctx, cancel := context.WithCancel(ctx)
	return &Group{ctx: ctx, cancel: cancel}
}

// Context is what the group's tasks run under, and what invocations made for the group are best given.
func (g *Group) Context() context.Context { return g.ctx }

// GoIn runs fn in a goroutine as a task of the group; see Go. A task whose future is canceled is
// not a failure of the group, which waits for its function to return all the same.
func GoIn[T any](g *Group, fn func(context.Context) (T, error)) *ice.Future[T] {
	g.tasks.Add(1)
	f := spawn(g.ctx, fn, g.tasks.Done)
	f.OnDone(func(f *ice.Future[T]) { g.note(f.Cancelled(), f.Err(context.Background())) })
	return f
}

// Track makes a future a task of the group: its failure cancels the others, theirs cancels it. This
// is how invocations join a group, without a goroutine. It returns the future.
func Track[T any](g *Group, f *ice.Future[T]) *ice.Future[T] {
	g.tasks.Add(1)
	stop := context.AfterFunc(g.ctx, func() { f.Cancel() })
	f.OnDone(func(f *ice.Future[T]) {
		stop()
		g.note(f.Cancelled(), f.Err(context.Background()))
		g.tasks.Done()
	})
	return f
}

// Wait waits for all tasks to end and ends the group's context. It returns the first failure; where
// several tasks failed of their own accord, errors.Is and errors.As find each of them.
// What the tasks of a group that is being canceled return for that reason is not kept.
func (g *Group) Wait() error {
	g.tasks.Wait()
	g.cancel()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.errs) == 1 {
		return g.errs[0]
	}
	return errors.Join(g.errs...)
}

func (g *Group) first() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.errs[0]
}

// note keeps a task's failure and stops the others.
func (g *Group) note(canceled bool, err error) {
	if err == nil || canceled && g.ctx.Err() == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.errs) > 0 && (canceled || errors.Is(err, g.ctx.Err())) {
		return // the echo of the first failure, which ended the group's context
	}
	g.errs = append(g.errs, err)
	g.cancel()
}
