package async

import (
	"context"
	"fmt"
	"time"

	"github.com/slice2go/slice2go/runtime/ice"
)

// Map returns the future of fn applied to the value of f. An error of f, or one that fn returns or
// panics with, is the result's error. Canceling the result cancels f. fn runs in the goroutine
// that completes f, or in the caller's if f is done, and should be short.
func Map[T, U any](f *ice.Future[T], fn func(T) (U, error)) *ice.Future[U] {
	mapped, resolver := ice.NewFuture[U]()
	mapped.OnDone(cancels[U](func() { f.Cancel() }))
	f.OnDone(func(f *ice.Future[T]) {
		v, err := result(f)
		if err != nil {
			resolver.Reject(err)
			return
		}
		settle(resolver)(protect(func() (U, error) { return fn(v) }))
	})
	return mapped
}

// Then goes on with a second invocation when the first has succeeded, and returns the future of the
// second one's result. An error of f, or a panic in fn, is the result's error. Canceling the result
// cancels whichever of the two is running. fn runs where Map's does.
func Then[T, U any](f *ice.Future[T], fn func(T) *ice.Future[U]) *ice.Future[U] {
	chained, resolver := ice.NewFuture[U]()
	chained.OnDone(cancels[U](func() { f.Cancel() }))
	f.OnDone(func(f *ice.Future[T]) {
		v, err := result(f)
		if err != nil {
			resolver.Reject(err)
			return
		}
		if chained.IsDone() {
			return // canceled: nobody wants the second invocation
		}
		second := started(func() *ice.Future[U] { return fn(v) })
		chained.OnDone(cancels[U](func() { second.Cancel() }))
		second.OnDone(func(f *ice.Future[U]) { forward(f, resolver) })
	})
	return chained
}

// Settled returns a future of f's outcome, which succeeds however f ends: with it, a Pipeline or an
// All goes on after a failure. Canceling it cancels f.
func Settled[T any](f *ice.Future[T]) *ice.Future[Outcome[T]] {
	settled, resolver := ice.NewFuture[Outcome[T]]()
	settled.OnDone(cancels[Outcome[T]](func() { f.Cancel() }))
	f.OnDone(func(f *ice.Future[T]) { resolver.Resolve(outcome(context.Background(), f)) })
	return settled
}

// Shield returns a future that ends as f does, but whose cancellation leaves f running.
func Shield[T any](f *ice.Future[T]) *ice.Future[T] {
	shield, resolver := ice.NewFuture[T]()
	f.OnDone(func(f *ice.Future[T]) { forward(f, resolver) })
	return shield
}

// Timeout returns a future that ends as f does if that takes no longer than limit. Otherwise it
// fails with an error that is both ice.ErrTimeout and context.DeadlineExceeded, and f is canceled.
func Timeout[T any](f *ice.Future[T], limit time.Duration) *ice.Future[T] {
	timed, resolver := ice.NewFuture[T]()
	timer := time.AfterFunc(limit, func() {
		resolver.Reject(fmt.Errorf("async: no result within %v: %w: %w", limit, ice.ErrTimeout, context.DeadlineExceeded))
		f.Cancel()
	})
	timed.OnDone(func(timed *ice.Future[T]) {
		timer.Stop()
		if timed.Cancelled() {
			f.Cancel()
		}
	})
	f.OnDone(func(f *ice.Future[T]) { forward(f, resolver) })
	return timed
}

// After returns a future that completes when the delay is over, or fails when ctx ends before. It
// costs a timer, no goroutine. With Then, it starts something later.
func After(ctx context.Context, delay time.Duration) *ice.Future[ice.Void] {
	future, resolver := ice.NewFuture[ice.Void]()
	timer := time.AfterFunc(delay, func() { resolver.Resolve(ice.Void{}) })
	stop := context.AfterFunc(ctx, func() { resolver.Reject(contextError(ctx)) })
	future.OnDone(func(*ice.Future[ice.Void]) {
		timer.Stop()
		stop()
	})
	return future
}

// cancels is a completion callback that passes a cancellation on.
func cancels[T any](cancel func()) func(*ice.Future[T]) {
	return func(f *ice.Future[T]) {
		if f.Cancelled() {
			cancel()
		}
	}
}
