package ice

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

// calls are bounded by it where they are to end long before.
const leadPatience = time.Minute

// lendable lets connections lend their reading on a machine with one processor, too.
func lendable(t *testing.T) {
	if n := runtime.GOMAXPROCS(0); n == 1 {
		runtime.GOMAXPROCS(2)
		t.Cleanup(func() { runtime.GOMAXPROCS(n) })
	}
}

// untilLent calls until the connection lends its reading to who waits.
func untilLent(t *testing.T, p ObjectPrx, call func()) *Connection {
	t.Helper()
	call()
	c, err := p.IceConnection(t.Context())
	require.NoError(t, err)
	for end := time.Now().Add(leadPatience); !c.lent.Load(); {
		require.True(t, time.Now().Before(end), "the reading was never lent")
		call()
	}
	return c
}

// fallsBack waits until the loop has the reading again.
func fallsBack(t *testing.T, c *Connection) {
	t.Helper()
	require.Eventually(t, func() bool { return !c.lent.Load() }, leadPatience, time.Millisecond)
}

// answering is a server that answers each request as the test says, and tells of each when it has read it.
type answering struct {
	requests chan []byte
	conn     net.Conn
	close    chan struct{}
}

// newAnswering gives a server that answers by itself until silent is closed, and by the test's hand after that.
func newAnswering(t *testing.T) (*answering, ObjectPrx, chan struct{}) {
	lendable(t)
	a := &answering{requests: make(chan []byte, 10000), close: make(chan struct{})}
	silent := make(chan struct{})
	p := scripted(t, func(conn net.Conn) {
		a.conn = conn
		_, _ = conn.Write(controlMessage(wire.ValidateMessage))
		for {
			m := readMessage(conn)
			if len(m) <= wire.HeaderSize {
				<-a.close
				return
			}
			select {
			case <-silent:
				a.requests <- m
			default:
				a.answer(m)
			}
		}
	})
	t.Cleanup(func() { close(a.close) })
	return a, WithInvocationTimeout(p, leadPatience), silent
}

func (a *answering) answer(request []byte) { _, _ = a.conn.Write(replyTo(request)) }

func replyTo(request []byte) []byte {
	b := okReply(0)
	copy(b[wire.HeaderSize:wire.HeaderSize+4], request[wire.HeaderSize:])
	return b
}

// Who calls and waits again and again reads the replies himself; when he stops, the connection's own goroutine reads again.
func TestReadingIsLent(t *testing.T) {
	peer.CheckLeaks(t)
	a, p, silent := newAnswering(t)
	ping := func() { require.NoError(t, p.IcePing(t.Context())) }
	c := untilLent(t, p, ping)
	for range 500 {
		ping()
	}
	fallsBack(t, c)
	beats := make(chan struct{}, 1)
	c.OnHeartbeat(func(*Connection) { beats <- struct{}{} })
	_, err := a.conn.Write(controlMessage(wire.ValidateMessage))
	require.NoError(t, err)
	<-beats
	untilLent(t, p, ping)
	close(silent)
	_, err = a.conn.Write(controlMessage(wire.ValidateMessage))
	require.NoError(t, err)
	<-beats // nobody calls, nobody is kept waiting
}

// A call that ends before its reply comes lets go of the connection, even if a message stops half way.
func TestLeaderEnds(t *testing.T) {
	for _, half := range []bool{false, true} {
		for name, test := range map[string]struct {
			call func(ctx context.Context, p ObjectPrx, sent func()) error
			want error
		}{
			"its context is canceled": {func(ctx context.Context, p ObjectPrx, sent func()) error {
				ctx, cancel := context.WithCancel(ctx)
				go func() { sent(); cancel() }()
				return p.IcePing(ctx)
			}, ErrCanceled},
			"its context's deadline passes": {func(ctx context.Context, p ObjectPrx, _ func()) error {
				ctx, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
				defer cancel()
				return p.IcePing(ctx)
			}, ErrTimeout},
			"its invocation timeout passes": {func(ctx context.Context, p ObjectPrx, _ func()) error {
				return WithInvocationTimeout(p, 30*time.Millisecond).IcePing(ctx)
			}, ErrTimeout},
			"its future is canceled": {func(ctx context.Context, p ObjectPrx, sent func()) error {
				f := p.IcePingAsync(ctx)
				go func() { sent(); f.Cancel() }()
				return f.Err(ctx)
			}, ErrCanceled},
			"who waits gives up": {func(ctx context.Context, p ObjectPrx, sent func()) error {
				f := p.IcePingAsync(ctx)
				defer f.Cancel()
				ctx, cancel := context.WithCancel(ctx)
				go func() { sent(); cancel() }()
				return f.Err(ctx)
			}, ErrCanceled},
		} {
			t.Run(fmt.Sprintf("%s, half a message: %v", name, half), func(t *testing.T) {
				peer.CheckLeaks(t)
				a, p, silent := newAnswering(t)
				p = WithTimeout(p, leadPatience)
				untilLent(t, p, func() { require.NoError(t, p.IcePing(t.Context())) })
				close(silent)
				other := okReply(0) // to nobody
				sent := func() {
					request := <-a.requests
					if half {
						_, _ = a.conn.Write(other[:20])
					}
					a.requests <- request
				}
				if name == "its context's deadline passes" || name == "its invocation timeout passes" {
					go sent()
				}
				require.ErrorIs(t, test.call(t.Context(), p, sent), test.want)

				// The connection goes on where it was.
				f := p.IcePingAsync(t.Context())
				late, next := <-a.requests, <-a.requests
				if half {
					_, _ = a.conn.Write(other[20:])
				}
				a.answer(late)
				a.answer(next)
				require.NoError(t, f.Err(t.Context()))
			})
		}
	}
}

