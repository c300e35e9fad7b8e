package ice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

// safeBuffer is a log that many goroutines write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// world is a server's communicator with an adapter, and a client's.
type world struct {
	t              *testing.T
	server, client *Communicator
	adapter        *Adapter
	log            *safeBuffer
}

// newWorld makes a server whose adapter "A" listens and is active. Properties are the server's.
func newWorld(t *testing.T, properties ...string) *world {
	t.Helper()
	w := &world{t: t, log: &safeBuffer{}}
	options := []Option{WithLogger(slog.New(slog.NewTextHandler(w.log, nil)))}
	for i := 0; i < len(properties); i += 2 {
		options = append(options, WithProperty(properties[i], properties[i+1]))
	}
	var err error
	w.server, err = NewCommunicator(options...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, w.server.Close()) })
	w.client, err = NewCommunicator()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, w.client.Close()) })
	w.adapter, err = w.server.NewAdapter("A", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, w.adapter.Activate())
	return w
}

// proxy is the client's proxy for an object of the server.
func (w *world) proxy(id string) ObjectPrx {
	w.t.Helper()
	p, err := w.adapter.Proxy(Identity{Name: id})
	require.NoError(w.t, err)
	return w.ours(p)
}

// ours makes a proxy of the client's communicator of one of the server's.
func (w *world) ours(p ObjectPrx) ObjectPrx {
	w.t.Helper()
	q, err := w.client.StringToProxy(p.String())
	require.NoError(w.t, err)
	return q
}

func (w *world) add(s Servant, id string) ObjectPrx {
	w.t.Helper()
	p, err := w.adapter.Add(s, Identity{Name: id})
	require.NoError(w.t, err)
	return w.ours(p)
}

// greeterError is a Slice exception as generated code has it.
type greeterError struct{ Reason string }

func (e *greeterError) Error() string      { return wire.Describe(e) }
func (*greeterError) IceTypeID() string    { return "::Test::GreeterError" }
func (*greeterError) IceUsesClasses() bool { return false }
func (e *greeterError) IceWrite(w *wire.Encoder) {
	w.StartSlice("::Test::GreeterError", -1, true)
	w.String(e.Reason)
	w.EndSlice()
}
func (e *greeterError) IceRead(d *wire.Decoder) {
	d.StartSlice()
	e.Reason = d.String()
	d.EndSlice()
}

func init() {
	wire.RegisterException("::Test::GreeterError", func() wire.UserException { return new(greeterError) })
}

// greeter is an implementation as users write it, of two interfaces of which one extends the other.
type greeter interface {
	Greet(ctx context.Context, name string) (string, error)
}

type greeterFunc func(ctx context.Context, name string) (string, error)

func (f greeterFunc) Greet(ctx context.Context, name string) (string, error) { return f(ctx, name) }

var methodsBase = Methods{
	{Name: "base", Mode: Idempotent, Call: func(_ context.Context, _ any, d *wire.Decoder, e *wire.Encoder) error {
		if err := d.End(); err != nil {
			return err
		}
		e.Int(42)
		return nil
	}},
}

var methodsGreeter = Methods{
	{Name: "greet", Call: func(ctx context.Context, impl any, d *wire.Decoder, e *wire.Encoder) error {
		name := d.String()
		if err := d.End(); err != nil {
			return err
		}
		greeting, err := impl.(greeter).Greet(ctx, name)
		if err != nil {
			return err
		}
		e.String(greeting)
		return nil
	}},
}

func newGreeter(f greeterFunc) Servant {
	base := NewServant(f, []string{"::Ice::Object", "::Test::Base"}, methodsBase)
	return NewServant(f, []string{"::Ice::Object", "::Test::Base", "::Test::Greeter"}, methodsGreeter, base)
}

func hello(_ context.Context, name string) (string, error) { return "hello " + name, nil }

