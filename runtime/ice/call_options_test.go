package ice

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"github.com/slice2go/slice2go/interop/peer"
)

type testKey struct{}

// wrappings are what programs make of a context before they call with it.
func wrappings(t *testing.T) map[string]func(context.Context) context.Context {
	cancelled := func(ctx context.Context, cancel context.CancelFunc) context.Context {
		t.Cleanup(cancel)
		return ctx
	}
	return map[string]func(context.Context) context.Context{
		"nothing":  func(ctx context.Context) context.Context { return ctx },
		"value":    func(ctx context.Context) context.Context { return context.WithValue(ctx, testKey{}, 1) },
		"cancel":   func(ctx context.Context) context.Context { return cancelled(context.WithCancel(ctx)) },
		"timeout":  func(ctx context.Context) context.Context { return cancelled(context.WithTimeout(ctx, time.Hour)) },
		"no end":   context.WithoutCancel,
		"errgroup": func(ctx context.Context) context.Context { _, ctx = errgroup.WithContext(ctx); return ctx },
		"trace": func(ctx context.Context) context.Context {
			return trace.ContextWithSpan(ctx, trace.SpanFromContext(ctx))
		},
		"context": func(ctx context.Context) context.Context { return ContextWith(ctx, map[string]string{"a": "b"}) },
	}
}

// Options of a call hold for all contexts that are made of the one that has them.
func TestCallOptionsSurviveWrapping(t *testing.T) {
	for outer, wrap := range wrappings(t) {
		for inner, wrapInside := range wrappings(t) {
			_, o, _ := optionsOf(wrap(wrapInside(Lend(t.Context()))))
			assert.True(t, o.lent, outer+inner)
			assert.False(t, o.awaited, outer+inner)
			_, o, _ = optionsOf(wrap(Lend(wrapInside(Awaited(t.Context())))))
			assert.True(t, o.lent, outer+inner)
			assert.True(t, o.awaited, outer+inner)
			plain, o, watched := optionsOf(wrap(wrapInside(t.Context())))
			assert.False(t, o.lent || o.awaited)
			assert.True(t, watched)
			assert.NotNil(t, plain)
		}
		// What gets the context of a call, an interceptor, does not get its options: it has parameters of its own.
		plain, _, _ := optionsOf(wrap(Awaited(context.WithValue(t.Context(), testKey{}, 2))))
		_, o, _ := optionsOf(context.WithValue(plain, testKey{}, 3))
		assert.False(t, o.lent || o.awaited, outer)
		assert.NotNil(t, plain.Value(testKey{}), outer)
	}
	_, _, watched := optionsOf(Awaited(t.Context()))
	assert.False(t, watched, "Await watches it")
}

// A long sequence is sent from where it is, whatever the marked context has been wrapped in, and a deadline that was put around the mark holds.
func TestLentParametersWithWrappedContexts(t *testing.T) {
	peer.CheckLeaks(t)
	for name, wrap := range wrappings(t) {
		t.Run(name, func(t *testing.T) {
			s, p := newSlowTaker(t)
			data := bytes.Repeat([]byte{'a'}, 32<<20)
			f := putAsync(wrap(Lend(t.Context())), p, data)
			assert.True(t, f.lends)
			waited := putAsync(wrap(Awaited(t.Context())), p, data)
			assert.True(t, waited.lends)
			f.Cancel()
			waited.Cancel()
			require.Error(t, f.Err(t.Context()))
			require.Error(t, waited.Err(t.Context()))
			for i := range data { // the race detector looks on
				data[i] = 'b'
			}
			close(s.take)
		})
	}
	s, p := newSlowTaker(t)
	ctx, cancel := context.WithTimeout(Awaited(t.Context()), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, AwaitVoid(t.Context(), putAsync(ctx, p, make([]byte, 32<<20))), ErrTimeout)
	close(s.take)
}