// Others who wait for something else while one reads are not kept waiting, nor after he has left.
func TestOthersBesideALeader(t *testing.T) {
	a, p, silent := newAnswering(t)
	c := untilLent(t, p, func() { require.NoError(t, p.IcePing(t.Context())) })
	close(silent)
	first := make(chan error, 1)
	go func() { first <- p.IcePing(t.Context()) }() // reads, as likely as not
	one := <-a.requests
	second := p.IcePingAsync(t.Context())
	third := make(chan error, 1)
	p.IcePingAsync(t.Context()).OnDone(func(f *Future[Void]) { third <- f.Err(t.Context()) })
	fourth := make(chan error, 1)
	go func() { fourth <- p.IcePing(t.Context()) }()
	requests := [][]byte{<-a.requests, <-a.requests, <-a.requests}
	a.answer(one)
	require.NoError(t, <-first)
	for _, r := range requests {
		a.answer(r)
	}
	require.NoError(t, <-third)
	require.NoError(t, <-fourth)
	<-second.Done()
	fallsBack(t, c)
}

// What was queued for who waits next goes out though nobody waits; also if only its sending is waited for.
func TestQueueOfLentConnection(t *testing.T) {
	a, p, silent := newAnswering(t)
	c := untilLent(t, p, func() { require.NoError(t, p.IcePing(t.Context())) })
	queue := func() (outstanding []*Future[Void]) {
		for range 3 {
			outstanding = append(outstanding, p.IcePingAsync(t.Context()))
		}
		return outstanding
	}
	// lazily calls while the queue is left to who waits.
	lazily := func() []*Future[Void] {
		t.Helper()
		for end := time.Now().Add(leadPatience); ; {
			require.True(t, time.Now().Before(end))
			before := queue()
			require.NoError(t, before[0].Err(t.Context()))
			fs := queue()
			c.mu.Lock()
			ok := c.live > 0 && c.lending.role == roleFree
			c.mu.Unlock()
			if ok {
				return append(before, fs...)
			}
			for _, f := range append(before, fs...) {
				require.NoError(t, f.Err(t.Context()))
			}
		}
	}
	fs := lazily()
	for _, f := range fs {
		_, err := f.Sent(t.Context())
		require.NoError(t, err)
	}
	for _, f := range append(fs, lazily()...) {
		require.Eventually(t, f.IsDone, leadPatience, time.Millisecond)
	}
	close(silent)
	untilSilent := p.IcePingAsync(t.Context()) // it may be answered by the server yet
	select {
	case r := <-a.requests:
		a.answer(r)
	case <-untilSilent.Done():
	}
	for range lazyMax * 3 { // many more than are left to who waits
		fs = append(fs, p.IcePingAsync(t.Context()))
	}
	for range lazyMax * 3 {
		a.answer(<-a.requests)
	}
	for _, f := range fs {
		require.NoError(t, f.Err(t.Context()))
	}
}

// What ends a connection ends a call that reads it.
func TestConnectionOfLeaderEnds(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(a *answering, c *Connection)
		want error
	}{
		"the peer closes":       {func(a *answering, _ *Connection) { _ = a.conn.Close() }, ErrConnectionLost},
		"the peer says rubbish": {func(a *answering, _ *Connection) { _, _ = a.conn.Write(make([]byte, 100)) }, wire.ErrMagic},
		"a message stops":       {func(a *answering, _ *Connection) { _, _ = a.conn.Write(okReply(1)[:20]) }, ErrConnectionLost},
		"it is aborted":         {func(_ *answering, c *Connection) { c.Abort() }, ErrConnectionClosed},
		"it is closed": {func(_ *answering, c *Connection) {
			_ = c.CloseNow(context.Background())
		}, ErrConnectionClosed},
		"its communicator is closed": {func(_ *answering, c *Connection) {
			_ = c.comm.Close()
		}, ErrCommunicatorDestroyed},
	} {
		t.Run(name, func(t *testing.T) {
			peer.CheckLeaks(t)
			a, p, silent := newAnswering(t)
			c := untilLent(t, p, func() { require.NoError(t, p.IcePing(t.Context())) })
			close(silent)
			go func() {
				<-a.requests
				test.end(a, c)
			}()
			require.ErrorIs(t, p.IcePing(t.Context()), test.want)
			<-c.Done()
		})
	}
}