var (
	opGreet = Op[string]{Name: "greet", Returns: true, Read: (*wire.Decoder).String, Throws: []string{"::Test::GreeterError"}}
	opBase  = Op[int32]{Name: "base", Mode: Idempotent, Returns: true, Read: (*wire.Decoder).Int}
)

func greetAsync(ctx context.Context, p ObjectPrx, name string) *Future[string] {
	return Call(ctx, p, &opGreet, func(e *wire.Encoder) { e.String(name) })
}

func greet(ctx context.Context, p ObjectPrx, name string) (string, error) {
	return Await(ctx, greetAsync(Awaited(ctx), p, name))
}

func TestDispatch(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	ctx := t.Context()
	p := w.add(newGreeter(hello), "greeter")
	got, err := greet(ctx, p, "you")
	require.NoError(t, err)
	assert.Equal(t, "hello you", got)
	n, err := Await(ctx, Call(Awaited(ctx), p, &opBase, nil))
	require.NoError(t, err)
	assert.Equal(t, int32(42), n, "an operation of a base")

	require.NoError(t, p.IcePing(ctx))
	id, err := p.IceID(ctx)
	require.NoError(t, err)
	assert.Equal(t, "::Test::Greeter", id)
	ids, err := p.IceIDs(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"::Ice::Object", "::Test::Base", "::Test::Greeter"}, ids)
	for id, want := range map[string]bool{"::Test::Base": true, "::Ice::Object": true, "::Test::Other": false} {
		is, err := p.IceIsA(ctx, id)
		require.NoError(t, err)
		assert.Equal(t, want, is, id)
	}
}

// Every way in which a dispatch can fail reaches the caller as the manual has it, and the connection lives on.
func TestDispatchFailures(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	ctx := t.Context()
	outcomes := map[string]error{
		"user":     &greeterError{Reason: "no mood"},
		"wrapped":  fmt.Errorf("while greeting: %w", &greeterError{Reason: "no mood"}),
		"error":    errors.New("broken"),
		"object":   &RequestFailedError{Kind: ErrObjectNotExist},
		"facet":    &RequestFailedError{Kind: ErrFacetNotExist, ID: Identity{Name: "x"}, Facet: "f", Operation: "op"},
		"op":       &RequestFailedError{Kind: ErrOperationNotExist},
		"local":    &MarshalError{Offset: -1, Reason: "bad bytes"},
		"passedon": &UnknownError{Kind: ErrUnknownUser, Reason: "::Far::Away"},
	}
	p := w.add(newGreeter(func(_ context.Context, name string) (string, error) {
		if name == "panic" {
			panic("fell over")
		}
		return "", outcomes[name]
	}), "greeter")
	tests := []struct {
		name string
		is   error
		text string
	}{
		{"error", ErrUnknown, "broken"},
		{"object", ErrObjectNotExist, "greeter, operation greet"},
		{"facet", ErrFacetNotExist, "x -f f, operation op"},
		{"op", ErrOperationNotExist, "greeter, operation greet"},
		{"local", ErrUnknownLocal, "bad bytes"},
		{"passedon", ErrUnknownUser, "::Far::Away"},
		{"panic", ErrUnknown, "panic: fell over"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := greet(ctx, p, tt.name)
			require.ErrorIs(t, err, tt.is)
			assert.ErrorContains(t, err, tt.text)
		})
	}
	for _, name := range []string{"user", "wrapped"} {
		_, err := greet(ctx, p, name)
		var e *greeterError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "no mood", e.Reason)
	}
	require.ErrorIs(t, w.proxy("nobody").IcePing(ctx), ErrObjectNotExist)
	require.ErrorIs(t, WithFacet(p, "nothing").IcePing(ctx), ErrFacetNotExist)
	_, _, err := p.IceInvoke(ctx, "unheard", Normal, nil)
	require.ErrorIs(t, err, ErrOperationNotExist)
	_, _, err = p.IceInvoke(ctx, "greet", Normal, nil)
	require.ErrorIs(t, err, ErrUnknownLocal, "parameters are missing")
	_, _, err = p.IceInvoke(ctx, "greet", Normal, []byte{9, 0, 0, 0, 1, 1, 1, 'x', 'y'})
	require.ErrorIs(t, err, ErrUnknownLocal, "parameters are too many")
	_, _, err = p.IceInvoke(ctx, "greet", Normal, []byte{8, 0, 0, 0, 1, 7, 1, 'x'})
	require.ErrorIs(t, err, ErrUnknownLocal, "parameters are in encoding 1.7")
	_, _, err = p.IceInvoke(ctx, "greet", Idempotent, []byte{8, 0, 0, 0, 1, 1, 1, 'x'})
	require.ErrorIs(t, err, ErrUnknownLocal, "a caller that would repeat what must not be repeated")
	assert.ErrorContains(t, err, "operation mode is Normal here and Idempotent in the request")
	for mode, fine := range map[OperationMode]bool{Nonmutating: true, Idempotent: true, Normal: false} {
		_, _, err = p.IceInvoke(ctx, "base", mode, nil)
		assert.Equal(t, fine, err == nil, mode)
	}

	log := w.log.String()
	assert.Contains(t, log, "a dispatch failed")
	assert.Contains(t, log, "level=ERROR")
	assert.Contains(t, log, "adapter_test.go", "the log has the stack of a panic")
	assert.NotContains(t, log, "no mood", "exceptions that are declared are no news")
	assert.NotContains(t, log, "does not exist")
	conn, err := p.IceConnection(ctx)
	require.NoError(t, err)
	require.NoError(t, conn.Err())
}

