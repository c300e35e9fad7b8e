package async_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

// untilEnd is a task that ends with its context only.
func untilEnd(ctx context.Context) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

func TestGo(t *testing.T) {
	for name, test := range map[string]struct {
		fn    func(context.Context) (int, error)
		value int
		check func(t *testing.T, err error)
	}{
		"value": {
			fn:    func(context.Context) (int, error) { return 7, nil },
			value: 7,
			check: func(t *testing.T, err error) { require.NoError(t, err) },
		},
		"error": {
			fn:    func(context.Context) (int, error) { return 7, errBroken },
			check: func(t *testing.T, err error) { require.ErrorIs(t, err, errBroken) },
		},
		"panic": {
			fn: func(context.Context) (int, error) { panic(fmt.Errorf("deep: %w", errBroken)) },
			check: func(t *testing.T, err error) {
				require.ErrorIs(t, err, errBroken, "the panic's value is in the chain")
				panicked, ok := errors.AsType[*async.PanicError](err)
				require.True(t, ok)
				assert.Contains(t, string(panicked.Stack), "task_test.go")
				assert.Contains(t, err.Error(), "panic: deep: broken")
			},
		},
		"goexit": {
			fn:    func(context.Context) (int, error) { runtime.Goexit(); return 0, nil },
			check: func(t *testing.T, err error) { require.ErrorIs(t, err, async.ErrGoexit) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, err := async.Go(t.Context(), test.fn).Result(t.Context())
				assert.Equal(t, test.value, v)
				test.check(t, err)
			})
		})
	}
}

func TestGoCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		f := async.Go(t.Context(), func(ctx context.Context) (int, error) {
			_, err := untilEnd(ctx)
			ended = true
			return 0, err
		})
		synctest.Wait()
		f.Cancel()
		_, err := f.Result(t.Context())
		require.ErrorIs(t, err, ice.ErrCanceled)
		synctest.Wait()
		assert.True(t, ended, "the function's context ended")

		ctx, cancel := context.WithCancel(t.Context())
		f = async.Go(ctx, untilEnd)
		cancel()
		_, err = f.Result(t.Context())
		require.ErrorIs(t, err, context.Canceled)

		f = async.Go(ctx, func(context.Context) (int, error) { panic("must not run") })
		_, err = f.Result(t.Context())
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestRun(t *testing.T) {
	number := func(n int) func(context.Context) (int, error) {
		return func(context.Context) (int, error) { return n, nil }
	}
	fail := func(context.Context) (int, error) {
		time.Sleep(time.Second)
		return 0, errBroken
	}
	nested := func(fns ...func(context.Context) (int, error)) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			all, err := async.Run(ctx, fns...)
			sum := 0
			for _, n := range all {
				sum += n
			}
			return sum, err
		}
	}
	for name, test := range map[string]struct {
		fns  []func(context.Context) (int, error)
		want []int
		is   error
	}{
		"nothing":            {nil, []int{}, nil},
		"in order":           {[]func(context.Context) (int, error){number(1), number(2)}, []int{1, 2}, nil},
		"an error stops all": {[]func(context.Context) (int, error){untilEnd, fail, untilEnd}, nil, errBroken},
		"nested":             {[]func(context.Context) (int, error){nested(number(1), number(2)), number(4)}, []int{3, 4}, nil},
		"an error stops the nested": {
			[]func(context.Context) (int, error){nested(untilEnd, nested(untilEnd)), fail}, nil, errBroken},
		"a nested error stops all": {
			[]func(context.Context) (int, error){nested(untilEnd, nested(untilEnd, fail)), untilEnd}, nil, errBroken},
		"a panic stops all": {
			[]func(context.Context) (int, error){untilEnd, func(context.Context) (int, error) { panic(errBroken) }}, nil, errBroken},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := async.Run(t.Context(), test.fns...)
				require.ErrorIs(t, err, test.is)
				assert.Equal(t, test.want, got)
			})
		})
	}
}

func TestRunWaitsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended bool
		_, err := async.Run(t.Context(),
			func(ctx context.Context) (int, error) { return 0, errBroken },
			func(ctx context.Context) (int, error) {
				<-ctx.Done()
				time.Sleep(time.Minute) // putting things in order
				ended = true
				return 0, io.ErrUnexpectedEOF
			})
		assert.Equal(t, errBroken, err)
		assert.True(t, ended)
	})
}

func TestRunContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := async.Run(ctx, untilEnd, untilEnd)
		assert.Equal(t, context.DeadlineExceeded, err)
		_, err = async.Run(ctx, untilEnd, untilEnd)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		ctx, stop := context.WithCancelCause(t.Context())
		stop(errBroken)
		_, err = async.Run(ctx, untilEnd)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, errBroken, "the cause is named")
	})
}

type notFound struct{ id int }

func (e *notFound) Error() string { return fmt.Sprint("not found: ", e.id) }

func TestCatch(t *testing.T) {
	missing := func(context.Context) (int, error) { return 0, fmt.Errorf("load: %w", &notFound{7}) }
	broken := func(context.Context) (int, error) { return 0, errBroken }
	fine := func(context.Context) (int, error) { return 1, nil }
	synctest.Test(t, func(t *testing.T) {
		outcomes, err := async.Run(t.Context(), async.Catch[*notFound](missing), async.Catch[*notFound](fine))
		require.NoError(t, err)
		require.EqualError(t, outcomes[0].Err, "load: not found: 7")
		assert.Equal(t, async.Outcome[int]{Value: 1}, outcomes[1])

		_, err = async.Run(t.Context(), async.Catch[*notFound](missing), async.Catch[*notFound](broken))
		require.ErrorIs(t, err, errBroken)

		outcomes, err = async.Run(t.Context(), async.Catch[error](missing), async.Catch[error](broken),
			async.Catch[error](func(context.Context) (int, error) { panic("oh") }))
		require.NoError(t, err)
		assert.Len(t, outcomes, 3)
		require.ErrorIs(t, outcomes[1].Err, errBroken)
		require.ErrorContains(t, outcomes[2].Err, "panic: oh")
	})
}

func TestGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := async.NewGroup(t.Context())
		calls, resolvers := manual[int](2)
		async.Track(group, calls[0])
		async.Track(group, calls[1])
		resolvers[0].Resolve(1)
		task := async.GoIn(group, untilEnd)
		async.GoIn(group, func(context.Context) (string, error) {
			async.GoIn(group, func(context.Context) (int, error) { return 0, io.ErrUnexpectedEOF })
			return "", errBroken
		})
		err := group.Wait()
		require.ErrorIs(t, err, errBroken)
		assert.True(t, calls[1].Cancelled(), "a failure cancels the invocations of the group")
		assert.True(t, task.IsDone())
		require.Error(t, group.Context().Err())
		assert.NotContains(t, err.Error(), "canceled", "what the failure caused is not reported")
	})
}

func TestGroupSeveralFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := async.NewGroup(t.Context())
		async.GoIn(group, func(context.Context) (int, error) { return 0, errBroken })
		async.GoIn(group, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, io.ErrUnexpectedEOF
		})
		err := group.Wait()
		require.ErrorIs(t, err, errBroken)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}

func TestGroupCanceledTaskIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := async.NewGroup(t.Context())
		calls, _ := manual[int](1)
		async.Track(group, calls[0]).Cancel()
		async.GoIn(group, untilEnd).Cancel()
		require.NoError(t, group.Wait())
	})
}

func TestGroupContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		group := async.NewGroup(ctx)
		calls, _ := manual[int](1)
		async.Track(group, calls[0])
		time.AfterFunc(time.Second, cancel)
		require.ErrorIs(t, group.Wait(), ice.ErrCanceled)
		assert.True(t, calls[0].Cancelled())
	})
}
