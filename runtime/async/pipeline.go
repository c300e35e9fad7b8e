package async

import (
	"context"
	"iter"

	"github.com/slice2go/slice2go/runtime/ice"
)

// Pipeline calls fn for each input, keeps at most limit of the calls outstanding, and yields their
// results in the order of the inputs. It is the bounded window that file transfer wants:
//
//	for block, err := range async.Pipeline(ctx, 6, offsets, read) {
//
// The first error, in the order of the inputs, is yielded with the zero value and ends the loop; so
// does the end of ctx. Then, or when the loop is left early, the calls that are still outstanding
// are canceled. A panic in fn is an error, a *PanicError. Inputs are taken as the window
// has room for them: an endless sequence is fine, and memory is bounded by limit results. A limit below 1 is 1.
//
// To go on after a failed call, have fn return Settled(call). A function that is not an
// invocation takes part by Go. Everything but the calls themselves happens in the goroutine of the loop.
func Pipeline[In, Out any](ctx context.Context, limit int, inputs iter.Seq[In], fn func(context.Context, In) *ice.Future[Out]) iter.Seq2[Out, error] {
	return func(yield func(Out, error) bool) {
		w := window[Out]{calls: make([]*ice.Future[Out], max(limit, 1))}
		defer w.cancel()
		// oldest yields the result of the oldest call and reports whether to go on.
		oldest := func() bool {
			v, err := w.pop(ctx)
			return yield(v, err) && err == nil
		}
		for in := range inputs {
			if w.full() && !oldest() {
				return
			}
			w.push(started(func() *ice.Future[Out] { return fn(ctx, in) }))
		}
		for w.used > 0 {
			if !oldest() {
				return
			}
		}
	}
}

// window is a ring of the calls that have been started and not yet yielded.
type window[T any] struct {
	calls []*ice.Future[T]
	first int // the oldest call
	used  int
}

func (w *window[T]) full() bool { return w.used == len(w.calls) }

func (w *window[T]) push(f *ice.Future[T]) {
	w.calls[(w.first+w.used)%len(w.calls)] = f
	w.used++
}

// pop waits for the oldest call. A call that ctx was too short for is canceled.
func (w *window[T]) pop(ctx context.Context) (T, error) {
	f := w.calls[w.first]
	w.calls[w.first] = nil // so that the result can be freed while later calls are outstanding
	w.first = (w.first + 1) % len(w.calls)
	w.used--
	return WaitFor(ctx, f)
}

func (w *window[T]) cancel() {
	for ; w.used > 0; w.used-- {
		w.calls[w.first].Cancel()
		w.first = (w.first + 1) % len(w.calls)
	}
}
