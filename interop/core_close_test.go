package interop_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	closeTimeout = 500 * time.Millisecond
	// closePatience is far more than the close timeout, and less than the 10 seconds that hold where none is set.
	closePatience = 9 * time.Second
)

// frozen is a server that has stopped to run, with a client that has a connection to it.
type frozen struct {
	comm       *ice.Communicator
	peer       corePrx
	connection *ice.Connection
}

// onFrozenServers runs a test against a server in C++ and one in Python that hang: nothing is answered, and the socket stays open.
func onFrozenServers(t *testing.T, endpoint string, properties map[string]string, test func(t *testing.T, f frozen)) {
	onCoreServers(t, []string{"--Ice.Warn.Connections=0"}, func(t *testing.T, server *peer.Process) {
		test(t, freeze(t, server, endpoint, properties))
	})
}

func freeze(t *testing.T, server *peer.Process, endpoint string, properties map[string]string) frozen {
	t.Helper()
	var options []ice.Option
	for name, value := range properties {
		options = append(options, ice.WithProperty(name, value))
	}
	f := frozen{comm: newCommunicator(t, options...)}
	f.peer = coreProxy(t, f.comm, "peer:tcp -h 127.0.0.1 -p %s %s", server.Value("tcp"), endpoint)
	var err error
	f.connection, err = f.peer.IceConnection(patient(t))
	require.NoError(t, err)
	require.NoError(t, f.peer.IcePing(patient(t)))
	server.Freeze()
	return f
}

func shortClose() map[string]string { return map[string]string{"Ice.Override.CloseTimeout": "500"} }

// within runs what is to take at least a time, but not more than another, and fails the test if it hangs.
func within(t *testing.T, least, most time.Duration, what func(ctx context.Context) error) error {
	t.Helper()
	start := time.Now()
	err := what(patient(t))
	took := time.Since(start)
	assert.GreaterOrEqual(t, took, least)
	assert.Less(t, took, most)
	return err
}

// A server that hangs does not answer the leave that is taken: after the close timeout the connection is given up.
func TestCloseOfHangingPeer(t *testing.T) {
	onFrozenServers(t, "", shortClose(), func(t *testing.T, f frozen) {
		told := make(chan error, 1)
		f.connection.OnClose(func(_ *ice.Connection, err error) { told <- err })
		err := within(t, closeTimeout, closePatience, f.connection.Close)
		require.ErrorIs(t, err, ice.ErrCloseTimeout)
		require.ErrorIs(t, err, ice.ErrTimeout)
		require.ErrorIs(t, f.connection.Err(), ice.ErrCloseTimeout)
		require.ErrorIs(t, <-told, ice.ErrCloseTimeout)
	})
}

// Close waits for the calls that are outstanding, as long as these wait. Only then the close timeout begins.
func TestCloseOfHangingPeerWaitsForCalls(t *testing.T) {
	onFrozenServers(t, "", shortClose(), func(t *testing.T, f frozen) {
		call := ice.WithInvocationTimeout(f.peer, 2*closeTimeout).sleepAsync(patient(t), 0)
		err := within(t, closeTimeout, closePatience, f.connection.Close)
		require.ErrorIs(t, err, ice.ErrCloseTimeout)
		require.True(t, call.IsDone())
		err = call.Err(patient(t))
		require.ErrorIs(t, err, ice.ErrTimeout)
		require.NotErrorIs(t, err, ice.ErrCloseTimeout, "it ended before the connection")
	})
}

// CloseNow does not wait for calls, and they learn at once that this side closes.
func TestCloseNowOfHangingPeer(t *testing.T) {
	onFrozenServers(t, "", shortClose(), func(t *testing.T, f frozen) {
		call := f.peer.sleepAsync(patient(t), 0)
		requireSent(t, call)
		err := within(t, closeTimeout, closePatience, f.connection.CloseNow)
		require.ErrorIs(t, err, ice.ErrCloseTimeout)
		err = call.Err(patient(t))
		require.ErrorIs(t, err, ice.ErrConnectionClosed)
		assert.True(t, ice.MayHaveRun(err))
	})
}

