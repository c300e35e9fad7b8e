package async_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

// The tests run in synctest bubbles: time is simulated, and a bubble fails its test if a goroutine
// is left when it ends.

var errBroken = errors.New("broken")

func manual[T any](n int) ([]*ice.Future[T], []ice.Resolver[T]) {
	futures, resolvers := make([]*ice.Future[T], n), make([]ice.Resolver[T], n)
	for i := range n {
		futures[i], resolvers[i] = ice.NewFuture[T]()
	}
	return futures, resolvers
}

func TestAll(t *testing.T) {
	for name, test := range map[string]struct {
		act      func(r []ice.Resolver[int], f []*ice.Future[int], cancel func())
		values   []int
		is       error
		canceled []bool
	}{
		"values keep the order of the arguments": {
			act: func(r []ice.Resolver[int], _ []*ice.Future[int], _ func()) {
				r[2].Resolve(30)
				r[0].Resolve(10)
				r[1].Resolve(20)
			},
			values:   []int{10, 20, 30},
			canceled: []bool{false, false, false},
		},
		"the first error cancels the rest": {
			act: func(r []ice.Resolver[int], _ []*ice.Future[int], _ func()) {
				r[2].Resolve(30)
				r[1].Reject(errBroken)
			},
			is:       errBroken,
			canceled: []bool{true, false, false},
		},
		"a canceled future is an error": {
			act:      func(_ []ice.Resolver[int], f []*ice.Future[int], _ func()) { f[0].Cancel() },
			is:       ice.ErrCanceled,
			canceled: []bool{true, true, true},
		},
		"the end of the context cancels all": {
			act: func(r []ice.Resolver[int], _ []*ice.Future[int], cancel func()) {
				r[0].Resolve(10)
				synctest.Wait()
				cancel()
			},
			is:       context.Canceled,
			canceled: []bool{false, true, true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				futures, resolvers := manual[int](3)
				go test.act(resolvers, futures, cancel)
				values, err := async.All(ctx, futures...)
				require.ErrorIs(t, err, test.is)
				assert.Equal(t, test.values, values)
				for i, f := range futures {
					assert.Equal(t, test.canceled[i], f.Cancelled(), "future %d", i)
				}
			})
		})
	}
}

func TestNoFutures(t *testing.T) {
	ctx := t.Context()
	values, err := async.All[int](ctx)
	require.NoError(t, err)
	assert.Empty(t, values)
	assert.Empty(t, async.Settle[int](ctx))
	done, pending := async.Wait[int](ctx, async.AllCompleted)
	assert.Empty(t, done)
	assert.Empty(t, pending)
	_, err = async.Race[int](ctx)
	require.ErrorContains(t, err, "no futures")
}

func TestSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		futures, resolvers := manual[int](3)
		resolvers[1].Reject(errBroken)
		time.AfterFunc(time.Millisecond, func() { resolvers[2].Resolve(3) })
		outcomes := async.Settle(ctx, futures...)
		assert.Equal(t, async.Outcome[int]{Err: errBroken}, outcomes[1])
		assert.Equal(t, async.Outcome[int]{Value: 3}, outcomes[2])
		require.ErrorIs(t, outcomes[0].Err, context.DeadlineExceeded)
		assert.True(t, futures[0].Cancelled())
	})
}

func TestRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		futures, resolvers := manual[int](3)
		time.AfterFunc(2*time.Second, func() { resolvers[0].Resolve(1) })
		time.AfterFunc(time.Second, func() { resolvers[2].Reject(errBroken) })
		_, err := async.Race(t.Context(), futures...)
		require.ErrorIs(t, err, errBroken)
		assert.True(t, futures[0].Cancelled())
		assert.True(t, futures[1].Cancelled())
	})
}

func TestAsCompleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		futures, resolvers := manual[int](100)
		order := rand.Perm(100)
		for at, i := range order {
			time.AfterFunc(time.Duration(at+1)*time.Second, func() { resolvers[i].Resolve(i) })
		}
		var got []int
		for i, o := range async.AsCompleted(t.Context(), futures...) {
			assert.Equal(t, i, o.Value)
			got = append(got, i)
		}
		assert.Equal(t, order, got)
	})
}