func TestWarnDispatch(t *testing.T) {
	peer.CheckLeaks(t)
	for level, want := range map[string][]bool{"0": {false, false}, "1": {true, false}, "2": {true, true}} {
		w := newWorld(t, "Ice.Warn.Dispatch", level)
		p := w.add(newGreeter(func(context.Context, string) (string, error) { return "", errors.New("broken") }), "greeter")
		_, err := greet(t.Context(), p, "")
		require.Error(t, err)
		require.Error(t, w.proxy("nobody").IcePing(t.Context()))
		assert.Equal(t, want[0], strings.Contains(w.log.String(), "broken"))
		assert.Equal(t, want[1], strings.Contains(w.log.String(), "nobody"))
	}
}

func TestCurrent(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	currents := make(chan Current, 10)
	p := w.add(newGreeter(func(ctx context.Context, _ string) (string, error) {
		currents <- *CurrentFrom(ctx)
		return "", nil
	}), "greeter")
	_, err := greet(ContextWith(t.Context(), map[string]string{"a": "b"}), p, "")
	require.NoError(t, err)
	c := <-currents
	assert.Same(t, w.adapter, c.Adapter)
	assert.Equal(t, Identity{Name: "greeter"}, c.ID)
	assert.Equal(t, "greet", c.Operation)
	assert.Equal(t, Normal, c.Mode)
	assert.Equal(t, map[string]string{"a": "b"}, c.Context)
	assert.Equal(t, Encoding11, c.Encoding)
	assert.False(t, c.Oneway())
	assert.Equal(t, "tcp", c.Connection.Info().Protocol)
	_, err = greet(t.Context(), WithEncoding(p, Encoding10), "")
	require.NoError(t, err)
	assert.Equal(t, Encoding10, (<-currents).Encoding)
	assert.Nil(t, CurrentFrom(t.Context()))
}