func requireSent(t *testing.T, call *ice.Future[ice.Void]) {
	t.Helper()
	_, err := call.Sent(patient(t))
	require.NoError(t, err)
}

// stuckAsync sends a request that is larger than any socket's buffer.
func (f frozen) stuckAsync(t *testing.T) *ice.Future[ice.Void] {
	b := make([]byte, 48<<20)
	return ice.Call(patient(t), f.peer, &opPut, func(e *wire.Encoder) { e.Bytes(b) })
}

// The caller's context ends the wait where no close timeout is set to do it.
func TestCloseOfHangingPeerEndsWithContext(t *testing.T) {
	onFrozenServers(t, "", map[string]string{"Ice.Override.CloseTimeout": "-1"}, func(t *testing.T, f frozen) {
		err := within(t, closeTimeout, closePatience, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, closeTimeout)
			defer cancel()
			return f.connection.Close(ctx)
		})
		require.ErrorIs(t, err, ice.ErrCloseTimeout)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, f.connection.Err(), ice.ErrCloseTimeout)
	})
}

// A communicator leaves a server that hangs, whatever is on its way there, and is closed without an error.
func TestCommunicatorCloseOfHangingPeer(t *testing.T) {
	for name, begin := range map[string]func(*testing.T, frozen) *ice.Future[ice.Void]{
		"nothing outstanding": func(*testing.T, frozen) *ice.Future[ice.Void] { return nil },
		"a call outstanding": func(t *testing.T, f frozen) *ice.Future[ice.Void] {
			call := f.peer.sleepAsync(patient(t), 0)
			requireSent(t, call)
			return call
		},
		"a call half sent": func(t *testing.T, f frozen) *ice.Future[ice.Void] { return f.stuckAsync(t) },
	} {
		t.Run(name, func(t *testing.T) {
			onFrozenServers(t, "-t infinite", shortClose(), func(t *testing.T, f frozen) {
				call := begin(t, f)
				require.NoError(t, within(t, closeTimeout, closePatience, func(context.Context) error { return f.comm.Close() }))
				require.ErrorIs(t, f.connection.Err(), ice.ErrCloseTimeout)
				if call != nil {
					require.ErrorIs(t, call.Err(patient(t)), ice.ErrCommunicatorDestroyed)
				}
			})
		})
	}
}

// Several connections that hang cost a communicator the close timeout once, not each. One that is being made costs nothing.
func TestCommunicatorCloseOfManyHangingConnections(t *testing.T) {
	const timeout = closePatience / 3
	onCoreServers(t, []string{"--Ice.Warn.Connections=0"}, func(t *testing.T, server *peer.Process) {
		comm := newCommunicator(t, ice.WithProperty("Ice.Override.CloseTimeout", fmt.Sprint(timeout.Milliseconds())))
		p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
		var connections []*ice.Connection
		for i := range 4 {
			c, err := ice.WithConnectionID(p, fmt.Sprint(i)).IceConnection(patient(t))
			require.NoError(t, err)
			connections = append(connections, c)
		}
		server.Freeze()
		// The system accepts for the server, whose greeting does not come.
		ungreeted := ice.WithConnectionID(p, "late").sleepAsync(patient(t), 0)
		require.NoError(t, within(t, timeout, closePatience, func(context.Context) error { return comm.Close() }))
		for _, c := range connections {
			require.ErrorIs(t, c.Err(), ice.ErrCloseTimeout)
		}
		err := ungreeted.Err(patient(t))
		require.ErrorIs(t, err, ice.ErrCommunicatorDestroyed)
		assert.False(t, ice.MayHaveRun(err))
	})
}

// A request that is stuck half way keeps the leave from going out. The close timeout holds for that too.
func TestCloseNowOfHangingPeerThatTakesNothing(t *testing.T) {
	onFrozenServers(t, "-t infinite", shortClose(), func(t *testing.T, f frozen) {
		call := f.stuckAsync(t)
		err := within(t, closeTimeout, closePatience, f.connection.CloseNow)
		require.ErrorIs(t, err, ice.ErrCloseTimeout)
		require.Error(t, call.Err(patient(t)))
	})
}