// A callback that panics in the goroutine of who reads leaves the connection usable.
func TestLeaderPanics(t *testing.T) {
	peer.CheckLeaks(t)
	a, p, silent := newAnswering(t)
	c := untilLent(t, p, func() { require.NoError(t, p.IcePing(t.Context())) })
	c.OnHeartbeat(func(*Connection) {
		if c.lent.Load() {
			panic("a bad callback")
		}
	})
	close(silent)
	go func() {
		request := <-a.requests
		_, _ = a.conn.Write(append(controlMessage(wire.ValidateMessage), replyTo(request)...))
	}()
	func() {
		defer func() { _ = recover() }()
		require.NoError(t, p.IcePing(t.Context()))
	}()
	c.OnHeartbeat(nil)
	go func() { a.answer(<-a.requests) }()
	require.NoError(t, p.IcePing(t.Context()))
}

// A call from the peer can be answered by calling it back while the first call, which reads, waits.
func TestLeaderIsCalledBack(t *testing.T) {
	lendable(t)
	peer.CheckLeaks(t)
	w := newWorld(t)
	var back atomic.Pointer[ObjectPrx]
	p := w.add(newGreeter(func(ctx context.Context, name string) (string, error) {
		if q := back.Load(); q != nil && name == "again" {
			return greet(ctx, *q, name)
		}
		return name, nil
	}), "greeter")
	adapter, err := w.client.NewAdapter("", "")
	require.NoError(t, err)
	_, err = adapter.Add(newGreeter(func(ctx context.Context, name string) (string, error) { return greet(ctx, p, name+", you") }), Identity{Name: "back"})
	require.NoError(t, err)
	require.NoError(t, adapter.Activate())
	c := untilLent(t, p, func() { must(greet(t.Context(), p, "me")) })
	c.SetAdapter(adapter)
	list := w.server.connections.list()
	require.Len(t, list, 1)
	q := list[0].Proxy(Identity{Name: "back"})
	back.Store(&q)
	for range 200 {
		got, err := greet(t.Context(), p, "again")
		require.NoError(t, err)
		require.Equal(t, "again, you", got)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// answeredOr checks a call that is given up: the answer may have been faster.
func answeredOr(t *testing.T, givenUp error, want, got string, err error) {
	if err != nil {
		assert.ErrorIs(t, err, givenUp)
		return
	}
	assert.Equal(t, want, got)
}

// All ways to call and to wait at once, with calls that end early: each gets its own answer.
func TestLendingAtRandom(t *testing.T) {
	lendable(t)
	peer.CheckLeaks(t)
	w := newWorld(t)
	p := w.add(newGreeter(func(_ context.Context, name string) (string, error) {
		if len(name) > 7 {
			time.Sleep(time.Duration(len(name)) * 10 * time.Microsecond)
		}
		return name, nil
	}), "greeter")
	end := time.Now().Add(3 * time.Second)
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(g)))
			name := func() string { return fmt.Sprintf("%d-%0*d", g, 1+random.IntN(12), random.IntN(1000)) }
			var window []*Future[string]
			var names []string
			for time.Now().Before(end) {
				ctx := t.Context()
				switch random.IntN(8) {
				case 0:
					ctx, cancel := context.WithTimeout(ctx, time.Duration(random.IntN(300))*time.Microsecond)
					n := name()
					got, err := greet(ctx, p, n)
					answeredOr(t, ErrTimeout, n, got, err)
					cancel()
				case 1:
					n := name()
					done := make(chan struct{})
					greetAsync(ctx, p, n).OnDone(func(f *Future[string]) {
						got, err := f.Result(ctx)
						assert.NoError(t, err)
						assert.Equal(t, n, got)
						close(done)
					})
					<-done
				case 2:
					n := name()
					f := greetAsync(ctx, p, n)
					f.Cancel()
					got, err := f.Result(ctx)
					answeredOr(t, ErrCanceled, n, got, err)
				case 3:
					for range random.IntN(100) {
						n := name()
						window, names = append(window, greetAsync(ctx, p, n)), append(names, n)
					}
				case 4:
					for i, f := range window {
						got, err := f.Result(ctx)
						assert.NoError(t, err)
						assert.Equal(t, names[i], got)
					}
					window, names = nil, nil
				default:
					for range random.IntN(100) {
						n := name()
						got, err := greet(ctx, p, n)
						assert.NoError(t, err)
						assert.Equal(t, n, got)
					}
				}
			}
			for i, f := range window {
				got, err := f.Result(t.Context())
				assert.NoError(t, err)
				assert.Equal(t, names[i], got)
			}
		})
	}
	group.Wait()
}