func TestServantsOfAnAdapter(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	ctx := t.Context()
	named := func(text string) Servant {
		return newGreeter(func(ctx context.Context, _ string) (string, error) {
			return text + " " + CurrentFrom(ctx).ID.Name, nil
		})
	}
	a := w.adapter
	w.add(named("registered"), "one")
	_, err := a.AddFacet(named("facet"), Identity{Name: "one"}, "f")
	require.NoError(t, err)
	require.NoError(t, a.AddDefault(named("default"), "cat"))
	require.NoError(t, a.AddDefault(named("fallback"), ""))
	located := &locator{servant: named("located")}
	require.NoError(t, a.AddLocator(located, "loc"))

	ask := func(name, category, facet string) (string, error) {
		p, err := w.client.StringToProxy(fmt.Sprintf("%s/%s:%s", category, name, strings.SplitN(w.proxy("x").String(), ":", 2)[1]))
		require.NoError(t, err)
		return greet(ctx, WithFacet(p, facet), "")
	}
	for _, tt := range []struct{ name, category, facet, want string }{
		{"one", "", "", "registered one"}, {"one", "", "f", "facet one"}, {"two", "cat", "", "default two"}, {"two", "cat", "any", "default two"},
		{"three", "", "", "fallback three"}, {"four", "loc", "", "fallback four"},
	} {
		got, err := ask(tt.name, tt.category, tt.facet)
		require.NoError(t, err)
		assert.Equal(t, tt.want, got)
	}
	assert.NotNil(t, a.RemoveDefault(""))
	got, err := ask("four", "loc", "")
	require.NoError(t, err)
	assert.Equal(t, "located four", got)
	assert.Equal(t, int32(1), located.finished.Load())
	_, err = ask("missing", "loc", "")
	require.ErrorIs(t, err, ErrObjectNotExist)
	_, err = ask("failing", "loc", "")
	var user *greeterError
	require.ErrorAs(t, err, &user, "what a locator fails with is what the caller gets")
	_, err = ask("finished", "loc", "")
	require.ErrorAs(t, err, &user)
	assert.Equal(t, "finished", user.Reason)

	var already *AlreadyRegisteredError
	_, err = a.Add(named(""), Identity{Name: "one"})
	require.ErrorAs(t, err, &already)
	assert.ErrorContains(t, err, "already an object one")
	_, err = a.AddFacet(named(""), Identity{Name: "one"}, "f")
	assert.ErrorContains(t, err, "with facet f")
	require.ErrorAs(t, a.AddDefault(named(""), "cat"), &already)
	require.ErrorAs(t, a.AddLocator(located, "loc"), &already)
	_, err = a.Add(nil, Identity{Name: "nil"})
	assert.ErrorContains(t, err, "the servant is nil")
	_, err = a.Add(named(""), Identity{Category: "c"})
	assert.ErrorContains(t, err, "has no name")

	p, err := a.AddWithUUID(named("uuid"))
	require.NoError(t, err)
	assert.Len(t, p.IceIdentity().Name, 36)
	assert.NotNil(t, a.FindByProxy(p))
	assert.Nil(t, a.FindByProxy(nil))
	assert.Len(t, a.FindAllFacets(Identity{Name: "one"}), 2)
	assert.NotNil(t, a.FindFacet(Identity{Name: "one"}, "f"))
	assert.NotNil(t, a.FindDefault("cat"))
	assert.Same(t, located, a.FindLocator("loc"))
	assert.NotNil(t, a.RemoveFacet(Identity{Name: "one"}, "f"))
	_, err = ask("one", "", "f")
	require.ErrorIs(t, err, ErrFacetNotExist)
	assert.NotNil(t, a.Remove(Identity{Name: "one"}))
	assert.Nil(t, a.Find(Identity{Name: "one"}))
	_, err = ask("one", "", "")
	require.ErrorIs(t, err, ErrObjectNotExist)
	assert.Len(t, a.RemoveAllFacets(p.IceIdentity()), 1)

	require.NoError(t, a.Destroy(ctx))
	assert.Equal(t, []string{"loc"}, located.deactivated)
	_, err = a.Add(named(""), Identity{Name: "late"})
	require.ErrorIs(t, err, ErrAdapterDeactivated)
	require.ErrorIs(t, a.AddDefault(named(""), "late"), ErrAdapterDeactivated)
	require.ErrorIs(t, a.AddLocator(located, "late"), ErrAdapterDeactivated)
	require.ErrorIs(t, a.Activate(), ErrAdapterDeactivated)
	require.ErrorIs(t, a.Hold(), ErrAdapterDeactivated)
}

