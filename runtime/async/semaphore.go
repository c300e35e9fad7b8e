package async

import (
	"context"
	"errors"
	"fmt"

	"github.com/slice2go/slice2go/runtime/ice"
)

// Semaphore bounds how many of something are under way at once. It is made by NewSemaphore.
type Semaphore struct{ held chan struct{} }

// NewSemaphore returns a semaphore that at most limit holders share; a limit below 1 is 1.
func NewSemaphore(limit int) *Semaphore {
	return &Semaphore{held: make(chan struct{}, max(limit, 1))}
}

// Acquire waits for a place. It fails only when ctx ends first.
func (s *Semaphore) Acquire(ctx context.Context) error {
	if s.TryAcquire() {
		return nil
	}
	select {
	case s.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	}
}

// TryAcquire takes a place if one is free.
func (s *Semaphore) TryAcquire() bool {
	select {
	case s.held <- struct{}{}:
		return true
	default:
		return false
	}
}

// Release gives a place back. Giving back more than was acquired is a bug of the caller, and panics.
func (s *Semaphore) Release() {
	select {
	case <-s.held:
	default:
		panic("async: Semaphore.Release without Acquire")
	}
}

// Limited waits for a place, starts an invocation, and gives the place back when that is done. It
// holds the caller up, which is what slows a fast producer down, but no goroutine waits. When ctx
// ends before there is a place, nothing is started and the future has its error.
func Limited[T any](ctx context.Context, s *Semaphore, start func(context.Context) *ice.Future[T]) *ice.Future[T] {
	if err := s.Acquire(ctx); err != nil {
		return ice.Failed[T](err)
	}
	f := started(func() *ice.Future[T] { return start(ctx) })
	f.OnDone(func(*ice.Future[T]) { s.Release() })
	return f
}

// contextError is why ctx ended: its Err, and its cause where that says more.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}
