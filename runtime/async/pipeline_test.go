package async_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

func naturals(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

func firstN(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestPipeline(t *testing.T) {
	for _, limit := range []int{-1, 1, 2, 7, 100, 1000} {
		synctest.Test(t, func(t *testing.T) {
			most := int32(0)
			var outstanding atomic.Int32
			call := func(_ context.Context, n int) *ice.Future[int] {
				f, r := ice.NewFuture[int]()
				most = max(most, outstanding.Add(1))
				go func() {
					time.Sleep(time.Duration(rand.IntN(1000)) * time.Millisecond)
					outstanding.Add(-1)
					r.Resolve(n * n)
				}()
				return f
			}
			next := 0
			for square, err := range async.Pipeline(t.Context(), limit, firstN(300), call) {
				require.NoError(t, err)
				require.Equal(t, next*next, square)
				next++
			}
			assert.Equal(t, 300, next)
			assert.LessOrEqual(t, most, int32(max(limit, 1)))
			if limit > 1 {
				assert.Greater(t, most, int32(1))
			}
		})
	}
}

func TestPipelineEnds(t *testing.T) {
	type world struct {
		calls  []*ice.Future[int]
		cancel context.CancelFunc
	}
	for name, test := range map[string]struct {
		call func(w *world, n int) *ice.Future[int]
		loop func(w *world, seq iter.Seq2[int, error]) error
		is   error
		text string
		got  int
	}{
		"with the first error": {
			call: func(_ *world, n int) *ice.Future[int] {
				if n == 3 {
					return ice.Failed[int](errBroken)
				}
				return nil
			},
			is: errBroken, got: 3,
		},
		"with a panic in fn": {
			call: func(_ *world, n int) *ice.Future[int] {
				if n == 3 {
					panic(errBroken)
				}
				return nil
			},
			is: errBroken, text: "panic", got: 3,
		},
		"with the context": {
			call: func(w *world, n int) *ice.Future[int] {
				if n == 3 {
					time.AfterFunc(time.Hour, w.cancel)
					f, _ := ice.NewFuture[int]()
					return f
				}
				return nil
			},
			is: context.Canceled, got: 3,
		},
		"with a break": {
			call: func(*world, int) *ice.Future[int] { return nil },
			loop: func(_ *world, seq iter.Seq2[int, error]) error {
				for n, err := range seq {
					if n == 2 {
						return err
					}
				}
				return errBroken
			},
		},
		"with a panic in the loop": {
			call: func(*world, int) *ice.Future[int] { return nil },
			loop: func(_ *world, seq iter.Seq2[int, error]) (err error) {
				defer func() { err, _ = recover().(error) }()
				for range seq {
					panic(errBroken)
				}
				return nil
			},
			is: errBroken,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				w := &world{cancel: cancel}
				seq := async.Pipeline(ctx, 4, naturals, func(_ context.Context, n int) *ice.Future[int] {
					f := test.call(w, n)
					if f == nil {
						f = sleep(n, time.Second)
					}
					w.calls = append(w.calls, f)
					return f
				})
				loop := test.loop
				if loop == nil {
					loop = func(_ *world, seq iter.Seq2[int, error]) error {
						got := 0
						for n, err := range seq {
							if err != nil {
								assert.Zero(t, n)
								assert.Equal(t, test.got, got)
								return err
							}
							got++
						}
						return nil
					}
				}
				err := loop(w, seq)
				require.ErrorIs(t, err, test.is)
				if test.text != "" {
					require.ErrorContains(t, err, test.text)
				}
				for i, f := range w.calls {
					assert.True(t, f.IsDone(), "call %d is left outstanding", i)
				}
				assert.LessOrEqual(t, len(w.calls), 8)
			})
		})
	}
}

func TestPipelineOfNothing(t *testing.T) {
	for range async.Pipeline(t.Context(), 3, firstN(0), func(context.Context, int) *ice.Future[int] { return nil }) {
		t.Error("yielded")
	}
}