type locator struct {
	servant     Servant
	finished    atomic.Int32
	deactivated []string
}

func (l *locator) Locate(_ context.Context, c *Current) (Servant, any, error) {
	switch c.ID.Name {
	case "missing":
		return nil, nil, nil
	case "failing":
		return nil, nil, &greeterError{Reason: "locate"}
	}
	return l.servant, c.ID.Name, nil
}

func (l *locator) Finished(_ context.Context, _ *Current, s Servant, cookie any) error {
	l.finished.Add(1)
	if cookie == "finished" {
		return &greeterError{Reason: "finished"}
	}
	return nil
}

func (l *locator) Deactivate(category string) { l.deactivated = append(l.deactivated, category) }

func TestBlobject(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	ctx := t.Context()
	p := w.add(NewBlobject(BlobjectFunc(func(ctx context.Context, params []byte) (bool, []byte, error) {
		switch CurrentFrom(ctx).Operation {
		case "echo":
			return true, params, nil
		case "throw":
			return false, params, nil
		case "nothing":
			return true, nil, nil
		case "rubbish":
			return true, []byte{1, 2, 3}, nil
		case "trailing":
			return true, []byte{6, 0, 0, 0, 1, 1, 0}, nil
		}
		return false, nil, &RequestFailedError{Kind: ErrOperationNotExist}
	})), "blob")
	params := []byte{8, 0, 0, 0, 9, 7, 1, 2} // of an encoding that nobody knows
	for operation, wantOK := range map[string]bool{"echo": true, "throw": false} {
		ok, results, err := p.IceInvoke(ctx, operation, Normal, params)
		require.NoError(t, err)
		assert.Equal(t, wantOK, ok)
		assert.Equal(t, params, results)
	}
	ok, results, err := p.IceInvoke(ctx, "nothing", Normal, nil)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, []byte{6, 0, 0, 0, 1, 1}, results)
	for _, operation := range []string{"rubbish", "trailing"} {
		_, _, err = p.IceInvoke(ctx, operation, Normal, nil)
		require.ErrorIs(t, err, ErrUnknown)
		assert.ErrorContains(t, err, "not one encapsulation")
	}
	_, _, err = p.IceInvoke(ctx, "other", Normal, nil)
	require.ErrorIs(t, err, ErrOperationNotExist)
	require.ErrorIs(t, p.IcePing(ctx), ErrOperationNotExist, "a blobject gets everything")
}

func TestDispatchInterceptors(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	var mu sync.Mutex
	var order []string
	note := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, s)
	}
	around := func(name string) DispatchInterceptor {
		return func(ctx context.Context, r *IncomingRequest, next DispatchFunc) error {
			note(name + " before " + r.Current().Operation)
			err := next(context.WithValue(ctx, keyOf(name), name), r)
			note(name + " after")
			return err
		}
	}
	w.adapter.Use(around("1"), around("2"))
	p := w.add(Intercept(newGreeter(func(ctx context.Context, name string) (string, error) {
		assert.Equal(t, "1", ctx.Value(keyOf("1")))
		assert.NotNil(t, CurrentFrom(ctx))
		return hello(ctx, name)
	}), around("3")), "greeter")
	_, err := greet(t.Context(), p, "")
	require.NoError(t, err)
	assert.Equal(t, []string{"1 before greet", "2 before greet", "3 before greet", "3 after", "2 after", "1 after"}, order)

	// An interceptor may refuse, and may try again.
	attempts := 0
	q := w.add(Intercept(newGreeter(func(context.Context, string) (string, error) {
		if attempts++; attempts == 1 {
			return "", errors.New("not yet")
		}
		return "second", nil
	}), func(ctx context.Context, r *IncomingRequest, next DispatchFunc) error {
		if r.Current().Context["refuse"] != "" {
			return &greeterError{Reason: "refused"}
		}
		if err := next(ctx, r); err != nil {
			return next(ctx, r)
		}
		return nil
	}), "patient")
	got, err := greet(t.Context(), q, "")
	require.NoError(t, err)
	assert.Equal(t, "second", got)
	_, err = greet(ContextWith(t.Context(), map[string]string{"refuse": "1"}), q, "")
	var user *greeterError
	require.ErrorAs(t, err, &user)
	ids, err := q.IceIDs(t.Context())
	require.NoError(t, err)
	assert.Len(t, ids, 3)
}

