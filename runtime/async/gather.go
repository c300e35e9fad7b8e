package async

import (
	"context"
	"errors"
	"iter"

	"github.com/slice2go/slice2go/runtime/ice"
)

// All waits for every future and returns their values in the order of the arguments, not that of
// completion. The first error, or the end of ctx, cancels the futures that are still running and is
// returned at once. Without futures it returns an empty slice.
func All[T any](ctx context.Context, futures ...*ice.Future[T]) ([]T, error) {
	values := make([]T, len(futures))
	for i, o := range AsCompleted(ctx, futures...) {
		if o.Err != nil {
			return nil, o.Err // leaving the loop cancels the rest
		}
		values[i] = o.Value
	}
	return values, nil
}

// Settle waits for every future, however the others end, and returns their outcomes in the order of
// the arguments. When ctx ends, the futures that are still running are canceled and have its error.
func Settle[T any](ctx context.Context, futures ...*ice.Future[T]) []Outcome[T] {
	outcomes := make([]Outcome[T], len(futures))
	for i, o := range AsCompleted(ctx, futures...) {
		outcomes[i] = o
	}
	return outcomes
}

// Race returns how the first future to complete ended, be it well or badly, and cancels the others.
// It also ends with ctx. Racing nobody is an error.
func Race[T any](ctx context.Context, futures ...*ice.Future[T]) (T, error) {
	for _, o := range AsCompleted(ctx, futures...) {
		return o.Get()
	}
	var zero T
	return zero, errors.New("async: Race of no futures has no winner")
}

// AsCompleted yields each future's index among the arguments and its outcome, in the order in which
// the futures complete. Leaving the loop early cancels the futures that are still running. When ctx
// ends they are canceled, too, and yielded with its error, so a loop that runs to its end sees
// every index once.
func AsCompleted[T any](ctx context.Context, futures ...*ice.Future[T]) iter.Seq2[int, Outcome[T]] {
	return func(yield func(int, Outcome[T]) bool) {
		finished := false
		defer func() {
			if !finished { // a break, a return or a panic in the loop's body
				cancelAll(futures)
			}
		}()
		done := completions(futures)
		yielded := make([]bool, len(futures))
		for range futures {
			select {
			case i := <-done:
				yielded[i] = true
				if !yield(i, outcome(context.Background(), futures[i])) {
					return
				}
			case <-ctx.Done():
				for i, f := range futures {
					if yielded[i] {
						continue
					}
					o := outcome(ctx, f)
					f.Cancel()
					if !yield(i, o) {
						return
					}
				}
				finished = true
				return
			}
		}
		finished = true
	}
}

// When says what Wait waits for.
type When int

const (
	// FirstCompleted waits until a future is done, well or badly.
	FirstCompleted When = iota
	// FirstError waits until a future has failed or been canceled, or all are done.
	FirstError
	// AllCompleted waits until all futures are done.
	AllCompleted
)

// Wait waits until the condition holds or ctx ends, and parts the futures into those that are done
// and those that are not, both in the order of the arguments. It cancels nothing, and the end of ctx
// is no error: the futures that it was too short for are pending.
//
// Every call leaves a note of a few words in each pending future until that completes. To
// handle many futures one by one as they come, AsCompleted is the tool.
func Wait[T any](ctx context.Context, when When, futures ...*ice.Future[T]) (done, pending []*ice.Future[T]) {
	await(ctx, when, futures)
	for _, f := range futures {
		if f.IsDone() {
			done = append(done, f)
		} else {
			pending = append(pending, f)
		}
	}
	return done, pending
}

func await[T any](ctx context.Context, when When, futures []*ice.Future[T]) {
	arrivals := completions(futures)
	for range futures {
		select {
		case i := <-arrivals:
			if when == FirstCompleted || when == FirstError && outcome(ctx, futures[i]).Err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// WaitFor waits for one future and, unlike its Result, cancels it when ctx ends first.
func WaitFor[T any](ctx context.Context, f *ice.Future[T]) (T, error) {
	v, err := f.Result(ctx)
	f.Cancel() // does nothing to a future that is done
	return v, err
}

// completions tells the indexes of the futures as they complete. The channel holds them all, so a
// completing goroutine never waits for a reader, and nothing is left running when there is none.
func completions[T any](futures []*ice.Future[T]) <-chan int {
	done := make(chan int, len(futures))
	for i, f := range futures {
		f.OnDone(func(*ice.Future[T]) { done <- i })
	}
	return done
}

func outcome[T any](ctx context.Context, f *ice.Future[T]) Outcome[T] {
	v, err := f.Result(ctx)
	return Outcome[T]{Value: v, Err: err}
}

func cancelAll[T any](futures []*ice.Future[T]) {
	for _, f := range futures {
		f.Cancel()
	}
}
