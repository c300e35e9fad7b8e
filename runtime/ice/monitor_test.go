package ice

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// acmSide is one end of a connection, its adapter and a proxy for the other end's greeter.
type acmSide struct {
	c       *Connection
	other   ObjectPrx
	beats   atomic.Int32 // heartbeats that came in
	entered chan struct{}
	release chan struct{}
}

// greet waits for release if it is told to.
func (s *acmSide) greet(ctx context.Context, name string) (string, error) {
	if name != "wait" {
		return name, nil
	}
	s.entered <- struct{}{}
	select {
	case <-s.release:
		return name, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// acmPair is a connection whose ends serve each other, and neither of which does anything unasked.
type acmPair struct{ client, server *acmSide }

func newACMPair(t *testing.T) *acmPair {
	t.Helper()
	w := newWorld(t)
	newSide := func() *acmSide {
		return &acmSide{entered: make(chan struct{}, 1), release: make(chan struct{})}
	}
	p := &acmPair{client: newSide(), server: newSide()}
	connected := make(chan *Connection, 1)
	first := func(ctx context.Context, name string) (string, error) {
		if name == "first" {
			connected <- CurrentFrom(ctx).Connection
		}
		return p.server.greet(ctx, name)
	}
	p.client.other = w.add(newGreeter(first), "greeter")
	_, err := greet(t.Context(), p.client.other, "first")
	require.NoError(t, err)
	p.client.c, p.server.c = p.client.other.iceProxy().IceCachedConnection(), <-connected
	a, err := w.client.NewAdapter("", "")
	require.NoError(t, err)
	_, err = a.Add(newGreeter(p.client.greet), Identity{Name: "greeter"})
	require.NoError(t, err)
	p.client.c.SetAdapter(a)
	p.server.other = p.server.c.Proxy(Identity{Name: "greeter"})
	for _, s := range []*acmSide{p.client, p.server} {
		s.c.SetACM(ACM{})
		s.c.OnHeartbeat(func(*Connection) { s.beats.Add(1) })
	}
	return p
}

// sides gives the end of the given name, and the one across.
func (p *acmPair) sides(name string) (*acmSide, *acmSide) {
	if name == "client" {
		return p.client, p.server
	}
	return p.server, p.client
}

// bring has side dispatch, invoke, or neither; what it gives ends that.
func bring(t *testing.T, state string, side, across *acmSide) (end func()) {
	t.Helper()
	from, to := side, across
	switch state {
	case "idle":
		return func() {}
	case "dispatching":
		from, to = across, side
	}
	f := greetAsync(context.Background(), from.other, "wait")
	<-to.entered
	return func() {
		close(to.release)
		_, _ = f.Result(context.Background())
	}
}

const shortACM = 80 * time.Millisecond

// Each mode sends heartbeats when it should, and then only, on both ends.
func TestACMHeartbeats(t *testing.T) {
	peer.CheckLeaks(t)
	control := newACMPair(t) // tells the time: where it has beaten, others would have
	control.client.c.SetACM(ACM{Timeout: shortACM, Heartbeat: HeartbeatAlways})
	beats := map[ACMHeartbeat]map[string]bool{
		HeartbeatOff:        {},
		HeartbeatOnDispatch: {"dispatching": true},
		HeartbeatOnIdle:     {"idle": true, "dispatching": true, "invoking": true}, // as Ice has it: idle is where nothing travels
		HeartbeatAlways:     {"idle": true, "dispatching": true, "invoking": true},
	}
	for mode, want := range beats {
		for _, end := range []string{"client", "server"} {
			for _, state := range []string{"idle", "dispatching", "invoking"} {
				t.Run(fmt.Sprintf("%d/%s/%s", mode, end, state), func(t *testing.T) {
					t.Parallel()
					side, across := newACMPair(t).sides(end)
					defer bring(t, state, side, across)()
					side.c.SetACM(ACM{Timeout: shortACM, Heartbeat: mode})
					watched := &across.beats
					if !want[state] {
						watched = &control.server.beats
					}
					until := watched.Load() + 6
					require.Eventually(t, func() bool { return watched.Load() >= until }, time.Minute, time.Millisecond)
					if !want[state] {
						assert.Zero(t, across.beats.Load())
					}
					assert.NoError(t, side.c.Err())
				})
			}
		}
	}
}

// Each rule closes the connection when it should, and then only, on both ends; a peer that beats keeps it.
func TestACMClose(t *testing.T) {
	peer.CheckLeaks(t)
	control := newACMPair(t)
	control.client.c.SetACM(ACM{Timeout: shortACM, Heartbeat: HeartbeatAlways})
	closes := map[ACMClose]map[string]error{
		CloseOff:                 {},
		CloseOnIdle:              {"idle": ErrConnectionClosed},
		CloseOnInvocation:        {"invoking": ErrConnectionLost},
		CloseOnInvocationAndIdle: {"idle": ErrConnectionClosed, "invoking": ErrConnectionLost},
		CloseOnIdleForceful:      {"idle": ErrConnectionClosed, "dispatching": ErrConnectionClosed, "invoking": ErrConnectionClosed},
	}
	for rule, want := range closes {
		for _, end := range []string{"client", "server"} {
			for _, state := range []string{"idle", "dispatching", "invoking"} {
				for _, beaten := range []bool{false, true} {
					t.Run(fmt.Sprintf("%d/%s/%s/beaten=%v", rule, end, state, beaten), func(t *testing.T) {
						t.Parallel()
						side, across := newACMPair(t).sides(end)
						defer bring(t, state, side, across)()
						expected := want[state]
						if beaten {
							// Much faster than the other's patience, so that a busy machine does not make it late.
							across.c.SetACM(ACM{Timeout: shortACM, Heartbeat: HeartbeatAlways})
							side.c.SetACM(ACM{Timeout: 100 * shortACM, Close: rule})
							expected = nil
						} else {
							side.c.SetACM(ACM{Timeout: shortACM, Close: rule})
						}
						if expected != nil {
							select {
							case <-side.c.Done():
								require.ErrorIs(t, side.c.Err(), expected)
							case <-time.After(time.Minute):
								t.Fatal("it is not closed")
							}
							return
						}
						until := control.server.beats.Load() + 8
						require.Eventually(t, func() bool { return control.server.beats.Load() >= until }, time.Minute, time.Millisecond)
						assert.NoError(t, side.c.Err())
					})
				}
			}
		}
	}
}

// An idle connection that holds batched requests is not closed, and the next call after a close makes a new connection.
func TestACMCloseOnIdle(t *testing.T) {
	peer.CheckLeaks(t)
	p := newACMPair(t)
	side := p.client
	batch := BatchOneway(FixedTo(side.other, side.c))
	require.NoError(t, batch.IcePing(t.Context()))
	control := newACMPair(t)
	control.client.c.SetACM(ACM{Timeout: shortACM, Heartbeat: HeartbeatAlways})
	side.c.SetACM(ACM{Timeout: shortACM, Close: CloseOnIdle})
	require.Eventually(t, func() bool { return control.server.beats.Load() >= 8 }, time.Minute, time.Millisecond)
	require.NoError(t, side.c.Err())
	require.NoError(t, side.c.FlushBatch(t.Context()))
	<-side.c.Done()
	require.ErrorIs(t, side.c.Err(), ErrConnectionClosed)
	got, err := greet(t.Context(), side.other, "again")
	require.NoError(t, err)
	assert.Equal(t, "again", got)
	assert.NotSame(t, side.c, side.other.iceProxy().IceCachedConnection())
}

// A call that begins just as the connection was found idle is waited for, and runs once.
func TestACMCloseMeetsACall(t *testing.T) {
	peer.CheckLeaks(t)
	p := newACMPair(t)
	call := greetAsync(t.Context(), p.client.other, "wait")
	<-p.server.entered
	p.client.c.monitor.closeIdle()
	later, err := greet(t.Context(), p.client.other, "later")
	require.NoError(t, err, "others go to a new connection")
	assert.Equal(t, "later", later)
	close(p.server.release)
	require.NoError(t, call.Err(t.Context()))
	<-p.client.c.Done()
	assert.Empty(t, p.server.entered, "it ran twice")
}