type keyOf string

// gate is a servant that shows who is in and lets them out when told.
type gate struct {
	entered chan string
	leave   chan struct{}
	running atomic.Int32
	most    atomic.Int32
}

func newGate() *gate { return &gate{entered: make(chan string, 1000), leave: make(chan struct{})} }

func (g *gate) Greet(_ context.Context, name string) (string, error) {
	n := g.running.Add(1)
	for m := g.most.Load(); n > m && !g.most.CompareAndSwap(m, n); m = g.most.Load() {
	}
	g.entered <- name
	<-g.leave
	g.running.Add(-1)
	return name, nil
}

func TestDispatchLimit(t *testing.T) {
	peer.CheckLeaks(t)
	for _, limit := range []int{1, 3, 0} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			w := newWorld(t, "A.Connection.MaxDispatches", fmt.Sprint(limit))
			g := newGate()
			p := w.add(newGreeter(g.Greet), "gate")
			const calls = 20
			var futures []*Future[string]
			for i := range calls {
				futures = append(futures, greetAsync(t.Context(), p, fmt.Sprint(i)))
			}
			concurrent := limit
			if limit == 0 {
				concurrent = calls
			}
			for range concurrent {
				<-g.entered
			}
			close(g.leave)
			for i, f := range futures {
				got, err := f.Result(t.Context())
				require.NoError(t, err)
				assert.Equal(t, fmt.Sprint(i), got)
			}
			assert.Equal(t, int32(concurrent), g.most.Load())
		})
	}
}

// With a limit of one, requests of a connection run in the order in which they were sent, those in a batch and those
// that nobody waits for as well.
func TestDispatchOrder(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t, "Ice.Connection.Server.MaxDispatches", "1")
	names := make(chan string, 1000)
	p := w.add(newGreeter(func(_ context.Context, name string) (string, error) {
		names <- name
		return "", nil
	}), "greeter")
	op := Op[Void]{Name: "greet"}
	say := func(p ObjectPrx, name string) {
		require.NoError(t, Call(t.Context(), p, &op, func(e *wire.Encoder) { e.String(name) }).Err(t.Context()))
	}
	batch := BatchOneway(p)
	for i := range 300 {
		if i < 200 {
			say(Oneway(p), fmt.Sprint(i))
		} else {
			say(batch, fmt.Sprint(i))
		}
	}
	require.NoError(t, batch.IceFlushBatch(t.Context()))
	require.NoError(t, p.IcePing(t.Context()))
	for i := range 300 {
		require.Equal(t, fmt.Sprint(i), <-names)
	}
}

func TestSlowDispatchHoldsUpNoOther(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	g := newGate()
	slow := w.add(newGreeter(g.Greet), "gate")
	quick := w.add(newGreeter(hello), "greeter")
	f := greetAsync(t.Context(), slow, "slow")
	<-g.entered
	for range 100 {
		_, err := greet(t.Context(), quick, "")
		require.NoError(t, err)
	}
	assert.False(t, f.IsDone())
	close(g.leave)
	_, err := f.Result(t.Context())
	require.NoError(t, err)
}

