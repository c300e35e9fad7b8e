package async_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

func TestSemaphore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := async.NewSemaphore(3)
		var tasks sync.WaitGroup
		holders := make(chan struct{}, 3) // a fourth holder would find it full
		for range 50 {
			tasks.Go(func() {
				assert.NoError(t, s.Acquire(t.Context()))
				select {
				case holders <- struct{}{}:
				default:
					t.Error("too many holders")
				}
				time.Sleep(time.Second)
				<-holders
				s.Release()
			})
		}
		tasks.Wait()

		require.NoError(t, s.Acquire(t.Context()))
		require.NoError(t, s.Acquire(t.Context()))
		assert.True(t, s.TryAcquire())
		assert.False(t, s.TryAcquire())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, s.Acquire(ctx), context.DeadlineExceeded)
		f := async.Limited(ctx, s, func(context.Context) *ice.Future[int] { panic("not reached") })
		require.ErrorIs(t, f.Err(t.Context()), context.DeadlineExceeded)
		for range 3 {
			s.Release()
		}
		assert.Panics(t, s.Release)
	})
}

func TestLimitedGivesBack(t *testing.T) {
	s := async.NewSemaphore(0)
	for _, start := range []func(context.Context) *ice.Future[int]{
		func(context.Context) *ice.Future[int] { return ice.Completed(1) },
		func(context.Context) *ice.Future[int] { return ice.Failed[int](errBroken) },
		func(context.Context) *ice.Future[int] { return nil },
		func(context.Context) *ice.Future[int] { panic("oh") },
	} {
		_ = async.Limited(t.Context(), s, start).Err(t.Context())
		require.True(t, s.TryAcquire())
		s.Release()
	}
}

// Queues against a plain slice, in random sequences of operations.
func TestQueueOrders(t *testing.T) {
	type kind struct {
		make func(int) *async.Queue[int]
		next func(items []int) int // index of the item that Get must give
	}
	kinds := map[string]kind{
		"queue": {async.NewQueue[int], func([]int) int { return 0 }},
		"stack": {async.NewStack[int], func(items []int) int { return len(items) - 1 }},
		"priority": {
			func(n int) *async.Queue[int] { return async.NewPriorityQueue(n, func(a, b int) bool { return a < b }) },
			func(items []int) int {
				least := 0
				for i, item := range items {
					if item < items[least] {
						least = i
					}
				}
				return least
			},
		},
	}
	for name, kind := range kinds {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			limit := rapid.IntRange(0, 5).Draw(t, "limit")
			q := kind.make(limit)
			var model []int
			for range rapid.IntRange(0, 60).Draw(t, "steps") {
				if rapid.Bool().Draw(t, "put") {
					item := rapid.IntRange(0, 9).Draw(t, "item")
					room := limit == 0 || len(model) < limit
					require.Equal(t, room, q.TryPut(item))
					if room {
						model = append(model, item)
					}
				} else {
					item, ok := q.TryGet()
					require.Equal(t, len(model) > 0, ok)
					if ok {
						i := kind.next(model)
						require.Equal(t, model[i], item)
						model = append(model[:i:i], model[i+1:]...)
					}
				}
				require.Equal(t, len(model), q.Len())
			}
		}))
	}
}

func TestQueueWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		q := async.NewQueue[int](2)
		total := 0
		var consumers, producers sync.WaitGroup
		var mu sync.Mutex
		for range 3 {
			consumers.Go(func() {
				for n := range q.All(ctx) {
					time.Sleep(time.Second)
					mu.Lock()
					total += n
					mu.Unlock()
				}
			})
		}
		for range 4 {
			producers.Go(func() {
				for n := range 25 {
					assert.NoError(t, q.Put(ctx, n))
				}
			})
		}
		producers.Wait()
		require.NoError(t, q.Join(ctx))
		assert.Equal(t, 4*300, total)
		q.Close()
		consumers.Wait()
		require.ErrorIs(t, q.Put(ctx, 1), async.ErrQueueClosed)
		assert.False(t, q.TryPut(1))
		_, err := q.Get(ctx)
		require.ErrorIs(t, err, async.ErrQueueClosed)
		assert.Panics(t, q.Done)
	})
}

func TestQueueContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		q := async.NewQueue[int](1)
		_, err := q.Get(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, q.Put(ctx, 1), "there is room, so the ended context does not matter")
		require.ErrorIs(t, q.Put(ctx, 2), context.DeadlineExceeded)
		require.ErrorIs(t, q.Join(ctx), context.DeadlineExceeded)
		q.Close()
		v, err := q.Get(ctx)
		require.NoError(t, err)
		assert.Equal(t, 1, v)
		for range q.All(ctx) {
			t.Error("yielded from a closed, empty queue")
		}
	})
}

// A loop over the queue that is left has reported its last item done.
func TestQueueAllLeft(t *testing.T) {
	q := async.NewQueue[int](0)
	q.TryPut(1)
	for range q.All(t.Context()) {
		break
	}
	require.NoError(t, q.Join(t.Context()))
}
