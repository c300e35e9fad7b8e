package async_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

func TestMap(t *testing.T) {
	double := func(n int) (int, error) { return 2 * n, nil }
	for name, test := range map[string]struct {
		fn    func(int) (int, error)
		first error
		value int
		text  string
	}{
		"value":           {fn: double, value: 42},
		"error before":    {fn: double, first: errBroken, text: "broken"},
		"error of fn":     {fn: func(int) (int, error) { return 1, errBroken }, text: "broken"},
		"panic of fn":     {fn: func(int) (int, error) { panic("oh") }, text: "panic: oh"},
		"nil func panics": {text: "nil pointer"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, r := ice.NewFuture[int]()
				mapped := async.Map(f, test.fn)
				if test.first != nil {
					r.Reject(test.first)
				} else {
					r.Resolve(21)
				}
				v, err := mapped.Result(t.Context())
				assert.Equal(t, test.value, v)
				if test.text == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, test.text)
				}
			})
		})
	}
}

func TestCancelPassesBack(t *testing.T) {
	for name, derive := range map[string]func(*ice.Future[int]) interface{ IsDone() bool }{
		"map": func(f *ice.Future[int]) interface{ IsDone() bool } {
			g := async.Map(f, func(int) (string, error) { return "", nil })
			g.Cancel()
			return g
		},
		"then": func(f *ice.Future[int]) interface{ IsDone() bool } {
			g := async.Then(f, func(int) *ice.Future[string] { panic("not reached") })
			g.Cancel()
			return g
		},
		"settled": func(f *ice.Future[int]) interface{ IsDone() bool } {
			g := async.Settled(f)
			g.Cancel()
			return g
		},
		"timeout": func(f *ice.Future[int]) interface{ IsDone() bool } {
			g := async.Timeout(f, time.Hour)
			g.Cancel()
			return g
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, _ := ice.NewFuture[int]()
				assert.True(t, derive(f).IsDone())
				assert.True(t, f.Cancelled())
			})
		})
	}
}

func TestThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		first, r1 := ice.NewFuture[int]()
		second, r2 := ice.NewFuture[string]()
		chained := async.Then(first, func(n int) *ice.Future[string] {
			assert.Equal(t, 3, n)
			return second
		})
		r1.Resolve(3)
		assert.False(t, chained.IsDone())
		r2.Resolve("three")
		v, err := chained.Result(ctx)
		require.NoError(t, err)
		assert.Equal(t, "three", v)

		second, _ = ice.NewFuture[string]()
		chained = async.Then(ice.Completed(1), func(int) *ice.Future[string] { return second })
		chained.Cancel()
		assert.True(t, second.Cancelled(), "the cancellation reaches the second invocation")

		for text, fn := range map[string]func(int) *ice.Future[string]{
			"broken":       func(int) *ice.Future[string] { return ice.Failed[string](errBroken) },
			"panic: oh":    func(int) *ice.Future[string] { panic("oh") },
			"a nil future": func(int) *ice.Future[string] { return nil },
		} {
			_, err = async.Then(ice.Completed(1), fn).Result(ctx)
			require.ErrorContains(t, err, text)
		}
		_, err = async.Then(ice.Failed[int](errBroken), func(int) *ice.Future[string] { panic("not reached") }).Result(ctx)
		require.ErrorIs(t, err, errBroken)
	})
}

// A chain that was canceled does not start its second invocation even if the first succeeds.
func TestThenCanceledWhileShielded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, r := ice.NewFuture[int]()
		shield := async.Shield(first)
		chained := async.Then(shield, func(int) *ice.Future[int] { panic("not reached") })
		chained.Cancel()
		r.Resolve(1)
		_, err := chained.Result(t.Context())
		require.ErrorIs(t, err, ice.ErrCanceled)
		v, err := first.Result(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 1, v)
	})
}

func TestSettled(t *testing.T) {
	o, err := async.Settled(ice.Failed[int](errBroken)).Result(t.Context())
	require.NoError(t, err)
	assert.Equal(t, async.Outcome[int]{Err: errBroken}, o)
}

func TestShield(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, r := ice.NewFuture[int]()
		shield, other := async.Shield(f), async.Shield(f)
		shield.Cancel()
		assert.True(t, shield.Cancelled())
		assert.False(t, f.IsDone())
		r.Resolve(5)
		v, err := other.Result(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 5, v)
	})
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		f, _ := ice.NewFuture[int]()
		start := time.Now()
		_, err := async.Timeout(f, 3*time.Second).Result(ctx)
		require.ErrorIs(t, err, ice.ErrTimeout)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "3s")
		assert.Equal(t, 3*time.Second, time.Since(start))
		synctest.Wait()
		assert.True(t, f.Cancelled())

		f, r := ice.NewFuture[int]()
		timed := async.Timeout(f, 3*time.Second)
		r.Resolve(5)
		v, err := timed.Result(ctx)
		require.NoError(t, err)
		assert.Equal(t, 5, v)
	})
}

func TestAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := async.After(t.Context(), time.Hour).Result(t.Context())
		require.NoError(t, err)
		assert.Equal(t, time.Hour, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = async.After(ctx, time.Hour).Result(t.Context())
		require.ErrorIs(t, err, context.DeadlineExceeded)

		rest := async.After(t.Context(), time.Hour)
		rest.Cancel()
		_, err = rest.Result(t.Context())
		require.ErrorIs(t, err, ice.ErrCanceled)
	})
}