func TestHold(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	p := w.add(newGreeter(hello), "greeter")
	_, err := greet(t.Context(), p, "")
	require.NoError(t, err)
	require.NoError(t, w.adapter.Hold())
	f := greetAsync(t.Context(), p, "later")
	other := greetAsync(t.Context(), WithConnectionID(p, "another"), "later")
	require.NoError(t, w.adapter.WaitForHold(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, f.Err(ctx), context.DeadlineExceeded, "a held adapter lets requests wait")
	require.NoError(t, w.adapter.Activate())
	for _, f := range []*Future[string]{f, other} {
		got, err := f.Result(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "hello later", got)
	}
}

func TestDeactivateLetsRequestsEnd(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	g := newGate()
	p := w.add(newGreeter(g.Greet), "gate")
	f := greetAsync(t.Context(), p, "running")
	<-g.entered
	w.adapter.Deactivate()
	assert.True(t, w.adapter.IsDeactivated())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, w.adapter.Destroy(ctx), context.DeadlineExceeded)
	close(g.leave)
	require.NoError(t, w.adapter.Destroy(t.Context()))
	got, err := f.Result(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "running", got)
	require.ErrorIs(t, p.IcePing(t.Context()), ErrConnectionRefused)
	w.adapter.Deactivate()
	_, err = w.server.NewAdapter("A", "tcp -h 127.0.0.1")
	require.NoError(t, err, "the name is free again")
}

func TestDispatchContextEndsWithTheConnection(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	entered, ended := make(chan struct{}), make(chan error, 1)
	p := w.add(newGreeter(func(ctx context.Context, _ string) (string, error) {
		close(entered)
		<-ctx.Done()
		ended <- ctx.Err()
		return "", nil
	}), "greeter")
	f := greetAsync(t.Context(), p, "")
	<-entered
	conn, err := p.IceConnection(t.Context())
	require.NoError(t, err)
	conn.Abort()
	require.Error(t, f.Err(t.Context()))
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestMaxConnections(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t, "A.MaxConnections", "2")
	p := w.add(newGreeter(hello), "greeter")
	for _, id := range []string{"a", "b"} {
		require.NoError(t, WithConnectionID(p, id).IcePing(t.Context()))
	}
	err := WithConnectionID(p, "c").IcePing(t.Context())
	require.ErrorIs(t, err, ErrConnectionLost)
	assert.Contains(t, w.log.String(), "as many as it may")
	conn, err := WithConnectionID(p, "a").IceConnection(t.Context())
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	require.Eventually(t, func() bool { return WithConnectionID(p, "c").IcePing(t.Context()) == nil }, 20*time.Second, 10*time.Millisecond)
}

// Objects of a client are called over its own connection, without endpoints of the client.
func TestBidirectional(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	p := w.add(newGreeter(func(ctx context.Context, name string) (string, error) {
		back := CurrentFrom(ctx).Connection.Proxy(Identity{Name: "back"})
		got, err := greet(ctx, back, name)
		return "via " + got, err
	}), "greeter")
	_, err := greet(t.Context(), p, "x")
	require.ErrorIs(t, err, ErrObjectNotExist, "the client has no adapter")
	adapter, err := w.client.NewAdapter("", "")
	require.NoError(t, err)
	_, err = adapter.Add(newGreeter(hello), Identity{Name: "back"})
	require.NoError(t, err)
	conn, err := p.IceConnection(t.Context())
	require.NoError(t, err)
	conn.SetAdapter(adapter)
	var futures []*Future[string]
	for range 500 {
		futures = append(futures, greetAsync(t.Context(), p, "you"))
	}
	for _, f := range futures {
		got, err := f.Result(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "via hello you", got)
	}
	require.NoError(t, adapter.Destroy(t.Context()))
	_, err = greet(t.Context(), p, "x")
	require.ErrorIs(t, err, ErrObjectNotExist)
}