func TestAsCompletedLeft(t *testing.T) {
	loops := map[string]func(ctx context.Context, futures []*ice.Future[int]){
		"by break": func(ctx context.Context, futures []*ice.Future[int]) {
			for range async.AsCompleted(ctx, futures...) {
				break
			}
		},
		"by panic": func(ctx context.Context, futures []*ice.Future[int]) {
			defer func() { _ = recover() }()
			for range async.AsCompleted(ctx, futures...) {
				panic("left")
			}
		},
	}
	for name, loop := range loops {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				futures, resolvers := manual[int](3)
				resolvers[1].Resolve(1)
				loop(t.Context(), futures)
				assert.True(t, futures[0].Cancelled())
				assert.False(t, futures[1].Cancelled())
				assert.True(t, futures[2].Cancelled())
			})
		})
	}
}

func TestAsCompletedContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		futures, resolvers := manual[int](4)
		resolvers[2].Resolve(2)
		seen := map[int]error{}
		for i, o := range async.AsCompleted(ctx, futures...) {
			if len(seen) == 0 {
				assert.Equal(t, 2, i)
				cancel()
			}
			seen[i] = o.Err
		}
		require.Len(t, seen, 4)
		for _, i := range []int{0, 1, 3} {
			require.ErrorIs(t, seen[i], context.Canceled)
			assert.True(t, futures[i].Cancelled())
		}

		futures, _ = manual[int](2)
		for range async.AsCompleted(ctx, futures...) {
			break
		}
		assert.True(t, futures[1].Cancelled(), "left while the ended context is reported")
	})
}

func TestWait(t *testing.T) {
	for name, test := range map[string]struct {
		when  async.When
		limit time.Duration
		done  []int
	}{
		"first completed": {async.FirstCompleted, time.Minute, []int{2}},
		"first error":     {async.FirstError, time.Minute, []int{1, 2}},
		"all completed":   {async.AllCompleted, time.Minute, []int{0, 1, 2}},
		"context ends":    {async.AllCompleted, 2500 * time.Millisecond, []int{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.limit)
				defer cancel()
				futures, resolvers := manual[int](3)
				time.AfterFunc(1*time.Second, func() { resolvers[2].Resolve(2) })
				time.AfterFunc(2*time.Second, func() { resolvers[1].Reject(errBroken) })
				time.AfterFunc(3*time.Second, func() { resolvers[0].Resolve(0) })
				done, pending := async.Wait(ctx, test.when, futures...)
				var want []*ice.Future[int]
				for _, i := range test.done {
					want = append(want, futures[i])
				}
				assert.Equal(t, want, done)
				assert.Len(t, pending, 3-len(want))
				for _, f := range pending {
					assert.False(t, f.IsDone(), "Wait cancels nothing")
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// Futures that complete in many goroutines at once, while the waiting is being set up and given up.
func TestManyAtOnce(t *testing.T) {
	const n = 10_000
	ctx := t.Context()
	futures, resolvers := manual[int](n)
	var resolving sync.WaitGroup
	for part := range 8 {
		resolving.Go(func() {
			for i := part; i < n; i += 8 {
				resolvers[i].Resolve(i)
			}
		})
	}
	values, err := async.All(ctx, futures...)
	require.NoError(t, err)
	for i, v := range values {
		if i != v {
			require.Equal(t, i, v)
		}
	}
	resolving.Wait()

	futures, resolvers = manual[int](n)
	for part := range 8 {
		resolving.Go(func() {
			for i := part; i < n; i += 8 {
				if i == n/2 {
					resolvers[i].Reject(fmt.Errorf("number %d: %w", i, errBroken))
				}
				resolvers[i].Resolve(i)
			}
		})
	}
	_, err = async.All(ctx, futures...)
	require.ErrorIs(t, err, errBroken)
	resolving.Wait()
	for _, f := range futures {
		require.True(t, f.IsDone())
	}
}