// A servant gets the reply to a call over the connection that it was called on, however much has queued up there before it.
func TestNestedCallBehindAFullQueue(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t, "Ice.Connection.Server.MaxDispatches", "1")
	p := w.add(newGreeter(func(ctx context.Context, name string) (string, error) {
		conn := CurrentFrom(ctx).Connection
		for name == "first" && !conn.incoming.full.Load() {
			select {
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		return greet(ctx, conn.Proxy(Identity{Name: "back"}), name[:5])
	}), "greeter")
	adapter, err := w.client.NewAdapter("", "")
	require.NoError(t, err)
	_, err = adapter.Add(newGreeter(hello), Identity{Name: "back"})
	require.NoError(t, err)
	conn, err := p.IceConnection(t.Context())
	require.NoError(t, err)
	conn.SetAdapter(adapter)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	futures := []*Future[string]{greetAsync(ctx, p, "first")}
	for range 20 {
		futures = append(futures, greetAsync(ctx, p, strings.Repeat("x", 900<<10)))
	}
	for i, f := range futures {
		got, err := f.Result(ctx)
		require.NoError(t, err, "call %d", i)
		assert.Equal(t, "hello "+map[bool]string{true: "first", false: "xxxxx"}[i == 0], got)
	}
}

func TestAdapterErrors(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	_, err := w.server.NewAdapter("A", "")
	assert.ErrorContains(t, err, "already")
	for endpoints, want := range map[string]string{
		"tcp -h 127.0.0.1 -p 99999": "99999",
		"what -h x":                 "what",
		"ssl -h 127.0.0.1":          "IceSSL.CertFile",
		"tcp -h 192.0.2.77":         "192.0.2.77",
		"udp -h 127.0.0.1":          "udp",
	} {
		_, err := w.server.NewAdapter("B", endpoints)
		assert.ErrorContains(t, err, want)
	}
	require.NoError(t, w.server.Close())
	_, err = w.server.NewAdapter("C", "")
	require.ErrorIs(t, err, ErrCommunicatorDestroyed)
}

// Bytes that are no requests end the connection, and nothing else.
func TestBadRequests(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t, "Ice.MessageSizeMax", "1")
	p := w.add(newGreeter(hello), "greeter")
	header := func(kind byte, body string) string {
		size := 14 + len(body)
		return "IceP\x01\x00\x01\x00" + string([]byte{kind, 0, byte(size), byte(size >> 8), 0, 0}) + body
	}
	for name, bytes := range map[string]string{
		"nothing in a request": header(0, ""),
		"half a request":       header(0, "\x01\x00\x00\x00\x07greeter"),
		"no parameters":        header(0, "\x01\x00\x00\x00\x07greeter\x00\x00\x05greet\x00\x00"),
		"bytes too many":       header(0, "\x01\x00\x00\x00\x07greeter\x00\x00\x05greet\x00\x00\x08\x00\x00\x00\x01\x01\x01xyz"),
		"unknown mode":         header(0, "\x01\x00\x00\x00\x07greeter\x00\x00\x05greet\x09\x00\x08\x00\x00\x00\x01\x01\x01x"),
		"two facets":           header(0, "\x01\x00\x00\x00\x07greeter\x00\x02\x01a\x01b\x05greet\x00\x00\x08\x00\x00\x00\x01\x01\x01x"),
		"huge batch":           header(1, "\xff\xff\xff\x7f"),
		"negative batch":       header(1, "\xff\xff\xff\xff"),
		"wrong magic":          "GET / HTTP/1.1\r\n\r\n",
		"unknown type":         header(9, ""),
		"too large":            "IceP\x01\x00\x01\x00\x00\x00\xff\xff\xff\x7f",
		"compressed rubbish":   "IceP\x01\x00\x01\x00\x00\x02\x20\x00\x00\x00\x40\x00\x00\x00rubbishrubbish",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", addressOf(t, p))
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
			_, err = io.WriteString(conn, bytes)
			require.NoError(t, err)
			answer, err := io.ReadAll(conn)
			if err == nil {
				assert.Len(t, answer, 14, "the greeting and nothing more")
			}
			require.NoError(t, p.IcePing(t.Context()))
		})
	}
}

func addressOf(t *testing.T, p ObjectPrx) string {
	conn, err := p.IceConnection(t.Context())
	require.NoError(t, err)
	return conn.Info().RemoteAddr.String()
}
